/** A sandbox that listens. */
export interface ServedSandbox {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** A kubeconfig for it, as YAML text. */
  kubeconfig(): string;
  /** Stops listening; the sandbox itself keeps running. */
  stop(): Promise<void>;
}

/** Serves a sandbox over plain HTTP on 127.0.0.1. Port 0 lets the system choose. Rejects when the port is taken. */
export function serveSandbox(
  sandbox: { fetch(request: Request): Promise<Response> },
  options: { port?: number },
): Promise<ServedSandbox> {
  return new Promise((resolve, reject) => {
    const aborter = new AbortController();
    let server: Deno.HttpServer<Deno.NetAddr>;
    try {
      server = Deno.serve({
        hostname: "127.0.0.1",
        port: options.port ?? 0,
        signal: aborter.signal,
        onListen: ({ port }) => {
          const url = `http://127.0.0.1:${port}`;
          queueMicrotask(() =>
            resolve({ url, kubeconfig: () => kubeconfigFor(url), stop: () => close(server, aborter) })
          );
        },
      }, (request) => sandbox.fetch(detached(request)));
    } catch (error) {
      reject(error);
    }
  });
}

/**
 * The request without the signal of its connection: newer versions of Deno warn when it is read. A client
 * that leaves cancels the body of its watch, which says the same.
 */
function detached(request: Request): Request {
  const { method, headers, body } = request;
  return new Request(request.url, { method, headers, body });
}

async function close(server: Deno.HttpServer, aborter: AbortController): Promise<void> {
  aborter.abort();
  await server.finished;
}

function kubeconfigFor(url: string): string {
  return `apiVersion: v1
kind: Config
current-context: ork-sandbox
clusters:
- name: ork-sandbox
  cluster:
    server: ${url}
users:
- name: ork-sandbox
  user: {}
contexts:
- name: ork-sandbox
  context:
    cluster: ork-sandbox
    user: ork-sandbox
    namespace: default
`;
}

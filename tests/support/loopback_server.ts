/** A server of a test on 127.0.0.1. */
export interface LoopbackServer extends AsyncDisposable {
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves on a port that the system chooses, over HTTPS when there is a certificate. Disposing of it cuts connections:
 * `Deno.HttpServer.shutdown` waits for them, and for ever where a client has not ended its TLS handshake.
 */
export function serveOnLoopback(
  handler: Deno.ServeHandler<Deno.NetAddr>,
  tls: { readonly certPem?: string | undefined; readonly keyPem?: string | undefined } = {},
): LoopbackServer {
  const aborter = new AbortController();
  const at = { hostname: "127.0.0.1", port: 0, signal: aborter.signal, onListen: () => {} };
  const server = tls.certPem === undefined
    ? Deno.serve(at, handler)
    : Deno.serve({ ...at, cert: tls.certPem, key: tls.keyPem! }, handler);
  return {
    port: server.addr.port,
    async [Symbol.asyncDispose]() {
      aborter.abort();
      await server.finished;
    },
  };
}

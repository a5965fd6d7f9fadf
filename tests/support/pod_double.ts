import { type LoopbackServer, serveOnLoopback } from "./loopback_server.ts";

/** How the next handshakes end. */
export interface ForwardBehaviour {
  /** Refused with this status. */
  readonly refuses?: number;
  /** Text in the channel of errors. */
  readonly error?: string;
  /** Another port at the beginning of the channels than the one that was requested. */
  readonly port?: number;
  /** The port comes in two frames. */
  readonly splits?: boolean;
}

/** An API server that knows nothing but Pods to forward a port of, and what else `respond` has. */
export interface PodDouble extends AsyncDisposable {
  readonly url: string;
  readonly handshakes: { readonly path: string; readonly authorization: string | null }[];
  behaviour: ForwardBehaviour;
}

/**
 * Serves `GET …/pods/POD/portforward` as kube-apiserver does (`v4.channel.k8s.io`), with `pod` as what listens in the
 * Pod. Other requests get `respond`.
 */
export async function servePod(
  pod: (request: Request, name: string) => Response | Promise<Response>,
  { tls = {}, respond = () => new Response(null, { status: 404 }) }: {
    readonly tls?: { readonly certPem?: string; readonly keyPem?: string };
    readonly respond?: (request: Request) => Response | Promise<Response>;
  } = {},
): Promise<PodDouble> {
  const handshakes: PodDouble["handshakes"] = [];
  const pods = new Map<string, LoopbackServer>();
  const podOf = (name: string): LoopbackServer => {
    const known = pods.get(name) ?? serveOnLoopback((request) => pod(request, name));
    pods.set(name, known);
    return known;
  };
  const bridges = new Set<Promise<void>>();
  const server = serveOnLoopback((request) => {
    const { pathname, search, searchParams } = new URL(request.url);
    const name = /^\/api\/v1\/namespaces\/[^/]+\/pods\/([^/]+)\/portforward$/.exec(pathname)?.[1];
    if (name === undefined) return respond(request);
    handshakes.push({ path: `${pathname}${search}`, authorization: request.headers.get("authorization") });
    const { refuses } = double.behaviour;
    if (refuses !== undefined) {
      return Response.json({ kind: "Status", message: "no", code: refuses }, { status: refuses });
    }
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v4.channel.k8s.io" });
    const { port } = podOf(name);
    const bridge = forward(socket, Number(searchParams.get("ports")), port, double.behaviour);
    bridges.add(bridge);
    void bridge.finally(() => bridges.delete(bridge));
    return response;
  }, tls);
  const double: PodDouble = {
    url: `${tls.certPem === undefined ? "http" : "https"}://127.0.0.1:${server.port}`,
    handshakes,
    behaviour: {},
    async [Symbol.asyncDispose]() {
      await Promise.all(bridges);
      await server[Symbol.asyncDispose]();
      await Promise.all([...pods.values()].map((one) => one[Symbol.asyncDispose]()));
    },
  };
  return await Promise.resolve(double);
}

async function forward(
  socket: WebSocket,
  requested: number,
  port: number,
  { error, port: told = requested, splits = false }: ForwardBehaviour,
): Promise<void> {
  const [low, high] = [told & 0xff, told >> 8];
  const closed = new Promise<void>((resolve) => socket.onclose = () => resolve());
  socket.binaryType = "arraybuffer";
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const send = (...bytes: number[]): void => socket.send(new Uint8Array(bytes));
  const opened = (): void => {
    if (splits) {
      send(0, low);
      send(0, high);
    } else send(0, low, high);
    send(1, low, high);
    if (error !== undefined) send(1, ...new TextEncoder().encode(error));
  };
  let writing = Promise.resolve<unknown>(undefined);
  socket.onmessage = ({ data }) => {
    const frame = new Uint8Array(data);
    if (frame[0] === 0) writing = writing.then(() => connection.write(frame.subarray(1)));
  };
  if (socket.readyState === WebSocket.OPEN) opened();
  else socket.onopen = opened;
  const reading = (async () => {
    const buffer = new Uint8Array(8192);
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array([0, ...buffer.subarray(0, count)]));
    }
    if (socket.readyState === WebSocket.OPEN) socket.close();
  })().catch(() => {/* the client has ended the connection */});
  await closed;
  await writing;
  try {
    connection.close();
  } catch (closedAlready) {
    if (!(closedAlready instanceof Deno.errors.BadResource)) throw closedAlready;
  }
  await reading;
}

import { errorText } from "../base/error_text.ts";
import type { Clock } from "../base/clock.ts";
import type { ClusterConfig } from "./config.ts";
import { createCredentials, type CredentialMeans } from "./credentials.ts";
import { openClient } from "./http_client.ts";
import { refusalOf } from "./port_forward_refusal.ts";

/** One port of a Pod. */
export interface ForwardTarget {
  readonly namespace: string;
  readonly pod: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** A port of this machine, on 127.0.0.1 alone, behind which is one of a Pod. */
export interface PortForward {
  readonly port: number;
  /** Why a connection could not be made, or broke; of the last one. */
  readonly failure: string | undefined;
  close(): Promise<void>;
}

/** With two channels for a port: data, then errors (Kubernetes: `pkg/kubelet/.../portforward/websocket.go`). */
const protocol = "v4.channel.k8s.io";
const dataChannel = 0;
const errorChannel = 1;
/** A channel begins with the port, little-endian. */
const portBytes = 2;
const handshakeMs = 10_000;
/** How long the API server may take to agree to the end of a connection. */
const closeMs = 1_000;
/** Connections at a time; one client that reads JSON needs one. */
const maxConnections = 8;
/** Bytes that the Pod has sent and nobody has read yet. */
const maxUnread = 32 * 1024 * 1024;
/** Longest error that is kept, in bytes. */
const maxError = 2048;
const chunkBytes = 16 * 1024;

/**
 * Listens on a free port of 127.0.0.1, and forwards every connection to the Pod through the API server, by a WebSocket
 * of its own (`GET …/pods/POD/portforward`). Nothing is sent before the first connection. Throws `ConfigError` for
 * credentials that cannot be used.
 */
export function forwardPort(
  config: ClusterConfig,
  target: ForwardTarget,
  means: CredentialMeans & { readonly userAgent: string },
): PortForward {
  const { clock, userAgent } = means;
  const credentials = createCredentials(config, means);
  const { namespace, pod, port } = target;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/portforward`;
  const url = `${config.server.replace(/^http/, "ws")}${path}?ports=${port}`;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Promise<void>>();
  const connections = new Set<Deno.Conn>();
  let failure: string | undefined;
  const stop = new AbortController();

  async function serve(connection: Deno.Conn): Promise<void> {
    connections.add(connection);
    let client: Deno.HttpClient | undefined;
    try {
      const credential = await credentials.current();
      client = openClient(config, credential);
      const headers: Record<string, string> = { "user-agent": userAgent };
      if (credential.token !== undefined) headers["authorization"] = `Bearer ${credential.token}`;
      const socket = new WebSocket(url, { protocols: [protocol], headers, client });
      // The reason has to be known before the client learns that its connection has ended.
      const { signal } = stop;
      const ending = (reason: string | undefined) => failure = reason ?? failure;
      const refused = await bridge(connection, socket, { port, clock, signal, ending });
      const plain = url.replace(/^ws/, "http");
      if (refused) failure = await refusalOf(plain, { headers, client, signal }, clock, handshakeMs);
    } catch (error) {
      failure = errorText(error);
    } finally {
      connections.delete(connection);
      endConnection(connection);
      client?.close();
    }
  }

  const accepting = (async () => {
    for await (const connection of listener) {
      if (stop.signal.aborted || connections.size >= maxConnections) {
        endConnection(connection);
        continue;
      }
      const served = serve(connection);
      open.add(served);
      void served.finally(() => open.delete(served));
    }
  })();

  return {
    port: listener.addr.port,
    get failure() {
      return failure;
    },
    async close() {
      stop.abort();
      listener.close();
      for (const connection of connections) endConnection(connection);
      await Promise.all([accepting, ...open]);
    },
  };
}

/** How a connection ended: refused at the handshake, or for a reason; without one it ended in order. */
interface Ended {
  readonly refused: boolean;
  readonly reason?: string | undefined;
}

/**
 * Carries bytes between the two until one of them ends, calls `ending`, and ends both. Returns whether the handshake was
 * refused; the connection is left open then.
 */
async function bridge(
  connection: Deno.Conn,
  socket: WebSocket,
  { port, clock, signal, ending }: {
    readonly port: number;
    readonly clock: Clock;
    /** Ends it. */
    readonly signal: AbortSignal;
    readonly ending: (reason: string | undefined) => void;
  },
): Promise<boolean> {
  const ended = Promise.withResolvers<Ended>();
  const opened = Promise.withResolvers<boolean>();
  const headers = [new Uint8Array(0), new Uint8Array(0)];
  let [errorText, unread] = ["", 0];
  let writing = Promise.resolve();
  const decoder = new TextDecoder();
  const fail = (reason: string | undefined, refused = false): void => {
    ended.resolve({ refused, reason });
    opened.resolve(false);
  };
  let isOpen = false;
  const cancel = clock.after(handshakeMs, () => fail("the API server did not open the connection in time"));

  const stop = (): void => fail(undefined);
  signal.addEventListener("abort", stop);

  /** What follows the port in a channel. */
  const payload = (channel: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined => {
    const header = headers[channel]!;
    if (header.length >= portBytes) return bytes;
    const missing = portBytes - header.length;
    const whole = headers[channel] = new Uint8Array([...header, ...bytes.subarray(0, missing)]);
    if (whole.length === portBytes && (whole[0]! | whole[1]! << 8) !== port) return undefined;
    return bytes.subarray(missing);
  };
  const received = (frame: Uint8Array<ArrayBuffer>): void => {
    const channel = frame[0];
    if (channel !== dataChannel && channel !== errorChannel) return fail("the API server sent an unknown channel");
    const bytes = payload(channel, frame.subarray(1));
    if (bytes === undefined) return fail("the API server forwards another port");
    if (bytes.length === 0) return;
    if (channel === errorChannel) {
      errorText = (errorText + decoder.decode(bytes)).slice(0, maxError);
      return fail(errorText);
    }
    unread += bytes.length;
    if (unread > maxUnread) return fail("the Pod sends faster than its data is read");
    writing = writing.then(async () => {
      await writeAll(connection, bytes);
      unread -= bytes.length;
    });
    writing.catch(() => fail(undefined)); // our client has ended the connection
  };

  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    isOpen = true;
    opened.resolve(true);
  };
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) received(new Uint8Array(data));
  };
  socket.onerror = () => fail("the connection broke", !isOpen);
  socket.onclose = ({ reason }) => fail(reason === "" ? undefined : reason);

  const sending = (async () => {
    if (!await opened.promise) return;
    cancel();
    const buffer = new Uint8Array(1 + chunkBytes);
    buffer[0] = dataChannel;
    for (;;) {
      const count = await connection.read(buffer.subarray(1));
      if (count === null || socket.readyState !== WebSocket.OPEN) break;
      socket.send(buffer.slice(0, 1 + count));
    }
    fail(undefined);
  })();
  sending.catch(() => fail(undefined)); // the connection was closed while it was read

  const end = await ended.promise;
  cancel();
  signal.removeEventListener("abort", stop);
  await writing.catch(() => {/* its reason is known: the client has ended the connection */});
  if (!end.refused) {
    ending(end.reason);
    endConnection(connection);
  }
  if (socket.readyState !== WebSocket.CLOSED) {
    const closed = Promise.withResolvers<unknown>();
    socket.onclose = closed.resolve;
    const late = clock.after(closeMs, () => closed.resolve(undefined));
    socket.close();
    await closed.promise;
    late();
  }
  await sending.catch(() => {/* the same */});
  return end.refused;
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function endConnection(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    // Closed already, by the other side of the bridge.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

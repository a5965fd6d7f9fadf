import type { Clock } from "../base/clock.ts";
import { acceptAll, type Acceptor, closeConnection } from "./accept.ts";
import { Connection, type ConnectionLimits } from "./connection.ts";

export interface FrontOptions {
  readonly clock: Clock;
  /** Beyond it, a new connection ends the one that has been idle for longest. 128 when absent. */
  readonly maxConnections?: number;
  readonly limits?: Partial<ConnectionLimits>;
}

/** The connection that a request came on. */
export interface Peer {
  /** Ends the connection at once, without a response. */
  cut(): void;
}

export type Handler = (request: Request, peer: Peer) => Response | Promise<Response>;

/** The connections of one acceptor. */
export interface Inlet {
  /** Responses end their connections from now on (`connection: close`); new connections are still accepted. */
  retire(): void;
  /** Accepts no more, and ends its connections at once. */
  close(): Promise<void>;
}

/** Called with each connection that has ended; `served`: it came beyond the handshake. */
export type Ended = (client: Deno.Conn, served: boolean) => void;

interface InletState {
  readonly connections: Set<Connection>;
  readonly ended: Ended;
  retired: boolean;
  closed: boolean;
  /** Resolves when nothing is accepted any more. */
  close: () => Promise<void>;
}

/** Nothing that is served takes as long; an idle connection outlives the interval of scrapes. */
const defaultLimits: ConnectionLimits = { headersMs: 5_000, requestMs: 5_000, writeMs: 20_000, idleMs: 120_000 };
const defaultMaxConnections = 128;
/** How often connections are looked at. */
const sweepMs = 1_000;
/** From the first byte of a TLS handshake to its last. */
const handshakeMs = 5_000;

/** Newer versions of Deno compress on demand only; 2.7 always does, and does not know the option. */
const compression = { automaticCompression: true };

/**
 * Serves HTTP/1.1 on any number of acceptors. `Deno.serve` has no time-out for a request that never ends and none for a
 * reader that stops, and any number of connections; so it listens on a loopback port, and this front, which has these
 * bounds, passes the bytes on.
 */
export class HttpFront {
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  readonly #maxConnections: number;
  readonly #aborter = new AbortController();
  readonly #inner: Deno.HttpServer<Deno.NetAddr>;
  readonly #inlets = new Set<InletState>();
  /** Port of our end of the connection to the inner server → the connection. */
  readonly #byPort = new Map<number, { readonly connection: Connection; readonly inlet: InletState }>();
  /** Clients that are not connected to the inner server yet, oldest first. */
  readonly #arriving = new Map<Deno.Conn, Promise<void>>();
  #cancelSweep: () => void;
  #stopping = false;

  constructor(handler: Handler, { clock, maxConnections = defaultMaxConnections, limits }: FrontOptions) {
    this.#clock = clock;
    this.#maxConnections = maxConnections;
    this.#limits = { ...defaultLimits, ...limits };
    this.#inner = Deno.serve(
      { ...compression, hostname: "127.0.0.1", port: 0, signal: this.#aborter.signal, onListen: () => {} },
      (request, { remoteAddr }) => this.#handle(handler, request, remoteAddr.port),
    );
    this.#cancelSweep = clock.after(sweepMs, () => this.#sweep());
  }

  /** Accepts connections. */
  accept(acceptor: Acceptor, ended: Ended = () => {}): Inlet {
    const inlet: InletState = {
      connections: new Set(),
      ended,
      retired: false,
      closed: false,
      close: () => {
        inlet.closed = true;
        return close();
      },
    };
    const close = acceptAll(acceptor, this.#clock, (client) => this.#arrived(client, inlet));
    this.#inlets.add(inlet);
    return {
      retire: () => void (inlet.retired = true),
      close: async () => {
        this.#inlets.delete(inlet);
        await inlet.close();
        for (const connection of inlet.connections) connection.close();
      },
    };
  }

  /** Accepts no more connections; responses that were begun may end within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await Promise.all([...this.#inlets].map((inlet) => inlet.close()));
    for (const client of this.#arriving.keys()) closeConnection(client);
    await Promise.all(this.#arriving.values());
    const connections = [...this.#byPort.values()].map(({ connection }) => connection);
    const cancel = this.#clock.after(graceMs, () => {
      for (const connection of connections) connection.close();
    });
    for (const connection of connections) if (isAtRest(connection)) connection.close();
    await Promise.all(connections.map((connection) => connection.done));
    cancel();
    this.#cancelSweep();
    this.#aborter.abort();
    await this.#inner.finished;
  }

  async #handle(handler: Handler, request: Request, port: number): Promise<Response> {
    const from = this.#byPort.get(port);
    from?.connection.handling();
    const response = await handler(request, { cut: () => from?.connection.close() });
    const sent = from?.inlet.retired ? closing(response) : response;
    if (isClosing(sent.headers) || isClosing(request.headers)) from?.connection.last();
    return sent;
  }

  #arrived(client: Deno.Conn, inlet: InletState): void {
    if (this.#arriving.size >= this.#maxConnections) closeConnection([...this.#arriving.keys()][0]!);
    this.#arriving.set(client, this.#connect(client, inlet).finally(() => this.#arriving.delete(client)));
  }

  async #connect(client: Deno.Conn, inlet: InletState): Promise<void> {
    let inner: Deno.TcpConn;
    try {
      if ("handshake" in client) await this.#handshake(client as Deno.TlsConn);
      inner = await Deno.connect({ hostname: "127.0.0.1", port: this.#inner.addr.port });
    } catch {
      // A client without TLS, out of files, or stopping: the client tries again.
      closeConnection(client);
      inlet.ended(client, false);
      return;
    }
    if (this.#byPort.size >= this.#maxConnections) this.#oldest()?.close();
    const connection = new Connection(client, inner, () => this.#clock.nowMs());
    const { port } = inner.localAddr;
    this.#byPort.set(port, { connection, inlet });
    inlet.connections.add(connection);
    void connection.done.then(() => {
      if (this.#byPort.get(port)?.connection === connection) this.#byPort.delete(port);
      inlet.connections.delete(connection);
      inlet.ended(client, true);
    });
    if (inlet.closed) connection.close();
  }

  async #handshake(client: Deno.TlsConn): Promise<void> {
    const cancel = this.#clock.after(handshakeMs, () => closeConnection(client));
    try {
      await client.handshake();
    } finally {
      cancel();
    }
  }

  #sweep(): void {
    for (const { connection } of this.#byPort.values()) connection.endIfLate(this.#limits);
    this.#cancelSweep = this.#clock.after(sweepMs, () => this.#sweep());
  }

  /** The connection that has been in its state for longest; those at rest first. */
  #oldest(): Connection | undefined {
    let found: Connection | undefined;
    for (const { connection } of this.#byPort.values()) {
      const rests = isAtRest(connection);
      const foundRests = found !== undefined && isAtRest(found);
      if (
        found === undefined || (rests && !foundRests) || (rests === foundRests && connection.sinceMs < found.sinceMs)
      ) found = connection;
    }
    return found;
  }
}

function isAtRest({ state }: Connection): boolean {
  return state === "idle" || state === "closing";
}

function isClosing(headers: Headers): boolean {
  return /(?:^|,)\s*close\s*(?:,|$)/i.test(headers.get("connection") ?? "");
}

/** The same response, after which the server ends the connection. */
function closing(response: Response): Response {
  try {
    response.headers.set("connection", "close");
    return response;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Immutable, as that of a `fetch`. Its body is a stream from now on.
    const headers = new Headers(response.headers);
    headers.set("connection", "close");
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
  }
}

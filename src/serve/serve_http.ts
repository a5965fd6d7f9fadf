import type { Clock } from "../base/clock.ts";
import { Connection, type ConnectionLimits } from "./connection.ts";

export interface ServeOptions {
  /** `all`: every address of the machine, IPv6 too where it has that. */
  readonly host: "all" | "127.0.0.1";
  /** 0: the system chooses. */
  readonly port: number;
  readonly clock: Clock;
  /** Beyond it, a new connection ends the one that has been idle for longest. */
  readonly maxConnections?: number;
  readonly limits?: Partial<ConnectionLimits>;
}

export interface HttpServer {
  readonly port: number;
  /** Accepts no more connections; responses that were begun may end within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** The port cannot be listened on; the message says why. */
export class ListenError extends Error {
  override name = "ListenError";
}

/** Nothing that is served takes as long; an idle connection outlives the interval of scrapes. */
const defaultLimits: ConnectionLimits = { requestMs: 5_000, writeMs: 20_000, idleMs: 120_000 };
const defaultMaxConnections = 128;
/** How often connections are looked at. */
const sweepMs = 1_000;

/**
 * Serves HTTP/1.1. `Deno.serve` has no time-out for a request that never ends and none for a reader that stops, and any
 * number of connections; so it listens on a loopback port, and a front that has these bounds passes the bytes on.
 * Throws `ListenError`.
 */
export function serveHttp(
  handler: (request: Request) => Response | Promise<Response>,
  options: ServeOptions,
): HttpServer {
  const { clock, maxConnections = defaultMaxConnections } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const listener = listen(options);
  const aborter = new AbortController();
  const inner = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: aborter.signal,
    onListen: () => {},
  }, handler);
  const connections = new Set<Connection>();
  let stopping = false;

  const connect = async (client: Deno.Conn): Promise<void> => {
    let upstream: Deno.Conn;
    try {
      upstream = await Deno.connect({ hostname: "127.0.0.1", port: inner.addr.port });
    } catch {
      client.close(); // out of files, or stopping: the client tries again
      return;
    }
    if (connections.size >= maxConnections) oldest(connections)?.close();
    const connection = new Connection(client, upstream, () => clock.nowMs());
    connections.add(connection);
    void connection.done.then(() => connections.delete(connection));
  };

  const accepting = (async () => {
    for (;;) {
      let client: Deno.Conn;
      try {
        client = await listener.accept();
      } catch (error) {
        if (stopping) return;
        if (error instanceof Deno.errors.BadResource) return;
        // Out of files, or the client is gone already. Not at once again: the accept may fail without a wait.
        await new Promise<void>((resolve) => clock.after(100, resolve));
        continue;
      }
      await connect(client);
    }
  })();

  let cancelSweep = (): void => {};
  const sweep = (): void => {
    for (const connection of connections) if (connection.isLate(limits)) connection.close();
    cancelSweep = clock.after(sweepMs, sweep);
  };
  cancelSweep = clock.after(sweepMs, sweep);

  return {
    port: (listener.addr as Deno.NetAddr).port,
    async stop(graceMs) {
      if (stopping) return;
      stopping = true;
      listener.close();
      await accepting;
      const cancel = clock.after(graceMs, () => {
        for (const connection of connections) connection.close();
      });
      for (const connection of connections) if (connection.state === "idle") connection.close();
      await Promise.all([...connections].map((connection) => connection.done));
      cancel();
      cancelSweep();
      aborter.abort();
      await inner.finished;
    },
  };
}

/** The one that has been in its state for longest; those that wait for the next request first. */
function oldest(connections: Iterable<Connection>): Connection | undefined {
  let found: Connection | undefined;
  for (const connection of connections) {
    const isIdle = connection.state === "idle";
    const wasIdle = found?.state === "idle";
    if (found === undefined || (isIdle && !wasIdle) || (isIdle === wasIdle && connection.sinceMs < found.sinceMs)) {
      found = connection;
    }
  }
  return found;
}

function listen({ host, port }: ServeOptions): Deno.Listener {
  // "::" takes IPv4 too; a machine without IPv6 refuses it.
  const hostnames = host === "all" ? ["::", "0.0.0.0"] : [host];
  let refusal: unknown;
  for (const hostname of hostnames) {
    try {
      return Deno.listen({ hostname, port });
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) {
        throw new ListenError(`Cannot listen on port ${port}: another process uses it`, { cause: error });
      }
      refusal = error;
    }
  }
  const why = refusal instanceof Error ? refusal.message : String(refusal);
  throw new ListenError(`Cannot listen on port ${port}: ${why}`, { cause: refusal });
}

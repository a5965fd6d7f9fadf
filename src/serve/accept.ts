import type { Clock } from "../base/clock.ts";

/** What connections are accepted from: TCP or TLS. */
export type Acceptor<C extends Deno.Conn = Deno.Conn> = Pick<Deno.Listener<C>, "accept" | "close">;

/** Before another accept after one that failed: it may fail again without a wait. */
const againMs = 100;

/** Calls `arrived` with each connection, until the returned function closes the acceptor. Never throws. */
export function acceptAll<C extends Deno.Conn>(
  acceptor: Acceptor<C>,
  clock: Clock,
  arrived: (client: C) => void,
): () => Promise<void> {
  let closed = false;
  const done = (async () => {
    while (!closed) {
      let client: C;
      try {
        client = await acceptor.accept();
      } catch (error) {
        if (closed || error instanceof Deno.errors.BadResource) return;
        // Out of files, or the client is gone already.
        await new Promise<void>((resolve) => clock.after(againMs, resolve));
        continue;
      }
      arrived(client);
    }
  })();
  return () => {
    if (!closed) {
      closed = true;
      acceptor.close();
    }
    return done;
  };
}

/** Closes a connection that may be closed already. */
export function closeConnection(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** A TCP load balancer, as a Service is one: each connection goes to the next of its targets. */
export interface Balancer extends AsyncDisposable {
  readonly port: number;
  /** Ports on 127.0.0.1; connections that are there stay. */
  targets: readonly number[];
}

export function startBalancer(): Balancer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let next = 0;
  const balancer: Balancer = {
    port: (listener.addr as Deno.NetAddr).port,
    targets: [],
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await accepting;
    },
  };
  const close = (connection: Deno.Conn): void => {
    if (open.delete(connection)) connection.close();
  };
  const pass = async (from: Deno.Conn, to: Deno.Conn): Promise<void> => {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
        for (let at = 0; at < read;) at += await to.write(buffer.subarray(at, read));
      }
    } catch {
      // Either side has ended the connection.
    }
    close(from);
    close(to);
  };
  const serve = async (client: Deno.Conn): Promise<void> => {
    open.add(client);
    const { targets } = balancer;
    // Of those that refuse a connection, the next one is asked, as a Service does whose endpoints are ready.
    for (let n = 0; n < targets.length; n++) {
      try {
        const server = await Deno.connect({ hostname: "127.0.0.1", port: targets[next++ % targets.length]! });
        open.add(server);
        void pass(client, server);
        void pass(server, client);
        return;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      }
    }
    close(client);
  };
  const accepting = (async () => {
    for (;;) {
      try {
        void serve(await listener.accept());
      } catch {
        return; // it was closed
      }
    }
  })();
  return balancer;
}

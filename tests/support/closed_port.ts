/**
 * A port of 127.0.0.1 where nobody listens, until it is disposed of. An end of a connection has it, so that the system
 * gives it to no listener of a test that runs at the same time. (Newer versions of `fetch` block the low ports.)
 */
export async function closedPort(): Promise<{ readonly port: number } & Disposable> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [client, accepted] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  return {
    port: (client.localAddr as Deno.NetAddr).port,
    [Symbol.dispose]() {
      for (const resource of [client, accepted, listener]) resource.close();
    },
  };
}

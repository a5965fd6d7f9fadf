import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { type Handler, type HttpServer, ListenError, serveHttp, type ServeOptions } from "./mod.ts";

const encoder = new TextEncoder();

async function withServer(
  run: (server: HttpServer, clock: FakeClock) => Promise<void>,
  handler: Handler = () => new Response("hello"),
  options: Partial<ServeOptions> = {},
): Promise<void> {
  const clock = new FakeClock();
  const server = serveHttp(handler, { host: "127.0.0.1", port: 0, clock, ...options });
  try {
    await run(server, clock);
  } finally {
    // A connection whose request is not complete ends by its time limit.
    await passTime(clock, server.stop(0));
  }
}

async function connected({ port }: HttpServer, text: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(encoder.encode(text));
  return connection;
}

/** Reads until the end of the connection. */
async function restOf(connection: Deno.Conn): Promise<string> {
  try {
    return await new Response(connection.readable).text();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset) return "";
    throw error;
  }
}

/** Has time pass until `what` has happened: bytes between two sockets of this process need no time that is known. */
async function passTime<T>(clock: FakeClock, what: Promise<T>): Promise<T> {
  let over = false;
  const done = what.finally(() => over = true);
  await waitFor("it has happened", async () => {
    await clock.advance(1000);
    return over;
  });
  return await done;
}

Deno.test("serveHttp() serves several requests on one connection", () =>
  withServer(async ({ port }) => {
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      assert.equal(await response.text(), "hello");
    }
  }));

Deno.test("serveHttp() on all addresses is reached over IPv4", () =>
  withServer(
    async ({ port }) => {
      assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "hello");
    },
    undefined,
    { host: "all" },
  ));

Deno.test("serveHttp() ends a connection whose request never ends, and serves the others", () =>
  withServer(async (server, clock) => {
    const slow = await connected(server, "GET / HTTP/1.1\r\nHost: a");
    assert.equal(await passTime(clock, restOf(slow)), "");
    assert.equal(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), "hello");
  }));

Deno.test("serveHttp() ends a connection without a request", () =>
  withServer(async (server, clock) => {
    assert.equal(await passTime(clock, restOf(await connected(server, ""))), "");
  }));

Deno.test("serveHttp() ends a connection whose client does not read the response", async () => {
  let cancelled = false;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
        cancel: () => void (cancelled = true),
      }),
    );
  await withServer(async (server, clock) => {
    const connection = await connected(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await waitFor("the response is cut", async () => {
      await clock.advance(1000);
      return cancelled;
    });
    connection.close();
  }, endless);
});

Deno.test("serveHttp() responds to a client that ends its half after the request", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const handler = async (): Promise<Response> => {
    asked.resolve();
    await answer.promise;
    return new Response("late");
  };
  await withServer(async (server, clock) => {
    const client = await connected(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.closeWrite();
    await asked.promise;
    await clock.advance(3_000); // the end of its half has arrived long since
    answer.resolve();
    assert.match(await passTime(clock, restOf(client)), /^HTTP\/1\.1 200 OK\r\n[^]*late$/);
  }, handler);
});

Deno.test("serveHttp() ends a connection whose client ends its half between two requests", () =>
  withServer(async (server) => {
    const client = await connected(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.ok(await client.read(new Uint8Array(1024)) !== null);
    await client.closeWrite();
    assert.equal(await restOf(client), "");
  }));

Deno.test("a client that still sends gets the response that ends its connection", async () => {
  const refuse = () => new Response("too large", { status: 413, headers: { connection: "close" } });
  await withServer(async (server, clock) => {
    const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n";
    const client = await connected(server, head);
    const sending = (async () => {
      const part = new Uint8Array(64 * 1024);
      try {
        for (let sent = 0; sent < 8 * 1024 * 1024; sent += part.length) await client.write(part);
      } catch (error) {
        assert.ok(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset);
      }
    })();
    const response = new TextDecoder();
    const buffer = new Uint8Array(1024);
    assert.match(response.decode(buffer.subarray(0, await client.read(buffer) ?? 0)), /^HTTP\/1\.1 413 /);
    await passTime(clock, sending);
    client.close();
  }, refuse);
});

Deno.test("a handler can cut the connection of its request", () =>
  withServer(async (server) => {
    assert.equal(await restOf(await connected(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), "");
  }, (_request, peer) => {
    peer.cut();
    return new Response("never seen");
  }));

Deno.test("serveHttp() ends a connection that speaks HTTP/2, in whatever parts its beginning arrives", () =>
  withServer(async (server) => {
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    assert.equal(await restOf(await connected(server, preface)), "");
    const connection = await connected(server, "P");
    await connection.write(encoder.encode("RI * HTTP/2.0\r\n\r\n"));
    assert.equal(await restOf(connection), "");
    const propfind = await connected(server, "PROPFIND / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    assert.match(await restOf(propfind), /^HTTP\/1\.1 200 /);
  }));

Deno.test("serveHttp() bounds its connections: a new one ends the one that has been idle for longest", () =>
  withServer(
    async (server, clock) => {
      const first = await connected(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      const head = await first.read(new Uint8Array(1024));
      assert.ok(head !== null);
      await clock.advance(10);
      const second = await connected(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assert.ok(await second.read(new Uint8Array(1024)) !== null);
      const third = await connected(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assert.ok(await third.read(new Uint8Array(1024)) !== null);
      await restOf(first);
      second.close();
      third.close();
    },
    undefined,
    { maxConnections: 2 },
  ));

Deno.test("serveHttp() never reads the body of a request", () =>
  withServer(async ({ port }) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: new Uint8Array(100_000) });
    assert.equal(await response.text(), "hello");
  }));

Deno.test("stop() lets a response that was begun end, and accepts nothing afterwards", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const server = serveHttp(async () => {
    asked.resolve();
    await answer.promise;
    return new Response("late", { headers: { connection: "close" } });
  }, { host: "127.0.0.1", port: 0, clock: new FakeClock() });
  const response = fetch(`http://127.0.0.1:${server.port}/`);
  await asked.promise;
  const stopped = server.stop(1000);
  answer.resolve();
  assert.equal(await (await response).text(), "late");
  await stopped;
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: server.port }));
});

Deno.test("serveHttp() says when a port is in use", () =>
  withServer(({ port }) => {
    assert.throws(
      () => serveHttp(() => new Response(""), { host: "127.0.0.1", port, clock: new FakeClock() }),
      (error) =>
        error instanceof ListenError && /^Cannot listen on port \d+: another process uses it$/.test(error.message),
    );
    return Promise.resolve();
  }));

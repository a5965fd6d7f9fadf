import assert from "node:assert/strict";
import { Connection, ConnectionError } from "./connection.ts";

/** A connection to a server that sends these parts, one write each, when it has been sent something, and then ends. */
async function serve(parts: readonly string[]): Promise<{ connection: Connection; done: Promise<void> }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = (async () => {
    const conn = await listener.accept();
    await conn.read(new Uint8Array(100));
    for (const part of parts) await conn.write(new TextEncoder().encode(part));
    conn.close();
    listener.close();
  })();
  return { connection: new Connection(await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port })), done };
}

const request = new TextEncoder().encode("POST / HTTP/1.1\r\n\r\n");

Deno.test("Connection reads responses with a length and in chunks, in whatever parts they come", async () => {
  const sized = "HTTP/1.1 201 Created\r\nContent-Length: 7\r\n\r\ngrüné";
  const large = "x".repeat(40_000);
  const chunked = "HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\nConnection: close\r\n\r\n" +
    `5\r\nabcde\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;
  const all = sized + chunked;
  for (const parts of [[all], [...all.slice(0, 200), all.slice(200)], [all.slice(0, 30), all.slice(30)]]) {
    const { connection, done } = await serve(parts);
    assert.deepEqual(await connection.send(request), { status: 201, keepAlive: true, body: "grüné" });
    const second = await connection.send(new Uint8Array());
    assert.deepEqual(second, { status: 400, keepAlive: false, body: `abcde${large}` });
    await done;
    connection.close();
  }
});

Deno.test("Connection refuses what is no response, and one that ends early", async () => {
  const broken = [
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/2 200\r\n\r\n",
    "",
  ];
  for (const text of broken) {
    const { connection, done } = await serve([text]);
    await assert.rejects(connection.send(request), ConnectionError, text);
    await done;
    connection.close();
  }
});

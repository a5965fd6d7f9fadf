import assert from "node:assert/strict";
import { waitFor } from "../../tests/support/wait_for.ts";
import { closeConnection } from "./accept.ts";
import { Connection, type ConnectionLimits } from "./connection.ts";

const limits: ConnectionLimits = { headersMs: 10_000, requestMs: 40_000, writeMs: 20_000, idleMs: 120_000 };
const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/** Both ends of a TCP connection. */
async function pair(): Promise<[Deno.Conn, Deno.Conn]> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ends = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  listener.close();
  return ends;
}

interface Place {
  readonly connection: Connection;
  readonly client: Deno.Conn;
  /** What stands for the inner server: it ends nothing by itself. */
  readonly server: Deno.Conn;
  /** Lets time pass; then the connection is looked at, as the front does. */
  readonly pass: (ms: number) => void;
}

async function withConnection(run: (place: Place) => Promise<void>): Promise<void> {
  const [[client, ours], [inner, server]] = await Promise.all([pair(), pair()]);
  let nowMs = 0;
  const connection = new Connection(ours, inner, () => nowMs);
  try {
    await run({
      connection,
      client,
      server,
      pass: (ms) => {
        nowMs += ms;
        connection.endIfLate(limits);
      },
    });
  } finally {
    connection.close();
    await connection.done;
    for (const end of [client, server]) closeConnection(end);
  }
}

const send = (to: Deno.Conn, text: string) => to.write(encoder.encode(text));

async function receive(from: Deno.Conn): Promise<string | null> {
  const buffer = new Uint8Array(1024);
  const read = await from.read(buffer);
  return read === null ? null : decoder.decode(buffer.subarray(0, read));
}

const isIn = (connection: Connection, state: Connection["state"]) =>
  waitFor(`it is ${state}`, () => Promise.resolve(connection.state === state));

Deno.test("a connection ends once its last response has been passed on, though the rest of the body never comes", () =>
  withConnection(async ({ connection, client, server, pass }) => {
    await send(client, "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nhalf");
    assert.match((await receive(server))!, /half$/);
    connection.handling();
    connection.last();
    await send(server, "HTTP/1.1 413 Too Large\r\nconnection: close\r\n\r\n");
    assert.match((await receive(client))!, /^HTTP\/1\.1 413/);
    await isIn(connection, "idle");
    // More of the body is no further request.
    await send(client, "ha");
    assert.equal(await receive(server), "ha");
    assert.equal(connection.state, "idle");
    pass(1_001);
    await isIn(connection, "closing");
    assert.equal(await receive(client), null, "the client sees the end, and no reset");
    await send(client, "l");
    pass(1_001);
    await connection.done;
  }));

Deno.test("a response that is not the last one leaves the connection open", () =>
  withConnection(async ({ connection, client, server, pass }) => {
    for (let n = 0; n < 2; n++) {
      await send(client, "GET / HTTP/1.1\r\n\r\n");
      await receive(server);
      connection.handling();
      await send(server, "HTTP/1.1 200 OK\r\n\r\n");
      assert.match((await receive(client))!, /^HTTP\/1\.1 200/);
      await isIn(connection, "idle");
      pass(119_000);
    }
    pass(1_001);
    assert.equal(await receive(client), null);
  }));

Deno.test("headers have a time limit of their own", () =>
  withConnection(async ({ connection, client, server, pass }) => {
    await send(client, "POST / HTTP/1.1\r\nhost");
    await receive(server);
    await isIn(connection, "headers");
    pass(10_000);
    connection.handling();
    pass(40_000);
    assert.equal(connection.state, "request");
    pass(1);
    assert.equal(await receive(client), null);
  }));

import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { serveHttp } from "../../serve/mod.ts";
import { BodyError, bodyErrorResponse, BodyNodesError, readBody, readJsonBody } from "./mod.ts";

const encoder = new TextEncoder();

/** Serves the size of each body of up to 100 bytes, and runs a raw exchange: returns everything that is received. */
async function exchange(
  send: (write: (text: string) => Promise<void>, clock: FakeClock) => Promise<void>,
): Promise<{ received: string; errors: BodyError[] }> {
  const clock = new FakeClock();
  const errors: BodyError[] = [];
  const server = serveHttp(async (request, peer) => {
    try {
      return new Response(String((await readBody(request, { clock, maxBytes: 100 })).length));
    } catch (error) {
      assert.ok(error instanceof BodyError);
      errors.push(error);
      return bodyErrorResponse(error, peer);
    }
  }, { host: "127.0.0.1", port: 0, clock, limits: { requestMs: 60_000 } });
  const client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  let received = "";
  const reading = (async () => {
    const buffer = new Uint8Array(4096);
    for (;;) {
      const read = await client.read(buffer).catch(() => null);
      if (read === null) return;
      received += new TextDecoder().decode(buffer.subarray(0, read));
    }
  })();
  let ended = false;
  void reading.then(() => void (ended = true));
  await send(async (text) => void await client.write(encoder.encode(text)), clock);
  await waitFor("the exchange ends", async () => {
    await clock.advance(1_000);
    return ended;
  });
  client.close();
  await server.stop(0);
  return { received, errors };
}

const head = (more: string) => `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${more}\r\n\r\n`;

Deno.test("readBody() reads bodies with a length and chunked ones, up to the limit", async () => {
  const sized = await exchange((write) => write(head("Content-Length: 100") + "x".repeat(100)));
  assert.match(sized.received, /^HTTP\/1\.1 200 [^]*\r\n\r\n100$/);
  const chunked = await exchange((write) =>
    write(head("Transfer-Encoding: chunked") + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
  );
  assert.match(chunked.received, /^HTTP\/1\.1 200 [^]*\r\n\r\n5$/);
});

Deno.test("a body over the limit gets 413: by its length before it is read, chunked as soon as it is too long", async () => {
  const sized = await exchange((write) => write(head("Content-Length: 101")));
  assert.match(sized.received, /^HTTP\/1\.1 413 [^]*"error":"Cannot read the body: it is larger than 100 bytes"/);
  const chunked = await exchange((write) => write(head("Transfer-Encoding: chunked") + `65\r\n${"x".repeat(101)}\r\n`) // 0x65 = 101, and it never ends
  );
  assert.match(chunked.received, /^HTTP\/1\.1 413 /);
});

Deno.test("a length beside chunks is no way around the limit", async () => {
  for (
    const both of ["Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5"]
  ) {
    const { received } = await exchange((write) => write(head(both) + `65\r\n${"x".repeat(101)}\r\n`));
    assert.match(received, /^HTTP\/1\.1 4(00|13) /, both);
  }
  // A request that no server has read: its length says nothing.
  const request = new Request("http://a", {
    method: "POST",
    body: "x".repeat(101),
    headers: { "content-length": "5" },
  });
  const read = readBody(request, { clock: new FakeClock(), maxBytes: 100 });
  await assert.rejects(read, (error) => error instanceof BodyError && error.status === 413);
});

Deno.test("a body of any size is read as it was sent", async () => {
  const clock = new FakeClock();
  const server = serveHttp(
    async (request) => new Response(await readBody(request, { clock, maxBytes: 1_000_000 })),
    { host: "127.0.0.1", port: 0, clock },
  );
  try {
    for (const size of [1, 16_384, 65_535, 65_536, 65_537, 500_000]) {
      const sent = Uint8Array.from({ length: size }, (_, index) => index % 251);
      const response = await fetch(`http://127.0.0.1:${server.port}`, { method: "POST", body: sent });
      assert.deepEqual(await response.bytes(), sent, `${size} bytes`);
    }
    assert.deepEqual(clock.pendingMs.length, 1, "no timer of a body is left beside the sweep of the server");
  } finally {
    await server.stop(0);
  }
});

Deno.test("a body that is not complete after 10 s is cut off, although it arrives steadily", async () => {
  const { received, errors } = await exchange(async (write, clock) => {
    await write(head("Content-Length: 50"));
    for (let sent = 0; sent < 9; sent++) {
      await write("x");
      await clock.advance(1_000);
    }
  });
  assert.equal(received, "");
  assert.deepEqual(errors.map(({ status }) => status), [408]);
});

Deno.test("readJsonBody() keeps integers exact, and rejects what is no JSON or not UTF-8", async () => {
  const clock = new FakeClock();
  const read = (body: BodyInit) =>
    readJsonBody(new Request("http://a", { method: "POST", body }), { clock, maxBytes: 100 });
  assert.deepEqual(await read('{"n":9007199254740993}'), { n: 9007199254740993n });
  const isBad = (error: unknown) => error instanceof BodyError && error.status === 400;
  await assert.rejects(read("{"), isBad);
  await assert.rejects(read(""), isBad);
  await assert.rejects(read(Uint8Array.of(0x22, 0xff, 0x22)), isBad);
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("readJsonBody() reads no more maps and lists than it may, and says of which review they are", async () => {
  const read = (text: string) =>
    readJsonBody(new Request("http://a/", { method: "POST", body: text }), {
      clock: new FakeClock(),
      maxBytes: 1000,
      maxContainers: 5,
    });
  const review = (lists: number) => `{"request":{"uid":"u1","object":[${Array(lists).fill("{}").join(", ")}]}}`;
  assert.deepEqual(await read(review(2)), { request: { uid: "u1", object: [{}, {}] } });
  await assert.rejects(
    read(review(3)),
    (error) => error instanceof BodyNodesError && error.status === 413 && error.uid === "u1",
  );
  assert.deepEqual(await read('["[[[[[[[[[[[[[[["]'), ["[[[[[[[[[[[[[[["]);
});

import assert from "node:assert/strict";
import { chunksOf } from "./chunks.ts";

/** A body of bytes, as `fetch` gives it. */
function bodyOf(...texts: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const text = texts.shift();
      if (text !== undefined) return controller.enqueue(new TextEncoder().encode(text));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

async function textsOf(body: ReadableStream<Uint8Array>): Promise<{ texts: string[]; buffers: Set<number> }> {
  const chunks = chunksOf(body);
  const texts: string[] = [];
  const buffers = new Set<number>();
  for (let chunk = await chunks.next(); chunk !== undefined; chunk = await chunks.next()) {
    texts.push(new TextDecoder().decode(chunk));
    buffers.add(chunk.buffer.byteLength);
  }
  return { texts, buffers };
}

Deno.test("chunksOf() gives the chunks of a body of bytes in large buffers, one body after the other", async () => {
  for (const name of ["a", "b"]) {
    const { texts, buffers } = await textsOf(bodyOf(`${name}1`, `${name}22`, `${name}`));
    assert.deepEqual(texts, [`${name}1`, `${name}22`, name]);
    assert.deepEqual([...buffers], [32 * 1024]);
  }
});

Deno.test("chunksOf() keeps two bodies apart that are read at once", async () => {
  const [one, two] = [chunksOf(bodyOf("one", "1")), chunksOf(bodyOf("two", "2"))];
  const [first, second] = [await one.next(), await two.next()];
  assert.equal(new TextDecoder().decode(first), "one");
  assert.equal(new TextDecoder().decode(second), "two");
  await Promise.all([one.cancel(), two.cancel()]);
});

Deno.test("chunksOf() reads a stream that is none of bytes, and ends with a cancel", async () => {
  const plain = ReadableStream.from([new Uint8Array([97]), new Uint8Array([98])]);
  assert.deepEqual((await textsOf(plain)).texts, ["a", "b"]);
  const chunks = chunksOf(new ReadableStream({ type: "bytes" }));
  const next = chunks.next();
  await chunks.cancel();
  assert.equal(await next, undefined);
});

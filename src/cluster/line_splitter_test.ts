import assert from "node:assert/strict";
import fc from "fast-check";
import { LineSplitter } from "./line_splitter.ts";

class TooLong extends Error {}

function split(chunks: Uint8Array[], limitBytes = 1000): { lines: string[]; unfinished: boolean } {
  const lines: string[] = [];
  const splitter = new LineSplitter(limitBytes, (line) => lines.push(line), () => {
    throw new TooLong();
  });
  for (const chunk of chunks) splitter.push(chunk);
  return { lines, unfinished: splitter.unfinished };
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("LineSplitter joins lines over chunks and leaves empty ones out", () => {
  assert.deepEqual(split(["a", "b\n\nc", "\n", "d"].map(bytes)), { lines: ["ab", "c"], unfinished: true });
  assert.deepEqual(split(["a\n", "b\n"].map(bytes)), { lines: ["a", "b"], unfinished: false });
});

Deno.test("LineSplitter gives the same lines however the bytes are cut", () => {
  const text = fc.array(fc.string({ unit: "grapheme", maxLength: 20 }).filter((line) => !line.includes("\n")));
  fc.assert(fc.property(text, fc.array(fc.nat(30), { minLength: 1 }), (wanted, sizes) => {
    const all = bytes(wanted.map((line) => `${line}\n`).join(""));
    const chunks: Uint8Array[] = [];
    for (let at = 0, turn = 0; at < all.length; turn++) {
      const size = 1 + sizes[turn % sizes.length]!;
      chunks.push(all.slice(at, at + size));
      at += size;
    }
    assert.deepEqual(split(chunks), { lines: wanted.filter((line) => line !== ""), unfinished: false });
  }));
});

Deno.test("LineSplitter refuses a line beyond its limit, in one chunk or many, and lets one at the limit pass", () => {
  assert.equal(split([bytes("x".repeat(10) + "\n")], 10).lines.length, 1);
  assert.throws(() => split([bytes("x".repeat(11) + "\n")], 10), TooLong);
  assert.throws(() => split(Array.from({ length: 11 }, () => bytes("x")), 10), TooLong);
});

import assert from "node:assert/strict";
import { mergePatch, prunedPaths } from "./status.ts";

Deno.test("mergePatch() is undefined for equal maps, whatever the order of their keys", () => {
  assert.equal(mergePatch({ a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 }), undefined);
});

Deno.test("mergePatch() names only what differs", () => {
  assert.deepEqual(mergePatch({ a: 1, b: { c: 1, d: 2 } }, { a: 1, b: { c: 1, d: 3 } }), { b: { d: 3 } });
});

Deno.test("mergePatch() removes keys with null and replaces lists whole", () => {
  assert.deepEqual(mergePatch({ a: 1, b: [1, 2] }, { b: [1] }), { a: null, b: [1] });
});

Deno.test("mergePatch() replaces a scalar by a map", () => {
  assert.deepEqual(mergePatch({ a: 1 }, { a: { b: 1 } }), { a: { b: 1 } });
});

Deno.test("prunedPaths() finds what the response lacks, at any depth, and nothing else", () => {
  const wanted = { a: 1, b: { c: 1, d: { e: 1 } }, f: null, g: [1] };
  assert.deepEqual(prunedPaths(wanted, { a: 2, b: { c: 1, d: {} }, x: 1, g: [] }), [["b", "d", "e"]]);
  assert.deepEqual(prunedPaths(wanted, undefined), [["a"], ["b"], ["g"]]);
});

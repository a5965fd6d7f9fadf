import assert from "node:assert/strict";
import fc from "fast-check";
import { isMap, type Json, type JsonMap, setOwn } from "../base/json.ts";
import { diffPatch, type PatchOperation, pointerSegment } from "./json_patch.ts";

/** Applies a JSON Patch as RFC 6902 says; throws where an operation has no place. */
function applied(value: Json, operations: readonly PatchOperation[]): Json {
  let root: Json = structuredClone(value);
  for (const operation of operations) {
    const path = operation.path.split("/").slice(1).map((key) => key.replace(/~1/g, "/").replace(/~0/g, "~"));
    const last = path.pop();
    if (last === undefined) {
      assert.equal(operation.op, "replace");
      root = (operation as { value: Json }).value;
      continue;
    }
    let parent: Json = root;
    for (const key of path) {
      assert.ok(typeof parent === "object" && parent !== null && Object.hasOwn(parent, key), operation.path);
      parent = (parent as JsonMap)[key]!;
    }
    if (Array.isArray(parent)) {
      const index = last === "-" ? parent.length : Number(last);
      if (operation.op === "add") parent.splice(index, 0, operation.value);
      else {
        assert.ok(index < parent.length, operation.path);
        if (operation.op === "remove") parent.splice(index, 1);
        else parent[index] = operation.value;
      }
      continue;
    }
    assert.ok(isMap(parent), operation.path);
    if (operation.op !== "add") assert.ok(Object.hasOwn(parent, last), operation.path);
    if (operation.op === "remove") delete parent[last];
    else setOwn(parent, last, operation.value);
  }
  return root;
}

Deno.test("diffPatch() adds missing parents whole, and escapes keys (RFC 6901)", () => {
  assert.deepEqual(diffPatch({ metadata: {} }, { metadata: { annotations: { "a.b/c~d": "x" } } }), [
    { op: "add", path: "/metadata/annotations", value: { "a.b/c~d": "x" } },
  ]);
  assert.deepEqual(diffPatch({ a: { "b/c": 1, "d~": 1 } }, { a: { "b/c": 2, "d~": 1 } }), [
    { op: "replace", path: "/a/b~1c", value: 2 },
  ]);
  assert.equal(pointerSegment("~1/"), "~01~1");
});

Deno.test("diffPatch() gives nothing for equal values, whatever the order of keys", () => {
  assert.deepEqual(diffPatch({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }), []);
});

Deno.test("diffPatch() gives a patch that turns any value into any other", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`SEED=${seed}`);
  const value = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(value, value, (from, to) => assert.deepEqual(applied(from, diffPatch(from, to)), to)),
    { seed, numRuns: 500 },
  );
});

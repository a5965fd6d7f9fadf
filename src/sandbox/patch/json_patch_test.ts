import assert from "node:assert/strict";
import type { Json } from "../../base/json.ts";
import { ApiFault } from "../faults.ts";
import { jsonPatch } from "./json_patch.ts";

// From RFC 6902, appendix A, and what kube-apiserver does beyond it.
const cases: readonly [name: string, document: Json, patch: Json, result: Json][] = [
  ["adds a member", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { baz: "qux", foo: "bar" }],
  ["adds an item", { foo: ["bar", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }], {
    foo: ["bar", "qux", "baz"],
  }],
  ["adds at the end", { foo: ["bar"] }, [{ op: "add", path: "/foo/-", value: ["abc"] }], { foo: ["bar", ["abc"]] }],
  ["removes a member", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
  ["removes an item", { foo: ["bar", "qux", "baz"] }, [{ op: "remove", path: "/foo/1" }], { foo: ["bar", "baz"] }],
  ["replaces", { baz: "qux" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo" }],
  ["replaces the whole", { baz: 1 }, [{ op: "replace", path: "", value: { a: 1 } }], { a: 1 }],
  ["moves", { a: { b: 1 }, c: {} }, [{ op: "move", from: "/a/b", path: "/c/d" }], { a: {}, c: { d: 1 } }],
  ["moves an item", { foo: [1, 2, 3] }, [{ op: "move", from: "/foo/1", path: "/foo/2" }], { foo: [1, 3, 2] }],
  ["copies, so that the copy is its own", { a: { x: 1 } }, [{ op: "copy", from: "/a", path: "/b" }, {
    op: "add",
    path: "/b/y",
    value: 2,
  }], { a: { x: 1 }, b: { x: 1, y: 2 } }],
  ["tests", { a: [1, { b: null }] }, [{ op: "test", path: "/a", value: [1, { b: null }] }], { a: [1, { b: null }] }],
  ["reads escapes", { "a/b": 1, "m~n": 2 }, [{ op: "remove", path: "/a~1b" }, {
    op: "replace",
    path: "/m~0n",
    value: 3,
  }], { "m~n": 3 }],
  ["reads ~01 as ~1", { "~1": 1 }, [{ op: "test", path: "/~01", value: 1 }], { "~1": 1 }],
];

for (const [name, document, patch, result] of cases) {
  Deno.test(`jsonPatch() ${name}`, () => {
    const before = JSON.stringify(document);
    assert.deepEqual(jsonPatch(document, patch), result);
    assert.equal(JSON.stringify(document), before, "the document itself stays");
  });
}

const refused: readonly [name: string, patch: Json, code: number][] = [
  ["a path into nothing", [{ op: "add", path: "/none/x", value: 1 }], 422],
  ["an index beyond the end", [{ op: "add", path: "/list/9", value: 1 }], 422],
  ["an index with a leading zero", [{ op: "remove", path: "/list/01" }], 422],
  ["a test that fails", [{ op: "test", path: "/list/0", value: 2 }], 422],
  ["an unknown operation", [{ op: "do", path: "/list" }], 422],
  ["no list", { op: "add", path: "/a", value: 1 }, 400],
  ["an operation without a path", [{ op: "add", value: 1 }], 400],
  ["too many operations", Array.from({ length: 10_001 }, () => ({ op: "test", path: "/list/0", value: 1 })), 413],
  // Each copy doubles the document: 2^30 of it would not fit anywhere.
  [
    "copies that grow without bound",
    Array.from({ length: 30 }, (_, i) => ({ op: "copy", from: "", path: `/c${i}` })),
    413,
  ],
];

for (const [name, patch, code] of refused) {
  Deno.test(`jsonPatch() refuses ${name}`, () => {
    assert.throws(() => jsonPatch({ list: [1] }, patch), (error) => error instanceof ApiFault && error.code === code);
  });
}

import assert from "node:assert/strict";
import type { Json, JsonMap } from "../base/json.ts";
import { newPathTree, nodeOf, type PathTree } from "./convert_paths.ts";
import { compileSchema } from "./convert_schema.ts";
import { laidUnder, unmapped } from "./convert_unmapped.ts";

/** A tree of these dot paths; one that ends in `?` is only tested. */
function tree(...paths: string[]): PathTree {
  const root = newPathTree();
  for (const path of paths) {
    const node = nodeOf(root, path.replace("?", "").split("."));
    if (path.endsWith("?")) node.tested = true;
    else node.whole = true;
  }
  return root;
}

const text = { type: "string" };
const object = (properties: JsonMap): JsonMap => ({ type: "object", properties });
const target = object({ a: text, map: object({ a: text }), list: { type: "array", items: text }, open: {} });

const cases: [
  what: string,
  value: JsonMap,
  reads: string[],
  writes: string[],
  copied: Json | undefined,
  carried: Json | undefined,
][] = [
  ["what the target has too", { a: "x" }, [], [], { a: "x" }, undefined],
  ["what it does not have", { b: "x" }, [], [], undefined, { b: "x" }],
  ["a value that it does not admit", { a: 1 }, [], [], undefined, { a: 1 }],
  ["what a template reads", { a: "x", map: { a: "x" } }, ["a"], [], { map: { a: "x" } }, undefined],
  ["what a template writes", { a: "x" }, [], ["a"], undefined, { a: "x" }],
  ["a map of which a template reads a part", { map: { a: "x", b: "y" } }, ["map.a"], [], undefined, {
    map: { b: "y" },
  }],
  ["a map of which a template writes a part", { map: { a: "x" } }, [], ["map.a"], undefined, { map: { a: "x" } }],
  ["a map that a template writes whole", { map: { a: "x" } }, [], ["map"], undefined, { map: { a: "x" } }],
  ["a map of which the target has a part", { map: { a: "x", b: "y" } }, [], [], { map: { a: "x" } }, {
    map: { b: "y" },
  }],
  ["a scalar that is only tested", { a: "x" }, ["a?"], [], undefined, undefined],
  ["a map that is only tested", { map: { a: "x" } }, ["map?"], [], { map: { a: "x" } }, undefined],
  ["a list that is only tested", { list: ["x"] }, ["list?"], [], { list: ["x"] }, undefined],
  ["an empty list that is only tested", { list: [] }, ["list?"], [], undefined, undefined],
  ["an empty list", { list: [] }, [], [], { list: [] }, undefined],
  ["an empty map", { map: {} }, [], [], { map: {} }, undefined],
  ["an empty map of which a template writes a part", { map: {} }, [], ["map.a"], { map: {} }, undefined],
  ["an empty map that is read in part, and is anything there", { open: {} }, ["open.a"], [], { open: {} }, undefined],
  ["an empty map where a text is wanted", { a: {} }, [], [], undefined, { a: {} }],
  ["an empty map where nothing is known", { b: {} }, ["b.c"], [], undefined, { b: {} }],
  ["an empty map that a template writes whole", { map: {} }, ["map.x"], ["map"], undefined, { map: {} }],
];

for (const [what, value, reads, writes, copied, carried] of cases) {
  Deno.test(`unmapped(): ${what}`, () => {
    assert.deepEqual(
      {
        copied: undefined,
        carried: undefined,
        ...unmapped(value, tree(...reads), tree(...writes), compileSchema(target)),
      },
      { copied, carried },
    );
  });
}

Deno.test("unmapped(): without a schema, all that is not read is carried", () => {
  assert.deepEqual(unmapped({ a: "x" }, undefined, undefined, undefined), { carried: { a: "x" } });
  assert.deepEqual(unmapped({ a: "x", b: { c: 1 } }, tree("a"), undefined, undefined), {
    copied: undefined,
    carried: { b: { c: 1 } },
  });
});

const laid: [what: string, tree: Json | undefined, values: Json, expected: Json | undefined][] = [
  ["values where there is nothing", undefined, { a: "x" }, { a: "x" }],
  ["a value beside what is there", { a: "x" }, { map: { a: "y" } }, { a: "x", map: { a: "y" } }],
  ["a value below what is there", { map: {} }, { map: { a: "y" } }, { map: { a: "y" } }],
  ["no value over what is there", { a: "x" }, { a: "y" }, { a: "x" }],
  ["no map over a scalar", { a: "x" }, { a: { b: "y" } }, { a: "x" }],
  ["no scalar over a map", { map: { a: "x" } }, { map: "y" }, { map: { a: "x" } }],
  ["no value that the schema does not admit", {}, { a: 1, map: { a: "x" } }, { map: { a: "x" } }],
  ["no field that the schema does not have", { a: "x" }, { b: "y" }, { a: "x" }],
  ["nothing where nothing is admitted", undefined, { b: "y" }, undefined],
  ["nothing of what is no map", undefined, "y", undefined],
  ["an empty map stays", {}, { b: "y" }, {}],
];

for (const [what, under, values, expected] of laid) {
  Deno.test(`laidUnder(): ${what}`, () => {
    assert.deepEqual(laidUnder(under, values, compileSchema(target)), expected);
  });
}

Deno.test("laidUnder(): without a schema nothing is laid", () => {
  assert.deepEqual(laidUnder({ a: 1 }, { b: 2 }, undefined), { a: 1 });
});

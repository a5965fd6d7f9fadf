import assert from "node:assert/strict";
import { differencesOf, fixedDifferences, sizeOf } from "./difference.ts";

const table: [what: string, declared: unknown, live: unknown, paths: string[]][] = [
  ["the same", { a: 1, b: { c: "x" } }, { a: 1, b: { c: "x" }, defaulted: true }, []],
  ["another value", { a: 1 }, { a: 2 }, ["spec.a"]],
  ["a value that is not there", { a: { b: 1 } }, {}, ["spec.a.b"]],
  ["one quantity in two spellings", { cpu: "1000m" }, { cpu: "1" }, []],
  ["two quantities", { cpu: "1" }, { cpu: "2" }, ["spec.cpu"]],
  ["items by name, in another order", [{ name: "a", v: 1 }, { name: "b", v: 2 }], [{ name: "b", v: 2 }, {
    name: "a",
    v: 3,
  }], ["spec[a].v"]],
  ["lists of another length", ["a"], ["a", "b"], ["spec"]],
  ["items by position", ["a", "b"], ["a", "c"], ["spec[1]"]],
  [
    "a map among items that are none, and a longer list",
    ["a", { name: "b", v: 1 }],
    ["a", { name: "b", v: 1 }, "c"],
    [],
  ],
  ["what is not declared", undefined, { a: 1 }, []],
];

for (const [what, declared, live, paths] of table) {
  Deno.test(`differencesOf() ${what}`, () => {
    assert.deepEqual(differencesOf(declared as never, live as never, "spec"), paths);
  });
}

Deno.test("differencesOf() is bounded", () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, n]));
  assert.equal(differencesOf(many, {}, "spec").length, 10);
});

const object = (rest: object, labels: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "a", labels: { "orkestra.orkspace.io/owner-uid": "x", ...labels } },
  ...rest,
});

Deno.test("fixedDifferences() compares what the author declared, and leaves our marks out", () => {
  const live = object({ spec: { a: 1 } });
  live.metadata.labels = {} as never;
  assert.deepEqual(fixedDifferences(object({ spec: { a: 1 } }), live), []);
  assert.deepEqual(fixedDifferences(object({ spec: { a: 2 } }, { team: "tea" }), live), [
    "metadata.labels.team",
    "spec.a",
  ]);
  assert.deepEqual(fixedDifferences(object({ spec: { a: 2 } }), undefined), []);
});

Deno.test("fixedDifferences() compares annotations without our marks, and no version: the object is the same", () => {
  const withAnnotations = (annotations: Record<string, string>, apiVersion = "v1") => {
    const { metadata, ...rest } = object({ spec: { a: 1 } });
    return { ...rest, apiVersion, metadata: { ...metadata, annotations } };
  };
  const live = withAnnotations({ "orkestra.orkspace.io/applied": "d0", "a.dev/x": "1" });
  assert.deepEqual(
    fixedDifferences(withAnnotations({ "a.dev/x": "1", "orkestra.orkspace.io/applied": "d1" }), live),
    [],
  );
  assert.deepEqual(fixedDifferences(withAnnotations({ "a.dev/x": "2" }, "v2"), live), [
    "metadata.annotations.a.dev/x",
  ]);
});

Deno.test("sizeOf() reports whether a claim grows", () => {
  const claim = (storage: string) => object({ spec: { resources: { requests: { storage } } } });
  assert.deepEqual(sizeOf(claim("2Gi"), claim("1Gi")), { wanted: "2Gi", grows: true });
  assert.deepEqual(sizeOf(claim("1Gi"), claim("2Gi")), { wanted: "1Gi", grows: false });
  assert.deepEqual(sizeOf(claim("1024Mi"), claim("1Gi")), { wanted: "1024Mi", grows: false });
  assert.equal(sizeOf(object({ spec: {} }), claim("1Gi")), undefined);
  assert.deepEqual(sizeOf(claim("2Gi"), claim("much")), { wanted: "2Gi", grows: false }, "what is no quantity");
});

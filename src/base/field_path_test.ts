import assert from "node:assert/strict";
import { parseFieldPath, printFieldPath } from "./field_path.ts";

Deno.test("parseFieldPath() reads names, indexes and quoted names", () => {
  const cases: [text: string, path: string[]][] = [
    ["", []],
    [".", []],
    ["spec", ["spec"]],
    [".spec.replicas", ["spec", "replicas"]],
    [" spec.a ", ["spec", "a"]],
    ["spec.regions.0.name", ["spec", "regions", "0", "name"]],
    ["spec.regions[0].name", ["spec", "regions", "0", "name"]],
    ["spec.grid[0][1]", ["spec", "grid", "0", "1"]],
    ['metadata.annotations["acme.example/plan"]', ["metadata", "annotations", "acme.example/plan"]],
    ["metadata.labels['a.b/c'].d", ["metadata", "labels", "a.b/c", "d"]],
    ['spec["a \\"b\\" \\\\ c"]', ["spec", 'a "b" \\ c']],
    ['["spec"].x', ["spec", "x"]],
    ["spec.kebab-case.$x", ["spec", "kebab-case", "$x"]],
    ["spec.__proto__.a", ["spec", "__proto__", "a"]],
  ];
  for (const [text, path] of cases) assert.deepEqual(parseFieldPath(text), path, text);
});

Deno.test("parseFieldPath() refuses what is no path", () => {
  const bad = [
    "a..b",
    "a.",
    "..a",
    "a b",
    "a/b",
    "a[",
    "a[]",
    "a[x]",
    'a["b]',
    'a[""]',
    'a."b"',
    "a.[0]",
    'a["b"]c',
    "a[1234567]",
  ];
  for (const text of bad) assert.equal(parseFieldPath(text), undefined, text);
});

Deno.test("printFieldPath() prints what parseFieldPath() reads", () => {
  for (const path of [["spec", "a"], ["a", "b.c/d", "e"], ['q"\\'], ["x", "0"], ["a b", "c"]]) {
    assert.deepEqual(parseFieldPath(printFieldPath(path)), path);
  }
  assert.equal(
    printFieldPath(["metadata", "annotations", "acme.example/plan"]),
    'metadata.annotations["acme.example/plan"]',
  );
});

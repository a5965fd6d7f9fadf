import assert from "node:assert/strict";
import { reasonOf, sortReasons } from "./reasons.ts";

Deno.test("reasonOf() takes the column off a position, and nothing else", () => {
  assert.equal(reasonOf("katalog.yaml:12:5"), "katalog.yaml:12");
  assert.equal(reasonOf("-:1:1"), "-:1");
  assert.equal(reasonOf("a:b/katalog.yaml:3:4"), "a:b/katalog.yaml:3");
});

Deno.test("sortReasons() sorts by file, then by the number of the line, each once", () => {
  const reasons = ["b.yaml:1", "a.yaml:10", "a.yaml:9", "b.yaml:1", "a.b.yaml:100", "a.yaml:9"];
  assert.deepEqual(sortReasons(reasons), ["a.b.yaml:100", "a.yaml:9", "a.yaml:10", "b.yaml:1"]);
  assert.deepEqual(sortReasons([]), []);
});

import assert from "node:assert/strict";
import { pruned, yamlOf } from "./value.tsx";

Deno.test("pruned() leaves small values as they are, whatever their keys", () => {
  const value = JSON.parse('{"a": [1, true, null, "x"], "__proto__": {"b": 2}, "constructor": {}}');
  assert.equal(JSON.stringify(pruned(value)), JSON.stringify(value));
  assert.deepEqual([undefined, () => 1, Symbol("x")].map(pruned), [null, null, null]);
});

Deno.test("pruned() cuts what is long, wide or deep, and counts what it leaves out", () => {
  assert.ok((pruned("x".repeat(1e6)) as string).length <= 2000);
  const wide = pruned(Array.from({ length: 1e5 }, () => 1)) as unknown[];
  assert.match(String(wide.at(-1)), /^… 9\d,\d{3} more$/);
  let deep: unknown = {};
  for (let n = 0; n < 10_000; n++) deep = { deep };
  assert.ok(JSON.stringify(pruned(deep)).length < 1_000);
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  assert.ok(JSON.stringify(pruned(cyclic)).length < 1_000);
  assert.ok(yamlOf({ text: "line\n".repeat(1e5) }).lines.length <= 1500);
});

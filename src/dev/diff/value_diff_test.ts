import assert from "node:assert/strict";
import fc from "fast-check";
import { equalJson, type Json } from "../../base/json.ts";
import { redacted } from "../../base/redact.ts";
import { diffShown, diffValues } from "./value_diff.ts";

Deno.test("diffValues() names the deepest places that differ", () => {
  const before: Json = {
    a: 1,
    b: { "x.y/z": "old", kept: true },
    gone: [1],
    list: [{ name: "p" }, { name: "q", n: 1 }, 3],
  };
  const after: Json = {
    a: 1,
    b: { "x.y/z": "new", kept: true },
    come: null,
    list: [{ name: "p" }, { name: "q", n: 2 }, 3],
  };
  assert.deepEqual(diffValues(before, after), [
    { path: 'b["x.y/z"]', before: "old", after: "new" },
    { path: "gone", before: [1] },
    { path: "list[1].n", before: 1, after: 2 },
    { path: "come", after: null },
  ]);
});

Deno.test("diffValues() tells an item that came or went from items that changed", () => {
  assert.deepEqual(diffValues([1, 2, 3], [0, 1, 2, 3]), [{ path: "[0]", after: 0 }]);
  assert.deepEqual(diffValues(["a", "b", "c"], ["a", "c"]), [{ path: "[1]", before: "b" }]);
  assert.deepEqual(
    diffValues(["a", "b"], ["x", "b", "c"]),
    [
      { path: "[0]", before: "a", after: "x" },
      { path: "[1]", before: "b", after: "b" },
      { path: "[2]", after: "c" },
    ].filter(({ before, after }) => before !== after),
  );
});

Deno.test("diffValues() finds a difference exactly where two values are not equal", () => {
  const value = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
  fc.assert(fc.property(value, value, (a, b) => {
    assert.equal(diffValues(a, b).length === 0, equalJson(a, b));
    assert.deepEqual(diffValues(a, structuredClone(a)), []);
    for (const change of diffValues(a, b)) assert.notDeepEqual([change.before], [change.after]);
  }));
});

Deno.test("diffShown() says that something differs, and not how, where it may not be shown", () => {
  const [before, after] = [{ data: { a: "s3cret", b: "same" }, c: 1 }, { data: { a: "t0ken", b: "same" }, c: 2 }];
  const hidden = { a: redacted, b: redacted };
  const changes = diffShown({ value: before, shown: { data: hidden, c: 1 } }, {
    value: after,
    shown: { data: hidden, c: 2 },
  });
  assert.deepEqual(changes, [{ path: "data.a", isHidden: true }, { path: "c", before: 1, after: 2 }]);
  // A secret that comes where there was none.
  const come = diffShown({ value: {}, shown: {} }, { value: { key: "s3cret" }, shown: { key: redacted } });
  assert.deepEqual(come, [{ path: "key", isHidden: true }]);
  const whole = diffShown({ value: undefined, shown: undefined }, {
    value: [{ key: "s3cret" }],
    shown: [{ key: redacted }],
  });
  assert.deepEqual(whole, [{ path: "", after: [{ key: redacted }] }]);
});

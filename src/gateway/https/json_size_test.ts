import assert from "node:assert/strict";
import fc from "fast-check";
import { measureJson } from "./json_size.ts";

const sizeOf = (text: string) => measureJson(new TextEncoder().encode(text));

function containersOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, each) => sum + containersOf(each), 1);
}

Deno.test("measureJson() counts the maps and lists that a text becomes, and none in strings", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.boolean(), (value, isIndented) => {
      const text = JSON.stringify(value, undefined, isIndented ? 2 : 0);
      assert.equal(sizeOf(text).containers, containersOf(JSON.parse(text)), text);
    }),
    { numRuns: 1000 },
  );
  assert.equal(sizeOf('["[{\\"[", "\\\\", {"\\\\\\"{": "é{"}]').containers, 2);
});

Deno.test("measureJson() finds the uid of a review's request", () => {
  assert.equal(sizeOf('{"request":{"uid":"a-1","name":"x"}}').uid, "a-1");
  assert.equal(
    sizeOf('{"request": {"name": "uid", "object": {"uid": "no"}, "uid" : "a-1", "uid": "second"}}').uid,
    "a-1",
  );
  for (const text of ['{"request":{"uid":1}}', '{"uid":"x"}', '{"request":{"uid":"a\\"b"}}', '{"request":{"uid":"']) {
    assert.equal(sizeOf(text).uid, undefined, text);
  }
});

Deno.test("measureJson() ends for a text that is no JSON", () => {
  for (const text of ["", '"', '"\\', "}}}]", '\\\\"', '{"uid', "\u0000\uffff"]) sizeOf(text);
});

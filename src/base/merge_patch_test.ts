import assert from "node:assert/strict";
import fc from "fast-check";
import { equalJson, isMap, type Json, type JsonMap } from "./json.ts";
import { mergePatch } from "./merge_patch.ts";

// RFC 7396, appendix A.
const examples: readonly [target: string, patch: string, result: string][] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', "{}"],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', "null", "null"],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
  ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

for (const [target, patch, result] of examples) {
  Deno.test(`mergePatch() of ${target} with ${patch} is ${result}`, () => {
    assert.deepEqual(mergePatch(JSON.parse(target), JSON.parse(patch)), JSON.parse(result));
  });
}

const key = fc.constantFrom("a", "b", "__proto__");
const { map } = fc.letrec<{ value: Json; map: JsonMap }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.constantFrom<Json[]>(null, 1, "x", []), tie("map")),
  map: fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }) as fc.Arbitrary<JsonMap>,
}));

function hasNull(value: Json): boolean {
  return value === null || (isMap(value) && Object.values(value).some(hasNull));
}

Deno.test("mergePatch() twice is once, and changes neither target nor patch", () => {
  fc.assert(fc.property(map, map, (target, patch) => {
    const before = JSON.stringify([target, patch]);
    const once = mergePatch(target, patch);
    assert.ok(equalJson(mergePatch(once, patch), once));
    assert.equal(JSON.stringify([target, patch]), before);
  }));
});

Deno.test("mergePatch() of nothing with a map without nulls is that map", () => {
  fc.assert(fc.property(map.filter((patch) => !hasNull(patch)), (patch) => {
    assert.ok(equalJson(mergePatch({}, patch), patch));
  }));
});

Deno.test("mergePatch() takes __proto__ as a key like any other", () => {
  const result = mergePatch({}, JSON.parse('{"__proto__":{"x":1}}')) as JsonMap;
  assert.ok(Object.hasOwn(result, "__proto__"));
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
});

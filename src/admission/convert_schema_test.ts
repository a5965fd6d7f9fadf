import assert from "node:assert/strict";
import type { Json, JsonMap } from "../base/json.ts";
import { admits, anything, compileSchema, schemaOfKey } from "./convert_schema.ts";

const big = 9007199254740993n;
const intOrString = { "x-kubernetes-int-or-string": true };
const map = { type: "object", properties: { a: { type: "string" } } };

const cases: [schema: JsonMap, admitted: Json[], refused: Json[]][] = [
  [{ type: "string" }, ["x", ""], [1, true, null, [], {}]],
  [{ type: "integer" }, [1, -1, big], [1.5, "1", true]],
  [{ type: "number" }, [1, 1.5, big], ["1", true]],
  [{ type: "boolean" }, [true, false], ["true", 0]],
  [intOrString, ["80%", 80, big], [1.5, true, []]],
  [{}, ["x", 1, null, [], {}], []],
  [{ type: "unknown" }, ["x", 1, null], []],
  [{ type: "string", nullable: true }, [null], [1]],
  [map, [{}, { a: "x" }], [{ a: 1 }, { b: "x" }, "x", []]],
  // A map without a type is one by its keys.
  [{ properties: { a: { type: "string" } } }, [{ a: "x" }], ["x", { b: 1 }]],
  [{ additionalProperties: { type: "integer" } }, [{ a: 1 }, {}], [{ a: "x" }, 1]],
  [{ type: "object", additionalProperties: { type: "integer" } }, [{ a: 1 }], [{ a: "x" }]],
  [{ type: "object", additionalProperties: true }, [{ a: 1, b: "x" }], [1]],
  [{ type: "object", additionalProperties: false }, [{}], [{ a: 1 }]],
  [{ ...map, "x-kubernetes-preserve-unknown-fields": true }, [{ a: "x", b: 1 }], [{ a: 1 }]],
  [{ ...map, "x-kubernetes-embedded-resource": true }, [{ a: "x", b: 1 }], [{ a: 1 }]],
  [{ type: "array", items: { type: "integer" } }, [[], [1, 2]], [[1, "x"], ["x", 1], {}, 1]],
  [{ type: "array" }, [[1, "x"]], ["x"]],
  [{ type: "string", enum: ["a", "b"] }, ["a", "b"], ["c", ""]],
  [{ type: "boolean", enum: [true] }, [true], [false]],
  [{ ...intOrString, enum: ["auto", 1] }, ["auto", 1], ["x", 2]],
  [{ type: "integer", minimum: 1, maximum: 3 }, [1, 3], [0, 4, big, -big]],
  [{ type: "integer", minimum: 1, exclusiveMinimum: true }, [2], [1, 0]],
  [{ type: "integer", maximum: 3, exclusiveMaximum: true }, [2], [3, 4]],
  [{ type: "integer", minimum: 1, exclusiveMinimum: false }, [1], [0]],
  [{ type: "integer", maximum: big }, [big, 1], [big + 1n]],
  [{ type: "string", minLength: 2, maxLength: 3 }, ["ab", "abc", "a😀"], ["a", "😀", "abcd"]],
  [{ type: "string", minLength: 2 }, ["ab", "x".repeat(50)], ["a"]],
  [{ type: "string", maxLength: 2 }, ["", "ab"], ["abc"]],
  [{ type: "string", pattern: "^x+$" }, ["x", "xx"], ["y", ""]],
  [{ ...intOrString, pattern: "^x+$" }, ["x", 5], ["y"]],
  // A pattern that our engine does not have proves nothing: the API server has checked the value of its own version.
  [{ type: "string", pattern: "(?=x)x" }, ["x", "y"], [1]],
  [{ type: "string", pattern: 5 }, ["y"], [1]],
  // What is too long to be matched is carried, not copied.
  [{ type: "string", pattern: "^x+$" }, ["x"], ["x".repeat(300_000)]],
];

for (const [schema, admitted, refused] of cases) {
  const shown = JSON.stringify(schema, (_, value) => typeof value === "bigint" ? String(value) : value);
  Deno.test(`admits(): ${shown}`, () => {
    const compiled = compileSchema(schema);
    for (const value of admitted) assert.equal(admits(compiled, value), true, String(value));
    for (const value of refused) assert.equal(admits(compiled, value), false, String(value).slice(0, 20));
  });
}

Deno.test("compileSchema() of what is no schema admits anything", () => {
  for (const schema of [undefined, null, "x", []]) assert.equal(compileSchema(schema), anything);
  assert.equal(admits(anything, null), true);
  assert.equal(anything.admitsScalar(1), true);
});

Deno.test("schemaOfKey() is that of the key, else of any other key, else none; of anything it is anything", () => {
  const schema = compileSchema({ ...map, additionalProperties: { type: "integer" } });
  assert.deepEqual(["a", "b"].map((key) => schemaOfKey(schema, key)?.type), ["string", "integer"]);
  assert.equal(schemaOfKey(compileSchema(map), "b"), undefined);
  assert.equal(schemaOfKey(compileSchema({ type: "string" }), "b"), undefined);
  assert.equal(schemaOfKey(compileSchema({}), "b"), anything);
});

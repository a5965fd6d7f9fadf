import assert from "node:assert/strict";
import type { Json, JsonMap } from "../base/json.ts";
import { admits, compileSchema } from "./convert_schema.ts";
import { typed } from "./convert_value.ts";

const as = (schema: JsonMap, value: Json): Json | undefined => typed(value, compileSchema(schema));
const integer = { type: "integer" };
const list = { type: "array", items: integer };

Deno.test("typed() gives a value the type of its field", () => {
  const cases: readonly [schema: JsonMap, value: Json, expected: Json | undefined][] = [
    [{ type: "string" }, "123", "123"],
    [{ type: "string" }, " a ", " a "],
    [{ type: "string" }, "", ""],
    [{ type: "string" }, 12n, "12"],
    [{ type: "string" }, 1e21, "1e+21"],
    [{ type: "string" }, true, "true"],
    [integer, "9007199254740993", 9007199254740993n],
    [integer, "-9223372036854775808", -9223372036854775808n],
    [integer, "+7", 7],
    [integer, " 7\n", 7],
    [integer, "", undefined],
    [{ type: "number" }, "2.50", 2.5],
    [{ type: "number" }, "1e3", 1000],
    [{ type: "number" }, "9007199254740993", 9007199254740993n],
    [{ type: "number" }, 2.5, 2.5],
    [{ type: "number" }, 9007199254740993n, 9007199254740993n],
    [{ type: "boolean" }, "true", true],
    [{ type: "boolean" }, " false ", false],
    [{ type: "array" }, [1, "x", null], [1, "x", null]],
    [{ type: "object" }, '{"a": null}', { a: null }],
    [{ type: "object", properties: { a: { type: "integer" } } }, { a: null, b: "" }, { b: "" }],
    [{ type: "boolean" }, false, false],
    [{ "x-kubernetes-int-or-string": true }, "80", "80"],
    [{ "x-kubernetes-int-or-string": true }, 80, 80],
    [list, '[1, "2"]', [1, 2]],
    [list, ["1", null], [1]],
    [{ type: "object", properties: { a: integer } }, '{"a": "1", "b": "2"}', { a: 1, b: "2" }],
    [integer, null, undefined],
    [{ ...integer, nullable: true }, null, null],
    [{}, "5", "5"],
    [{}, null, null],
  ];
  for (const [schema, value, expected] of cases) assert.deepStrictEqual(as(schema, value), expected);
});

Deno.test("typed() refuses what the field cannot have, and says what it takes", () => {
  const cases: readonly [schema: JsonMap, value: Json, message: string][] = [
    [integer, "1.5", 'expected a whole number, found "1.5"'],
    [integer, 1.5, "expected a whole number, found 1.5"],
    [integer, "9223372036854775808", "expected a whole number of 64 bits, found 9223372036854775808"],
    [integer, true, "expected a whole number, found true"],
    [{ type: "boolean" }, "yes", 'expected true or false, found "yes"'],
    [{ type: "boolean" }, 1, "expected true or false, found 1"],
    [{ type: "number" }, "NaN", 'expected a number, found "NaN"'],
    [{ type: "string" }, [1], "expected text, found a list"],
    [list, "{}", 'expected a list, found "{}"'],
    [list, "[1", 'expected a list, found "[1"'],
    [{ type: "object" }, 3, "expected a map, found 3"],
    [{ type: "object" }, "[]", 'expected a map, found "[]"'],
    [{ type: "number" }, true, "expected a number, found true"],
    [{ type: "number" }, "1e999", 'expected a number, found "1e999"'],
    [{ "x-kubernetes-int-or-string": true }, 1.5, "expected a whole number or text, found 1.5"],
    [list, 1, "expected a list, found 1"],
    [integer, { a: 1 }, "expected a whole number, found a map"],
  ];
  for (const [schema, value, message] of cases) {
    assert.throws(() => as(schema, value), { name: "TypeProblem", message });
  }
});

Deno.test("admits() takes a value only with everything in it", () => {
  const schema = compileSchema({
    type: "object",
    properties: {
      n: { type: "integer", minimum: 1, maximum: 3, exclusiveMaximum: true },
      s: { type: "string", minLength: 2, maxLength: 3, pattern: "^a" },
      e: { type: "string", enum: ["x", "y"] },
      l: { type: "array", items: { type: "object", properties: { p: { type: "boolean" } } } },
      m: { type: "object", additionalProperties: { type: "number" } },
      o: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      z: { type: "string", nullable: true },
    },
  });
  const good: Json[] = [{}, { n: 1 }, { n: 2n }, { s: "ab" }, { e: "x" }, { l: [{ p: true }] }, { m: { a: 0.5 } }, {
    o: { any: [null] },
  }, { z: null }];
  const bad: Json[] = [
    { n: 0 },
    { n: 3 },
    { n: 1.5 },
    { n: "1" },
    { s: "a" },
    { s: "abcd" },
    { s: "ba" },
    { e: "z" },
    {
      l: [{ p: true, q: 1 }],
    },
    { l: {} },
    { m: { a: "1" } },
    { s: null },
    { unknown: 1 },
    [],
  ];
  for (const value of good) assert.equal(admits(schema, value), true, JSON.stringify(value, (_, v) => String(v)));
  for (const value of bad) assert.equal(admits(schema, value), false, JSON.stringify(value));
});

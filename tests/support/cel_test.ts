import assert from "node:assert/strict";
import { CelError, evaluateCel } from "./cel.ts";

const variables = { a: { b: "x", list: ["x", "y"], no: null }, none: null, yes: true };

const values: [expression: string, value: unknown][] = [
  ['a.b == "x"', true],
  ['a["b"] != "x"', false],
  ['"x" in a.list && !("z" in a.list)', true],
  ['"b" in a', true],
  ["has(a.b) && !has(a.c)", true],
  ["none == null && none != a", true],
  ['a.b + "/" + "y" in ["x/y"]', true],
  ['a.list.exists(text, a.b.startsWith(text) && a.b.endsWith("x"))', true],
  ["(false || yes) && yes", true],
  // What decides makes up for an error on the other side.
  ["false && a.c", false],
  ["a.c && false", false],
  ["yes || a.c", true],
  ["a.c || yes", true],
];

for (const [expression, value] of values) {
  Deno.test(`evaluateCel() of ${expression}`, () => assert.deepEqual(evaluateCel(expression, variables), value));
}

for (
  const expression of [
    "a.c",
    "none.b",
    "has(none.b)",
    '"b" in none',
    "a.c && yes",
    "a.c || false",
    "!a.b",
    "a.b && yes",
  ]
) {
  Deno.test(`evaluateCel() of ${expression} is an error`, () => {
    assert.throws(() => evaluateCel(expression, variables), CelError);
  });
}

for (const expression of ["", "a.", "a.b ==", "(a", "a b", "a.b.size()", "a ? b : c"]) {
  Deno.test(`evaluateCel() does not read "${expression}"`, () => {
    assert.throws(() => evaluateCel(expression, variables), SyntaxError);
  });
}

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { indexOf, splitBy } from "./search.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 300 });
const pattern = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 6 }).map((s) => s.repeat(12));

Deno.test("indexOf() and splitBy() do what the built-in ones do", () => {
  fc.assert(fc.property(text, pattern, text, (before, found, after) => {
    for (const whole of [before + found + after + found, before + after]) {
      strictEqual(indexOf(whole, found), whole.indexOf(found));
      deepStrictEqual(splitBy(whole, found), whole.split(found));
    }
  }));
});

Deno.test("indexOf() takes no time for the patterns that are slow elsewhere", () => {
  const start = performance.now();
  strictEqual(indexOf("ab".repeat(400_000), "bb" + "ab".repeat(100_000)), -1);
  strictEqual(indexOf("a".repeat(800_000), "a".repeat(50_000) + "b" + "a".repeat(50_000)), -1);
  ok(performance.now() - start < 2000);
});

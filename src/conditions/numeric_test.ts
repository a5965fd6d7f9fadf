import assert from "node:assert/strict";
import { parseBounds, parseNumber } from "./numeric.ts";

Deno.test("parseNumber() reads integers exactly and decimals as floats", () => {
  const table: [string, number | bigint | undefined][] = [
    ["3", 3n],
    ["-3", -3n],
    ["+3", 3n],
    ["9007199254740993", 9007199254740993n],
    ["1.5", 1.5],
    [".5", 0.5],
    ["2.", 2],
    ["1e3", 1000],
    ["1e-05", 0.00001],
    ["", undefined],
    ["3 apples", undefined],
    ["0x10", undefined],
    ["Infinity", undefined],
    ["NaN", undefined],
    ["1e99999", undefined],
    ["9".repeat(65), undefined],
  ];
  for (const [text, number] of table) assert.equal(parseNumber(text), number, text);
});

Deno.test("parseBounds() reads two numbers in order", () => {
  assert.deepEqual(parseBounds("1,10"), { min: 1n, max: 10n });
  assert.deepEqual(parseBounds(" 0.5 , 2 "), { min: 0.5, max: 2n });
  for (const text of ["", "1", "1,", ",1", "1,2,3", "10,1", "a,b"]) assert.equal(parseBounds(text), undefined, text);
});

import assert from "node:assert/strict";
import { parseBound, parseBounds, parseNumber, parseSubject } from "./numeric.ts";

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

Deno.test("parseBound() reads quantities too, and says so", () => {
  assert.deepEqual(parseBound("3"), { number: 3n, isQuantity: false });
  assert.deepEqual(parseBound("1Gi"), { number: 1073741824n, isQuantity: true });
  assert.deepEqual(parseBound("500m"), { number: 0.5, isQuantity: true });
  assert.deepEqual(parseBound("1e3"), { number: 1000, isQuantity: false });
  for (const text of ["", "1 Gi", "Gi", "5s", "1GiB"]) assert.equal(parseBound(text), undefined, text);
});

Deno.test("parseSubject() reads a quantity, but no text that may be a duration unless the bound is a quantity", () => {
  assert.equal(parseSubject("", false), 0n);
  assert.equal(parseSubject("2Gi", false), 2147483648n);
  assert.equal(parseSubject("1.5k", false), 1500n);
  assert.equal(parseSubject("5m", false), undefined);
  assert.equal(parseSubject("5m", true), 0.005);
  assert.equal(parseSubject("100m", true), parseNumber("0.1"));
  assert.equal(parseSubject("5s", true), undefined);
});

Deno.test("parseBounds() reads two numbers in order", () => {
  assert.deepEqual(parseBounds("1,10"), { min: 1n, max: 10n, isQuantity: false });
  assert.deepEqual(parseBounds(" 0.5 , 2 "), { min: 0.5, max: 2n, isQuantity: false });
  assert.deepEqual(parseBounds("1,1Ki"), { min: 1n, max: 1024n, isQuantity: true });
  for (const text of ["", "1", "1,", ",1", "1,2,3", "10,1", "a,b", "1Gi,1Mi"]) {
    assert.equal(parseBounds(text), undefined, text);
  }
});

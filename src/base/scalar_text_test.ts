import assert from "node:assert/strict";
import { scalarText } from "./scalar_text.ts";

Deno.test("scalarText() prints scalars as Go does", () => {
  // Printed by fmt.Sprint of Go 1.26.
  const table: [string | number | bigint | boolean, string][] = [
    ["x ", "x "],
    [true, "true"],
    [0, "0"],
    [-7, "-7"],
    [9007199254740993n, "9007199254740993"],
    [1.5, "1.5"],
    [0.1, "0.1"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.0000012, "1.2e-06"],
    [1.5e-10, "1.5e-10"],
    [2.5e-300, "2.5e-300"],
    [1e21, "1e+21"],
    [1e20, "1e+20"],
    [123456789012345678, "1.2345678901234568e+17"],
    [123456.5, "123456.5"],
    [1234567.125, "1.234567125e+06"],
  ];
  for (const [value, text] of table) assert.equal(scalarText(value), text);
});

import assert from "node:assert/strict";
import { resolvePlain } from "./scalar.ts";

Deno.test("resolvePlain() reads scalars as kubectl does", () => {
  // What sigs.k8s.io/yaml 1.6.0 makes of each as the value of a key.
  const cases: [string, unknown][] = [
    ["", null],
    ["~", null],
    ["Null", null],
    ["true", true],
    ["True", true],
    ["tRue", "tRue"],
    ["yes", true],
    ["on", true],
    ["y", true],
    ["No", false],
    ["OFF", false],
    ["n", false],
    ["nope", "nope"],
    ["0", 0],
    ["-1", -1],
    ["+1", 1],
    ["012", 10],
    ["-010", -8],
    ["08", 8],
    ["0o17", 15],
    ["0x1F", 31],
    ["0b101", 5],
    ["1_000", 1000],
    ["1e3", 1000],
    ["1.0", 1],
    [".5", 0.5],
    ["1.", 1],
    ["-.5e-1", -0.05],
    ["1.2.3", "1.2.3"],
    ["12:30", "12:30"],
    ["2024-01-02", "2024-01-02"],
    ["1-10", "1-10"],
    ["9007199254740993", 9007199254740993n],
    ["9223372036854775807", 9223372036854775807n],
    ["18446744073709551615", 18446744073709551615n],
    ["18446744073709551616", 18446744073709552000],
    ["-9223372036854775809", -9223372036854775809 + 0],
    [".inf", Infinity],
    ["-.INF", -Infinity],
    ["0x", "0x"],
    ["+", "+"],
    ["-", "-"],
    [".", "."],
    ["1k", "1k"],
    ["00", 0],
    ["0_1", 1],
    ["0x_1", 1],
    ["+0x1", 1],
    ["0B1", 1],
    ["0O7", 7],
    ["0b2", "0b2"],
    ["1_0.5", 10.5],
    ["1e5_0", 1e50],
    ["09.5", 9.5],
    ["=", "="],
  ];
  for (const [text, expected] of cases) assert.equal(resolvePlain(text).value, expected, JSON.stringify(text));
  assert.ok(Number.isNaN(resolvePlain(".nan").value));
});

Deno.test("resolvePlain() reports what YAML 1.2 reads otherwise", () => {
  for (const text of ["yes", "off", "y", "012", "1_000", "0b1"]) assert.equal(resolvePlain(text).ambiguous, true, text);
  for (const text of ["true", "null", "12", "0x1f", "0o17", "1.5", "text", "08"]) {
    assert.equal(resolvePlain(text).ambiguous, false, text);
  }
});

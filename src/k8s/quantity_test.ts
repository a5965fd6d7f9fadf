import assert from "node:assert/strict";
import { canonicalQuantity, compareQuantities } from "./quantity.ts";

// What k8s.io/apimachinery/pkg/api/resource prints.
const canonical: Readonly<Record<string, string>> = {
  "0": "0",
  "1": "1",
  "0.5": "500m",
  ".5": "500m",
  "5.": "5",
  "1000m": "1",
  "1500m": "1500m",
  "0.001": "1m",
  "1000": "1k",
  "1500": "1500",
  "1000000": "1M",
  "100k": "100k",
  "1024": "1024",
  "1024Mi": "1Gi",
  "1536Mi": "1536Mi",
  "1.5Gi": "1536Mi",
  "0.5Mi": "512Ki",
  "1Ki": "1Ki",
  "1e3": "1e3",
  "1E3": "1e3",
  "12e6": "12e6",
  "1000e3": "1e6",
  "-1": "-1",
  "-0": "0",
  "+1": "1",
  "128974848": "128974848",
  "129e6": "129e6",
  "123Mi": "123Mi",
  " 1 ": "1",
  "0Gi": "0",
  "1n": "1n",
  "1000u": "1m",
  "9007199254740993": "9007199254740993",
};

for (const [text, form] of Object.entries(canonical)) {
  Deno.test(`canonicalQuantity() of "${text}" is "${form}"`, () => assert.equal(canonicalQuantity(text), form));
}

for (const text of ["", "x", "1x", "1.2.3", "Mi", "1 Mi", "1mi", "--1", ".", "1e", "1e9999", "9".repeat(100)]) {
  Deno.test(`canonicalQuantity() refuses "${text.slice(0, 20)}"`, () =>
    assert.equal(canonicalQuantity(text), undefined));
}

Deno.test("compareQuantities() compares what is meant, whatever the suffix", () => {
  assert.equal(compareQuantities("1", "1000m"), 0);
  assert.equal(compareQuantities("1Gi", "1024Mi"), 0);
  assert.ok(compareQuantities("1G", "1Gi") < 0);
  assert.ok(compareQuantities("-1", "0") < 0);
  assert.ok(compareQuantities("100m", "0.01") > 0);
});

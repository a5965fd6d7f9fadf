import assert from "node:assert/strict";
import { Circuit } from "./circuit.ts";

Deno.test("Circuit lets one attempt through every 5 s after three failures, and all after a success", () => {
  const circuit = new Circuit();
  assert.deepEqual([circuit.failed(0), circuit.failed(0)], [false, false]);
  assert.ok(circuit.allows(0) && circuit.allows(0));
  assert.equal(circuit.failed(1_000), true);
  assert.deepEqual([1_000, 5_999].map((ms) => circuit.allows(ms)), [false, false]);
  assert.deepEqual([6_000, 6_000].map((ms) => circuit.allows(ms)), [true, false], "one attempt");
  assert.equal(circuit.failed(6_100), false, "reported once");
  assert.deepEqual([11_099, 11_100].map((ms) => circuit.allows(ms)), [false, true]);
  assert.equal(circuit.succeeded(), true);
  assert.ok(circuit.allows(11_200) && circuit.allows(11_200));
  assert.equal(circuit.succeeded(), false);
});

Deno.test("Circuit counts failures in a row alone", () => {
  const circuit = new Circuit();
  for (let i = 0; i < 10; i++) {
    assert.deepEqual([circuit.failed(0), circuit.failed(0), circuit.succeeded()], [false, false, false]);
  }
  assert.ok(circuit.allows(0));
});

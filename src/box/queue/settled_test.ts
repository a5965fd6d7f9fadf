import assert from "node:assert/strict";
import type { KubeObject } from "../../k8s/object.ts";
import { type PassInputs, Settled } from "./settled.ts";

const cr: KubeObject = { apiVersion: "a.dev/v1", kind: "A", metadata: { name: "a" } };
const inputs: PassInputs = { cr, children: 7, cross: 2, sources: 3, unique: 4, external: 5, epoch: 1 };

Deno.test("Settled skips a resync as long as every input is what it was", () => {
  const settled = new Settled();
  assert.equal(settled.maySkip("a", inputs), false);
  settled.add("a", inputs);
  assert.equal(settled.maySkip("a", { ...inputs }), true);
  assert.equal(settled.maySkip("a", { ...inputs, cr: { ...cr } }), false);
  assert.equal(settled.maySkip("a", { ...inputs, children: 8 }), false);
  assert.equal(settled.maySkip("a", { ...inputs, cross: 3 }), false);
  assert.equal(settled.maySkip("a", { ...inputs, sources: 4 }), false);
  assert.equal(settled.maySkip("a", { ...inputs, unique: 5 }), false);
  assert.equal(settled.maySkip("a", { ...inputs, external: 6 }), false);
  assert.equal(settled.maySkip("a", { ...inputs, epoch: 2 }), false);
  assert.equal(settled.maySkip("b", inputs), false);
  settled.delete("a");
  assert.equal(settled.maySkip("a", inputs), false);
});

Deno.test("Settled has a pass made from time to time nevertheless", () => {
  const settled = new Settled();
  settled.add("a", inputs);
  let skipped = 0;
  while (settled.maySkip("a", inputs)) skipped++;
  assert.equal(skipped, 40);
  assert.equal(settled.maySkip("a", inputs), false);
  settled.add("a", inputs);
  assert.equal(settled.maySkip("a", inputs), true);
});

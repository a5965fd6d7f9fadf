import assert from "node:assert/strict";
import type { ChildChange } from "../reconcile/mod.ts";
import { RepairLimit } from "./repairs.ts";

function change(digest = "d1", key = "shop/web"): ChildChange {
  const type = { group: "", version: "v1", kind: "Service", plural: "services", namespaced: true };
  const object = { apiVersion: "v1", kind: "Service", metadata: { name: "web" } };
  return { action: "apply", type, key, object, digest, force: true, isNew: false, entry: "onReconcile.services[0]" };
}

Deno.test("RepairLimit lets ten repairs in a minute pass and then makes them ever rarer", () => {
  let nowMs = 0;
  const limit = new RepairLimit(() => nowMs);
  for (let i = 0; i < 10; i++) {
    assert.equal(limit.waitMs(change()), 0);
    nowMs += 100;
  }
  assert.equal(limit.waitMs(change()), 900);
  nowMs += 900;
  assert.equal(limit.waitMs(change()), 0);
  assert.equal(limit.waitMs(change()), 2000);
  nowMs += 2000;
  assert.equal(limit.waitMs(change()), 0);
  assert.equal(limit.waitMs(change()), 4000);
});

Deno.test("RepairLimit does not hold up another object, nor what a user has just asked for", () => {
  const limit = new RepairLimit(() => 0);
  for (let i = 0; i < 10; i++) limit.waitMs(change());
  assert.ok(limit.waitMs(change()) > 0);
  assert.equal(limit.waitMs(change("d1", "shop/other")), 0);
  assert.equal(limit.waitMs(change("d2")), 0);
});

Deno.test("RepairLimit forgets a fight that is over", () => {
  let nowMs = 0;
  const limit = new RepairLimit(() => nowMs);
  for (let i = 0; i < 10; i++) limit.waitMs(change());
  nowMs += 120_000;
  for (let i = 0; i < 9; i++) assert.equal(limit.waitMs(change()), 0);
});

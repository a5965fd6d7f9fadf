import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import type { Cause, ChildChange } from "../../reconcile/mod.ts";
import { RepairLimit } from "./repairs.ts";

function change(digest = "d1", key = "shop/web", cause: Cause = { why: "drift", by: "them" }): ChildChange {
  const type = { group: "", version: "v1", kind: "Service", plural: "services", namespaced: true };
  const object = { apiVersion: "v1", kind: "Service", metadata: { name: "web" } };
  const entry = "onReconcile.services[0]";
  return { action: "update", type, key, object, digest, force: true, entry, uid: "u", fields: [], cause };
}

Deno.test("RepairLimit allows ten repairs in a minute, then with growing waits", async () => {
  const clock = new FakeClock();
  const limit = new RepairLimit(clock);
  const repair = () => {
    assert.equal(limit.waitMs(change()), 0);
    limit.done(change(), false);
  };
  for (let i = 0; i < 10; i++) {
    repair();
    await clock.advance(100);
  }
  assert.equal(limit.waitMs(change()), 900);
  await clock.advance(900);
  repair();
  assert.equal(limit.waitMs(change()), 2000);
  await clock.advance(2000);
  repair();
  assert.equal(limit.waitMs(change()), 4000);
  assert.equal(limit.countOf(change()), 10);
});

Deno.test("RepairLimit does not delay another object, nor a new desired state", () => {
  const limit = new RepairLimit(new FakeClock());
  for (let i = 0; i < 10; i++) limit.done(change(), false);
  assert.ok(limit.waitMs(change()) > 0);
  assert.equal(limit.waitMs(change("d1", "shop/other")), 0);
  assert.equal(limit.waitMs(change("d2")), 0);
});

Deno.test("RepairLimit counts successful writes, and only repairs", () => {
  const limit = new RepairLimit(new FakeClock());
  // Refused by the API server: waitMs() alone is no repair.
  for (let i = 0; i < 20; i++) assert.equal(limit.waitMs(change()), 0);
  for (let i = 0; i < 20; i++) limit.done(change("d1", "shop/web", { why: "spec" }), false);
  assert.equal(limit.waitMs(change()), 0);
  assert.equal(limit.countOf(change()), 0);
});

Deno.test("RepairLimit counts a child that is recreated, and not its first creation", () => {
  const limit = new RepairLimit(new FakeClock());
  const made: ChildChange = {
    ...change(),
    action: "create",
    by: "apply",
    adopt: false,
    satisfiedByAny: false,
    cause: { why: "absent" },
  } as ChildChange;
  for (let i = 0; i < 20; i++) limit.done(made, false);
  assert.equal(limit.waitMs(made), 0);
  for (let i = 0; i < 10; i++) limit.done(made, true);
  assert.ok(limit.waitMs(made) > 0);
});

Deno.test("RepairLimit forgets a fight that is over", async () => {
  const clock = new FakeClock();
  const limit = new RepairLimit(clock);
  for (let i = 0; i < 10; i++) limit.done(change(), false);
  await clock.advance(120_000);
  for (let i = 0; i < 9; i++) {
    assert.equal(limit.waitMs(change()), 0);
    limit.done(change(), false);
  }
});

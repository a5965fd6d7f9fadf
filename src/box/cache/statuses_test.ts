import assert from "node:assert/strict";
import type { KubeObject } from "../../k8s/object.ts";
import { Statuses } from "./statuses.ts";

function cr(status: KubeObject["status"], uid = "u"): KubeObject {
  return { apiVersion: "demo/v1", kind: "Demo", metadata: { name: "a", uid }, status };
}

Deno.test("Statuses knows how a status was stored, until either side changes", () => {
  const statuses = new Statuses();
  const wanted = { phase: "Ready", list: [{ a: 1, dropped: 2 }] };
  assert.equal(statuses.isStored(cr({ phase: "Ready", list: [{ a: 1 }] }), wanted), false);
  statuses.remember(cr({ phase: "Ready", list: [{ a: 1 }] }), wanted, 0);
  assert.equal(statuses.isStored(cr({ list: [{ a: 1 }], phase: "Ready" }), wanted), true);
  assert.equal(statuses.isStored(cr({ phase: "Ready", list: [] }), wanted), false);
  assert.equal(statuses.isStored(cr({ phase: "Ready", list: [{ a: 1 }] }), { ...wanted, phase: "Lost" }), false);
  assert.equal(statuses.isStored(cr({ phase: "Ready", list: [{ a: 1 }] }, "other"), wanted), false);
  statuses.forget("u");
  assert.equal(statuses.isStored(cr({ phase: "Ready", list: [{ a: 1 }] }), wanted), false);
});

Deno.test("Statuses ignores transition times of conditions", () => {
  const statuses = new Statuses();
  const at = (time: string) => ({ conditions: [{ type: "Ready", status: "True", lastTransitionTime: time }] });
  statuses.remember(cr({ conditions: [{ type: "Ready", status: "True" }] }), at("2026-01-01T00:00:00Z"), 0);
  assert.equal(
    statuses.isStored(cr({ conditions: [{ type: "Ready", status: "True" }] }), at("2026-02-02T00:00:00Z")),
    true,
  );
});

Deno.test("Statuses has a refused status sent again after a wait that doubles up to a minute, and at once when it changes", () => {
  const statuses = new Statuses();
  const wanted = { phase: "Ready" };
  const isRefused = (nowMs: number, status = wanted): boolean => statuses.refusalOf(cr({}), status, nowMs) === "no";
  assert.equal(isRefused(0), false);
  statuses.refuse(cr({}), wanted, "no", 0);
  assert.deepEqual([isRefused(999), isRefused(1_000)], [true, false]);
  assert.equal(isRefused(0, { phase: "Lost" }), false);
  let nowMs = 0;
  const waits: number[] = [];
  for (let n = 0; n < 9; n++) {
    nowMs += 1_000_000;
    statuses.refuse(cr({}), wanted, "no", nowMs);
    let waitMs = 0;
    while (isRefused(nowMs + waitMs)) waitMs += 1_000;
    waits.push(waitMs / 1_000);
  }
  assert.deepEqual(waits, [2, 4, 8, 16, 32, 60, 60, 60, 60]);
  statuses.refuse(cr({}), { phase: "Lost" }, "no", nowMs);
  assert.equal(isRefused(nowMs + 1_000, { phase: "Lost" }), false);
});

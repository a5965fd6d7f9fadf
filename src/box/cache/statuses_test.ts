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

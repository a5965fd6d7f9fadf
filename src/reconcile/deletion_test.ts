import assert from "node:assert/strict";
import { childOf, configMaps, observed, webOf } from "../../tests/support/decision.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { compileBox } from "./compile.ts";
import { decideDeletion, unknownFinalizers } from "./deletion.ts";
import type { ObservedChild } from "./observed.ts";

const own = "web.orkestra.orkspace.io/cleanup";
const coffee = "coffee.orkestra.orkspace.io/cleanup";
const former = "orkestra.orkspace.io/cleanup";
const plan = {
  name: "web",
  formerNames: ["site"],
  katalog: "demo",
  otherBoxes: ["coffee"],
  type: { group: "demo.dev", version: "v1", kind: "Web", plural: "webs", namespaced: true },
  reconciler: {},
  normalize: [],
  mutation: [],
  validation: [],
  entries: [],
  status: [],
  children: [],
  finalizer: true,
} as unknown as BoxPlan;
const box = compileBox(plan);
const deleted = (finalizers: string[]) => webOf({ finalizers, deletionTimestamp: "2026-01-03T00:00:00Z" });
const near = observed(childOf());
const everything = { unseen: () => undefined };
const deletionOf = (cr: KubeObject, seen: readonly ObservedChild[]) => decideDeletion(box, cr, seen, everything);
const far = observed(childOf({ namespace: "far", uid: "far-uid" }));

Deno.test("a deletion needs nothing from a box whose finalizer is not set", () => {
  assert.equal(deletionOf(deleted(["else", coffee]), [near, far]), undefined);
});

Deno.test("only children that garbage collection does not reach are deleted and awaited", () => {
  const decision = deletionOf(deleted([own]), [near, far])!;
  assert.deepEqual(decision.changes.map((change) => [change.key, "uid" in change && change.uid]), [[
    "far/one",
    "far-uid",
  ]]);
  assert.equal(decision.crPatch, undefined);
  const leaving = observed(childOf({ namespace: "far", deletionTimestamp: "2026-01-03T00:00:01Z" }));
  const waiting = deletionOf(deleted([own]), [near, leaving])!;
  assert.deepEqual([waiting.changes.length, waiting.waitingFor.length, waiting.crPatch], [0, 1, undefined]);
});

Deno.test("a box removes its own finalizers, last, and no others", () => {
  const site = "site.orkestra.orkspace.io/cleanup";
  const decision = deletionOf(deleted(["else", own, coffee, site, former]), [near])!;
  assert.deepEqual(decision.crPatch, { metadata: { finalizers: ["else", coffee], resourceVersion: "9" } });
});

Deno.test("retained, copied and foreign children stay, and do not block the deletion", () => {
  const retained = observed(
    childOf({ namespace: "far", annotations: { "orkestra.orkspace.io/deletion-policy": "Retain" } }),
  );
  const copy = observed(childOf({ namespace: "far", managedFields: [] }));
  const decision = deletionOf(deleted([own]), [retained, copy])!;
  assert.deepEqual(decision.changes, []);
  assert.notEqual(decision.crPatch, undefined);
});

Deno.test("--cascade=orphan orphans all children, seen on the CR or by near children without their controller", () => {
  for (
    const decision of [
      deletionOf(deleted([own, "orphan"]), [near, far])!,
      deletionOf(deleted([own]), [observed(childOf({ ownerReferences: [] })), far])!,
    ]
  ) {
    assert.deepEqual([decision.changes, decision.orphans], [[], true]);
    assert.notEqual(decision.crPatch, undefined);
  }
});

Deno.test("one child without its controller, or one that is only created, is no sign of orphaning", () => {
  const orphan = observed(childOf({ ownerReferences: [], name: "two", uid: "two-uid" }));
  const created = observed(
    childOf({ ownerReferences: [], annotations: { "orkestra.orkspace.io/applied": "created-only" } }),
  );
  for (const children of [[near, orphan, far], [created, far]]) {
    assert.equal(deletionOf(deleted([own]), children)!.orphans, false);
  }
});

Deno.test("a finalizer for children that are no longer declared asks for a sweep", () => {
  const without = compileBox({ ...plan, finalizer: false });
  assert.equal(decideDeletion(without, deleted([own]), [], everything)!.sweeps, true);
  assert.equal(deletionOf(deleted([own]), [])!.sweeps, false);
});

Deno.test("unknownFinalizers() are those of boxes that the Plan does not have", () => {
  const old = "old.orkestra.orkspace.io/cleanup";
  assert.deepEqual(unknownFinalizers(box, deleted([own, coffee, "site.orkestra.orkspace.io/cleanup", old, "else"])), [
    old,
  ]);
});

Deno.test("children that no watch covers are swept: declared no more, of a former version, of other kinds", () => {
  const sweeps = (finalizers: string[], more: Partial<BoxPlan>, record?: string) => {
    const conditions = [{ type: "Synced", status: "True", reason: "Synced", message: record }];
    const cr = { ...deleted(finalizers), ...record === undefined ? {} : { status: { conditions } } };
    return decideDeletion(compileBox({ ...plan, ...more }), cr, [], everything)!.sweeps;
  };
  const children = [{ group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true }];
  assert.equal(sweeps([own], { children }), false);
  assert.equal(sweeps([own], { children }, "kinds of children: ConfigMap"), false);
  assert.equal(sweeps([own], { children }, "kinds of children: ConfigMap, Secret"), true);
  assert.equal(sweeps([own, former], { children }), true);
  assert.equal(sweeps([own], { children, finalizer: false }), true);
});

Deno.test("while children cannot be read the CR is held, and nothing counts as orphaned", () => {
  const box = compileBox({ ...plan, children: [configMaps] });
  const hidden = { unseen: () => "cannot read configmaps" };
  const orphan = observed(childOf({ ownerReferences: [] }));
  for (const seen of [[], [orphan], [far]]) {
    const decision = decideDeletion(box, deleted([own]), seen, hidden)!;
    assert.deepEqual([decision.crPatch, decision.orphans], [undefined, false]);
    assert.deepEqual(decision.unseen, ["cannot read configmaps"]);
    assert.equal(decision.changes.length, seen[0] === far ? 1 : 0, "what can be read is deleted meanwhile");
  }
  const orphaned = decideDeletion(box, deleted([own, "orphan"]), [], hidden)!;
  assert.deepEqual([orphaned.unseen, orphaned.crPatch === undefined], [[], false]);
});

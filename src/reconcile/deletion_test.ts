import assert from "node:assert/strict";
import { childOf, configMaps, observed, webOf } from "../../tests/support/decision.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { compileBox } from "./compile.ts";
import { decideDeletion, unknownFinalizers } from "./deletion.ts";
import type { ObservedChild } from "./observed.ts";
import type { OnDeleteDecision } from "./on_delete.ts";

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
  cross: [],
  mutation: [],
  validation: [],
  external: { mutation: [], validation: [], children: [] },
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
  const declared = (by: string) => observed(childOf({ annotations: { "orkestra.orkspace.io/declared-by": by } }));
  const sweepsWith = (by: string) =>
    decideDeletion(compileBox({ ...plan, children }), deleted([own]), [near, declared(by)], everything)!.sweeps;
  assert.equal(sweepsWith("shop/web"), true, "another Katalog uses the key, for kinds that are not known here");
  assert.equal(sweepsWith("demo/web"), false);
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
  const some = { unseen: ({ kind }: ResourceType) => kind === "Secret" ? "cannot read secrets" : undefined };
  const secrets = { ...configMaps, kind: "Secret", plural: "secrets" };
  const two = compileBox({ ...plan, children: [configMaps, secrets] });
  assert.deepEqual(decideDeletion(two, deleted([own]), [], some)!.unseen, ["cannot read secrets"]);
  const orphaned = decideDeletion(box, deleted([own, "orphan"]), [], hidden)!;
  assert.deepEqual([orphaned.unseen, orphaned.crPatch === undefined], [[], false]);
});

const timed = compileBox({
  ...plan,
  onDelete: { ordered: false, timeoutMs: 60_000, at: "k.yaml:1:1", groups: [] },
} as unknown as BoxPlan);
const deletedMs = Date.parse("2026-01-03T00:00:00Z");
const nothing = { group: undefined, changes: [], jobs: [], waits: [], problems: [], completed: [] };
const drain = { ...nothing, group: 'group "drain"', waits: ["Job drain to complete"] };
const timedDeletion = (
  seen: readonly ObservedChild[],
  steps: OnDeleteDecision,
  afterMs: number,
  finalizers: string[] = [own],
) =>
  decideDeletion(timed, deleted(finalizers), seen, everything, {
    decide: () => steps,
    wallMs: deletedMs + afterMs,
  })!;

Deno.test("children elsewhere are deleted once onDelete is finished, and not before", () => {
  const during = timedDeletion([far], drain, 0);
  assert.deepEqual([during.changes, during.waits, during.crPatch], [[], drain.waits, undefined]);
  assert.deepEqual([during.group, during.sweeps, during.leftMs], [drain.group, false, 60_000]);
  const after = timedDeletion([far], nothing, 0);
  assert.deepEqual(after.changes.map(({ key }) => key), ["far/one"]);
  assert.deepEqual([after.waits, after.crPatch], [["ConfigMap one to be gone"], undefined]);
});

Deno.test("what onDelete has come to is passed on, and nothing of it without onDelete", () => {
  const problems = [{ entry: "onDelete", state: "failed", reason: "ReconcileError", message: "no" } as const];
  const after = timedDeletion([], { ...nothing, problems, completed: ["shop/drain"] }, 0);
  assert.deepEqual([after.problems, after.completed, after.group], [problems, ["shop/drain"], ""]);
  const plain = deletionOf(deleted([own]), [])!;
  assert.deepEqual([plain.problems, plain.completed, plain.group, plain.leftMs], [[], [], "", undefined]);
});

Deno.test("at the deadline of onDelete the finalizer goes, and what remains is named", () => {
  assert.equal(timedDeletion([], drain, 59_999).crPatch, undefined);
  const over = timedDeletion([far], drain, 60_000);
  assert.notEqual(over.crPatch, undefined);
  assert.deepEqual(over.changes.map(({ action, key }) => [action, key]), [["delete", "far/one"]]);
  assert.deepEqual(over.waits, ["Job drain to complete", "ConfigMap one to be gone"]);
  const hidden = decideDeletion(compileBox({ ...timed.plan, children: [configMaps] }), deleted([own]), [], {
    unseen: () => "cannot read configmaps",
  }, { decide: () => nothing, wallMs: deletedMs + 60_000 })!;
  assert.deepEqual([hidden.crPatch === undefined, hidden.unseen], [false, ["cannot read configmaps"]]);
});

Deno.test("Jobs of onDelete elsewhere go in the same pass as the finalizer", () => {
  const jobs = { group: "batch", version: "v1", kind: "Job", plural: "jobs", namespaced: true };
  const run = observed({
    ...childOf({ namespace: "far", name: "drain", uid: "drain-uid" }),
    apiVersion: "batch/v1",
    kind: "Job",
  }, jobs);
  const marked = { ...run, onDelete: true };
  const first = timedDeletion([far, marked], nothing, 0);
  assert.deepEqual(first.changes.map(({ key }) => key), ["far/one"]);
  const last = timedDeletion([marked], nothing, 0);
  assert.deepEqual([last.changes.map(({ key }) => key), last.crPatch === undefined], [["far/drain"], false]);
  // A Katalog that has lost its onDelete leaves none behind.
  assert.deepEqual(deletionOf(deleted([own]), [marked])!.changes.map(({ key }) => key), ["far/drain"]);
});

Deno.test("onDelete is not even evaluated for what is orphaned", () => {
  const decision = decideDeletion(timed, deleted([own, "orphan"]), [far], everything, {
    decide: () => assert.fail("evaluated"),
    wallMs: deletedMs,
  })!;
  assert.deepEqual([decision.changes, decision.leftMs, decision.crPatch === undefined], [[], undefined, false]);
});

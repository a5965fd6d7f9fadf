import assert from "node:assert/strict";
import { configMaps, webOf } from "../../tests/support/decision.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { compileBox } from "./compile.ts";
import { deletionStatus, describeProgress, lacksRecord, recordedJobs } from "./deletion_status.ts";

const box = compileBox({
  name: "web",
  formerNames: [],
  katalog: "demo",
  otherBoxes: [],
  type: { group: "demo.dev", version: "v1", kind: "Web", plural: "webs", namespaced: true },
  reconciler: {},
  normalize: [],
  cross: [],
  mutation: [],
  validation: [],
  external: { mutation: [], validation: [], children: [] },
  entries: [],
  status: [],
  children: [configMaps],
  finalizer: true,
} as unknown as BoxPlan);

const time = "2026-01-03T00:00:00Z";
const waiting = { group: "", waits: ["Job a to complete"], problems: [], completed: [] };
const condition = (type: string, message: string, more: Record<string, unknown> = {}) => ({
  type,
  status: "True",
  reason: type,
  message,
  lastTransitionTime: "2026-01-01T00:00:00Z",
  ...more,
});
const withConditions = (...conditions: unknown[]) =>
  webOf({ generation: 2 }, { status: { phase: "Open", conditions } });
const summary = (wanted: Record<string, unknown>) =>
  (wanted["conditions"] as Record<string, unknown>[]).map(({ type, status, reason, message }) =>
    `${type} ${status} ${reason}: ${message}`
  );

Deno.test("deletionStatus() says what is waited for, and keeps the rest", () => {
  const cr = withConditions(
    condition("Synced", "kinds of children: ConfigMap, Secret"),
    condition("Ready", ""),
    condition("Other", "x"),
    condition("NotUpdated", "y"),
  );
  const { wanted } = deletionStatus(box, cr, waiting, time);
  assert.deepEqual(summary(wanted), [
    "Synced True Synced: kinds of children: ConfigMap, Secret",
    "Ready False Deleting: waiting for Job a to complete",
    "Other True Other: x",
    "NotUpdated True NotUpdated: y",
  ]);
  assert.equal(wanted["phase"], "Open");
});

Deno.test("deletionStatus() adds kinds to their record, and removes none", () => {
  const failed = { status: "False", reason: "ReconcileError" };
  const cases: [unknown[], string[]][] = [
    [[], ["ChildKinds True Recorded: kinds of children: ConfigMap"]],
    [[condition("Synced", "kinds of children: Secret")], [
      "Synced True Synced: kinds of children: ConfigMap, Secret",
    ]],
    [[condition("Synced", "no", failed), condition("ChildKinds", "kinds of children: Secret")], [
      "Synced False ReconcileError: no",
      "ChildKinds True Recorded: kinds of children: ConfigMap, Secret",
    ]],
    // Of a former version: no record means all kinds.
    [[condition("Ready", "")], []],
  ];
  for (const [conditions, expected] of cases) {
    const { wanted } = deletionStatus(box, withConditions(...conditions), waiting, time);
    assert.deepEqual(summary(wanted).filter((text) => !text.startsWith("Ready")), expected);
  }
});

Deno.test("deletionStatus() records Jobs that completed, and recordedJobs() reads them", () => {
  const { wanted } = deletionStatus(box, webOf(), { ...waiting, completed: ["a/b", "c/d"] }, time);
  const cr = webOf({}, { status: wanted });
  assert.deepEqual(recordedJobs(cr), ["a/b", "c/d"]);
  assert.deepEqual(recordedJobs(webOf()), []);
  assert.equal(lacksRecord(box, cr, ["a/b", "c/d"]), false);
  assert.equal(lacksRecord(box, cr, ["a/b", "e/f"]), true);
  assert.equal(lacksRecord(box, webOf(), []), true, "its kinds are not on record");
});

Deno.test("deletionStatus() has the reason NameTaken while nothing but a name is in the way", () => {
  const reasonOf = (...reasons: ("NameTaken" | "ReconcileError")[]) => {
    const problems = reasons.map((reason) => ({ reason, message: "m" }));
    const { wanted } = deletionStatus(box, webOf(), { ...waiting, problems }, time);
    return (wanted["conditions"] as { type: string; reason: string }[]).find(({ type }) => type === "Ready")?.reason;
  };
  assert.equal(reasonOf(), "Deleting");
  assert.equal(reasonOf("NameTaken", "NameTaken"), "NameTaken");
  assert.equal(reasonOf("NameTaken", "ReconcileError"), "DeleteError");
});

Deno.test("deletionStatus() is only progress while the reason stays Deleting", () => {
  const first = webOf({}, { status: deletionStatus(box, webOf(), waiting, time).wanted });
  assert.equal(deletionStatus(box, first, waiting, time).patch, undefined);
  assert.equal(deletionStatus(box, first, { ...waiting, waits: ["b"] }, time).isProgressOnly, true);
  const problems = [{ reason: "ReconcileError" as const, message: "b" }];
  assert.equal(deletionStatus(box, first, { ...waiting, problems }, time).isProgressOnly, false);
  assert.equal(deletionStatus(box, first, { ...waiting, completed: ["a/b"] }, time).isProgressOnly, false);
});

Deno.test("describeProgress() names failures first, at most three of each, and the group", () => {
  const waits = ["a", "b", "c", "d"];
  assert.equal(
    describeProgress({ group: 'group "x"', waits, failures: ["no"] }),
    'no; waiting for a, b, c (and 1 more) (group "x")',
  );
});

import assert from "node:assert/strict";
import { childOf, configMaps, observed, webOf } from "../../tests/support/decision.ts";
import { emptyPlan, wanted } from "../../tests/support/decide.ts";
import { compileGate } from "../conditions/mod.ts";
import type { Condition, KubeObject } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { compileBox } from "./compile.ts";
import type { EntryProblem } from "./outcome.ts";
import {
  conditionsStatus,
  describeNotUpdated,
  firstOf,
  isFormerStatus,
  nextStatus,
  type PassResult,
  recordedKinds,
  type StatusDecision,
  verdictOf,
} from "./status.ts";

const box = compileBox(emptyPlan);
const time = "2026-02-01T00:00:00Z";
const earlier = "2026-01-01T00:00:00Z";
const reconciled: PassResult = {
  kind: "reconciled",
  judged: true,
  message: "",
  warnings: [],
  problems: [],
  waitingFor: [],
  notUpdated: [],
  children: [],
  kinds: [],
  unseen: [],
};

function statusOf(
  result: Partial<PassResult> = {},
  { cr = webOf(), of = box, pruned = [], data = {} }: {
    cr?: KubeObject;
    of?: typeof box;
    pruned?: readonly string[][];
    data?: Record<string, never>;
  } = {},
): StatusDecision {
  return nextStatus(of, cr, data, { ...reconciled, ...result }, { wallMs: 0, time }, pruned);
}

const conditionsIn = ({ wanted }: Pick<StatusDecision, "wanted">) =>
  (wanted["conditions"] ?? []) as unknown as Condition[];
/** `Ready=False ReconcileError: why`, without those of `without`. */
const shown = (decision: StatusDecision) =>
  conditionsIn(decision).map(({ type, status, reason, message }) =>
    `${type}=${status} ${reason}${message === "" ? "" : `: ${message}`}`
  );

const problem = (message: string, more: Partial<EntryProblem> = {}): EntryProblem => ({
  entry: "e",
  state: "failed",
  reason: "ReconcileError",
  message,
  ...more,
});
const taken = problem("taken", { reason: "NameTaken" });
const waits = problem("waits", { state: "waiting", reason: "Waiting" });
const follows = problem("follows", { follows: true });
const former = observed(childOf());

const verdicts: [what: string, result: Partial<PassResult>, reason: string | undefined, message?: string][] = [
  ["nothing wrong", {}, undefined],
  ["a denied object", { kind: "denied", message: "at most 3" }, "ValidationFailed", "at most 3"],
  ["a pass that failed", { kind: "failed", message: "no" }, "ReconcileError", "no"],
  [
    "a pass that failed, with problems too",
    { kind: "failed", message: "no", problems: [taken] },
    "ReconcileError",
    "no",
  ],
  ["a failed entry", { problems: [problem("a")] }, "ReconcileError", "a"],
  ["a taken name", { problems: [taken] }, "NameTaken", "taken"],
  ["a taken name, and what follows from it", { problems: [follows, taken] }, "NameTaken", "taken; follows"],
  ["a taken name beside a failure", { problems: [taken, problem("a")] }, "ReconcileError", "taken; a"],
  ["only what follows", { problems: [follows] }, "ReconcileError", "follows"],
  ["an entry that waits", { problems: [waits] }, "Waiting", "waits"],
  ["an entry that waits beside a failed one", { problems: [waits, problem("a")] }, "ReconcileError", "a; waits"],
  ["an entry that waits beside a taken name", { problems: [waits, taken] }, "NameTaken", "taken; waits"],
  [
    "a child of a former object",
    { waitingFor: [former, { ...former, key: "shop/two" }] },
    "Waiting",
    "waiting until ConfigMap one, ConfigMap two of a former object is gone",
  ],
  ["that beside an entry that waits", { waitingFor: [former], problems: [waits] }, "Waiting", "waits"],
];

for (const [what, result, reason, message] of verdicts) {
  Deno.test(`verdictOf(): ${what} is ${reason ?? "no verdict"}`, () => {
    assert.deepEqual(verdictOf({ ...reconciled, ...result }), reason === undefined ? undefined : { reason, message });
  });
}

Deno.test("firstOf() names three, counts the rest, and shares the room between them", () => {
  assert.equal(firstOf(["a", "b", "c"]), "a; b; c");
  assert.equal(firstOf(["a", "b", "c", "d", "e"], ", "), "a, b, c (and 2 more)");
  const long = "x".repeat(2000);
  for (const count of [1, 2, 3, 5]) {
    const text = firstOf(Array.from({ length: count }, () => long));
    assert.ok(text.length <= 1024, `${count}: ${text.length}`);
    assert.ok(text.length > 900, `${count}: ${text.length}`);
  }
});

Deno.test("Synced and Ready say the same when something is wrong, and the kinds are on record beside", () => {
  assert.deepEqual(shown(statusOf({ problems: [problem("no")], kinds: ["Secret", "ConfigMap"] })), [
    "Synced=False ReconcileError: no",
    "Ready=False ReconcileError: no",
    "ChildKinds=True Recorded: kinds of children: ConfigMap, Secret",
  ]);
  assert.deepEqual(shown(statusOf({ kinds: ["Secret"] })), [
    "Synced=True Synced: kinds of children: Secret",
    "Ready=True Ready",
  ]);
  assert.deepEqual(shown(statusOf()), ["Synced=True Synced: no children", "Ready=True Ready"]);
});

Deno.test("what is never changed in place is a condition of its own, with the advice", () => {
  const claims = builtInType("PersistentVolumeClaim")!;
  const differs = { child: wanted(), fields: ["spec.a", "spec.b"] };
  assert.equal(
    shown(statusOf({ notUpdated: [differs] }))[2],
    "NotUpdated=True Immutable: declared otherwise, but never changed in place: ConfigMap one (spec.a, spec.b); " +
      "to have it recreated as declared, delete it",
  );
  const claim = { child: wanted({ type: claims }), fields: ["spec.c"] };
  assert.equal(
    describeNotUpdated([differs, claim]),
    "declared otherwise, but never changed in place: ConfigMap one (spec.a, spec.b), PersistentVolumeClaim one (spec.c); " +
      "to have it recreated as declared, delete it; the data of a claim goes with it",
  );
});

const judging = compileBox({ ...emptyPlan, validation: [{}] } as unknown as BoxPlan);

Deno.test("a box with rules says what they came to", () => {
  const said = (result: Partial<PassResult>) =>
    shown(statusOf(result, { of: judging })).filter((text) => text.startsWith("Validation"));
  assert.deepEqual(said({}), ["ValidationFailed=False ValidationPassed", "ValidationWarning=False NoWarnings"]);
  assert.deepEqual(said({ kind: "denied", message: "at most 3", warnings: ["a", "b"] }), [
    "ValidationFailed=True DenyRuleViolation: at most 3",
    "ValidationWarning=True WarnRuleViolation: a; b",
  ]);
  // A pass that failed was not denied.
  assert.equal(said({ kind: "failed", message: "no" })[0], "ValidationFailed=False ValidationPassed");
});

Deno.test("a message is cut in its middle", () => {
  const [synced] = conditionsIn(statusOf({ kind: "failed", message: `start ${"x".repeat(2000)} end` }));
  assert.ok(synced!.message.length <= 1024);
  assert.match(synced!.message, /^start .* end$/);
});

const stored = (type: string, more: object = {}) => ({
  type,
  status: "True",
  reason: "Ready",
  message: "",
  lastTransitionTime: earlier,
  ...more,
});
const crWith = (conditions: object[], more: object = {}) => webOf({}, { status: { conditions, ...more } });

Deno.test("lastTransitionTime moves with the status of a condition, and only with it", () => {
  const times = (condition: object) =>
    conditionsIn(statusOf({}, { cr: crWith([condition]) })).map(({ type, lastTransitionTime }) =>
      `${type} ${lastTransitionTime}`
    );
  assert.deepEqual(times(stored("Ready", { reason: "Other" })), [`Ready ${earlier}`, `Synced ${time}`]);
  assert.deepEqual(times(stored("Ready", { status: "False" })), [`Ready ${time}`, `Synced ${time}`]);
  assert.deepEqual(times(stored("Ready", { lastTransitionTime: 5 })), [`Ready ${time}`, `Synced ${time}`]);
});

Deno.test("conditions of other writers stay, own ones that no longer apply go, and the order is kept", () => {
  const own = ["ChildKinds", "NotUpdated", "DeletionJobs", "DeletionProtected"].map((type) => stored(type));
  const cr = crWith([stored("Other"), stored("Ready"), ...own, "no map" as unknown as object]);
  const decision = statusOf({}, { cr });
  assert.deepEqual(conditionsIn(decision).map(({ type }) => type), ["Other", "Ready", "Synced"]);
  const [other, ready] = conditionsIn(decision);
  assert.deepEqual(other, stored("Other"), "as it was");
  assert.equal(ready!.observedGeneration, 1);
});

Deno.test("a Katalog that writes conditions itself keeps those that the operator would remove", () => {
  const status = [{ path: ["conditions"], value: { text: "{{ .status.conditions }}", at: "k.yaml:1:1" } }];
  const of = compileBox(
    { ...emptyPlan, status: status.map((each) => ({ ...each, type: "keep" })) } as unknown as BoxPlan,
  );
  const conditions = [stored("NotUpdated")];
  const data = { status: { conditions } } as unknown as Record<string, never>;
  assert.ok(conditionsIn(statusOf({}, { cr: crWith(conditions), of, data })).some(({ type }) => type === "NotUpdated"));
  const path = { ...status[0]!, path: ["phase", "conditions"], value: { text: "x", at: "k.yaml:1:1" }, type: "keep" };
  const elsewhere = compileBox({ ...emptyPlan, status: [path] } as unknown as BoxPlan);
  assert.ok(
    !conditionsIn(statusOf({}, { cr: crWith(conditions), of: elsewhere })).some(({ type }) => type === "NotUpdated"),
  );
});

Deno.test("observedGeneration is that of the object, and none where it has none", () => {
  assert.equal(statusOf({}, { cr: webOf({ generation: 7 }) }).wanted["observedGeneration"], 7);
  const cr = webOf();
  delete (cr.metadata as { generation?: number }).generation;
  const { wanted } = statusOf({}, { cr });
  assert.equal("observedGeneration" in wanted, false);
  assert.equal("observedGeneration" in conditionsIn({ wanted })[0]!, false);
});

Deno.test("what the schema prunes is not sent again", () => {
  const { wanted } = statusOf({}, {
    cr: crWith([], { a: { b: 1, c: 2 } }),
    pruned: [["a", "b"], ["conditions"], ["x"]],
  });
  assert.deepEqual(wanted, { a: { c: 2 }, observedGeneration: 1 });
});

Deno.test("a status that is no map is replaced, and one that is as wanted is not written", () => {
  const first = statusOf({}, { cr: webOf({}, { status: "text" }) });
  assert.deepEqual(first.wanted, first.patch);
  const again = nextStatus(box, webOf({}, { status: first.wanted }), {}, reconciled, { wallMs: 0, time: "later" });
  assert.deepEqual([again.patch, again.isProgressOnly], [undefined, false]);
});

Deno.test("only progress: Ready progresses before and after, and nothing else differs", () => {
  const progressing = (message: string, more: object = {}) =>
    stored("Ready", { status: "False", reason: "Progressing", message, observedGeneration: 1, ...more });
  const synced = conditionsIn(statusOf()).find(({ type }) => type === "Synced")!;
  const child = wanted();
  const isProgress = (ready: object, more: object = {}) =>
    statusOf({ children: [{ child, observed: undefined }] }, {
      cr: crWith([synced, ready], { observedGeneration: 1, ...more }),
    }).isProgressOnly;
  assert.equal(isProgress(progressing("not ready: Deployment x")), true);
  assert.equal(isProgress(progressing("not ready: Deployment x", { reason: "Waiting" })), false);
  assert.equal(isProgress(progressing("not ready: Deployment x"), { observedGeneration: 0 }), false);
  const other = stored("Other", { reason: "Progressing", message: "x" });
  assert.equal(
    statusOf({ children: [{ child, observed: undefined }] }, {
      cr: crWith([synced, progressing("not ready: ConfigMap one"), other], { observedGeneration: 1 }),
    }).patch,
    undefined,
  );
});

Deno.test("a status that was refused is reported by the conditions alone", () => {
  const cr = crWith([stored("Ready")], { phase: "Up" });
  const decision = conditionsStatus(judging, cr, { ...reconciled, warnings: ["w"], kinds: ["Secret"] }, "no", time);
  assert.equal(decision.wanted["phase"], "Up", "the fields stay");
  assert.deepEqual(shown(decision), [
    "Ready=False ReconcileError: no",
    "Synced=False ReconcileError: no",
    "ChildKinds=True Recorded: kinds of children: Secret",
    "ValidationFailed=False ValidationPassed",
    "ValidationWarning=True WarnRuleViolation: w",
  ]);
  assert.deepEqual(decision.failures, []);
  assert.equal(
    conditionsStatus(box, webOf({}, { status: "text" }), reconciled, "no", time).isProgressOnly,
    false,
  );
});

const jobs = builtInType("Job")!;
const state = (object: object, type = configMaps) => observed({ ...childOf(), ...object } as KubeObject, type);
const readyJob = {
  apiVersion: "batch/v1",
  kind: "Job",
  status: { conditions: [{ type: "Failed", status: "True", message: "m" }] },
};

Deno.test("Ready names the children that are not, and why where they have failed", () => {
  const ready = (child: ReturnType<typeof wanted>, observed: PassResult["children"][number]["observed"]) =>
    shown(statusOf({ children: [{ child, observed }] }))[1];
  assert.equal(ready(wanted(), state({})), "Ready=True Ready");
  assert.equal(ready(wanted(), undefined), "Ready=False Progressing: not ready: ConfigMap one");
  assert.equal(
    ready(wanted(), { ...state({}), deleting: true }),
    "Ready=False Progressing: not ready: ConfigMap one",
    "deleted by this pass: its state is the one before",
  );
  assert.equal(ready(wanted({ upkeep: "create" }), undefined), "Ready=True Ready", "another's object satisfies it");
  assert.equal(
    ready(wanted({ type: jobs, upkeep: "make" }), undefined),
    "Ready=True Ready",
    "it ran and was cleaned up",
  );
  assert.equal(
    ready(wanted({ type: jobs, upkeep: "make" }), state(readyJob, jobs)),
    "Ready=False Progressing: not ready: Job one: failed, 0 Pods failed",
  );
});

Deno.test("readyWhen of an entry reads the child, the children after the writes, and its own data", () => {
  const gate = (field: string) =>
    compileGate({
      when: [{ field: { text: field, at: "k:1:1" }, operator: "equals", value: { text: "yes", at: "k:1:1" } }],
    });
  const ready = (field: string) => {
    const child = wanted({ readyWhen: gate(field), data: { item: "yes", children: {} } });
    const data = { children: { secret: { data: { a: "yes" } } } } as unknown as Record<string, never>;
    return shown(
      statusOf({ children: [{ child, observed: { ...state({}), view: { ...childOf(), data: { a: "yes" } } } }] }, {
        data,
      }),
    )[1];
  };
  for (const field of ["item", "child.data.a", "children.secret.data.a"]) {
    assert.equal(ready(field), "Ready=True Ready", field);
  }
  assert.equal(ready("child.data.b"), "Ready=False Progressing: not ready: ConfigMap one");
});

Deno.test("recordedKinds() reads the record of Synced or ChildKinds, and no other message", () => {
  const kinds = (type: string, reason: string, message: string) =>
    recordedKinds(crWith([stored(type, { reason, message })]));
  assert.deepEqual(kinds("Synced", "Synced", "kinds of children: A.b, C"), ["A.b", "C"]);
  assert.deepEqual(kinds("ChildKinds", "Recorded", "kinds of children: A"), ["A"]);
  assert.deepEqual(kinds("Synced", "Synced", "no children"), []);
  assert.equal(kinds("Synced", "ReconcileError", "kinds of children: A"), undefined);
  assert.equal(kinds("Ready", "Synced", "kinds of children: A"), undefined);
  assert.equal(kinds("Synced", "Synced", "something else"), undefined);
  assert.equal(recordedKinds(webOf()), undefined);
});

Deno.test("isFormerStatus(): Ready without Synced", () => {
  const former = (...types: string[]) => isFormerStatus(crWith(types.map((type) => stored(type))));
  assert.deepEqual([former("Ready"), former("Ready", "Synced"), former("Synced"), former()], [
    true,
    false,
    false,
    false,
  ]);
});

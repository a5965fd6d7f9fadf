import assert from "node:assert/strict";
import { childOf, memoryOf, observed, webOf } from "../../tests/support/decision.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { planOf } from "../../tests/support/plans.ts";
import type { Condition, KubeObject, ResourceType } from "../k8s/object.ts";
import type { ChildMemory, EntryProblem, ObservedChild } from "../reconcile/mod.ts";
import { describeChange, doneChange } from "../reconcile/mod.ts";
import { compilePass } from "./compile.ts";
import { decidePass, type PassInput, type ReconcileDecision } from "./decide_pass.ts";

interface Around {
  readonly cr?: KubeObject;
  readonly children?: readonly ObservedChild[];
  readonly memory?: Readonly<Record<string, ChildMemory>>;
  readonly served?: (type: ResourceType) => ResourceType | undefined;
  readonly input?: Partial<PassInput>;
}

/** Decides a pass over a CR `web` in `shop`, by the `operatorBox` of a Katalog and more of its entry. */
function decide(box: string, around: Around = {}, more = "") {
  const types = "apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }";
  const [plan] = planOf(`web:
  ${types}
${indent(more, 2)}
  operatorBox:
${indent(box.trim(), 4)}`).boxes;
  const children = around.children ?? [];
  const memory = memoryOf(children, around.memory);
  return decidePass(compilePass(plan!), {
    cr: around.cr ?? webOf(),
    ownedLabels: [],
    children,
    wallMs: Date.parse("2026-01-05T10:00:00Z"),
    writesStatus: true,
    prunedStatus: [],
    formerKinds: [],
    ...around.input,
  }, { ...memory, served: around.served ?? memory.served });
}

function indent(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(by));
}

function reconcile(box: string, around: Around = {}, more = ""): ReconcileDecision {
  const decision = decide(box, around, more);
  if (decision.kind !== "reconcile") throw new Error(`It is a decision to ${decision.kind}`);
  return decision;
}

const changesOf = (decision: ReconcileDecision) =>
  decision.children.changes.map((change) => describeChange(doneChange(change), "shop"));
const problemsOf = (decision: ReconcileDecision) =>
  decision.problems.map(({ entry, state, reason }: EntryProblem) => [entry, state, reason]);
const spec = (value: Record<string, unknown>) => webOf({}, { spec: value });

Deno.test("an entry is rendered, off, waiting or failed, and each concerns itself alone", () => {
  const decision = reconcile(
    `
onReconcile:
  configMaps:
    - { name: one, data: { a: "{{ .spec.text }}" } }
    - { name: off, data: { a: b }, when: [{ field: spec.on, equals: "true" }] }
    - { name: waits, data: { a: "{{ (index .children.service.status.loadBalancer.ingress 0).ip }}" } }
    - { name: fails, data: { a: "{{ .spec.text.deeper }}" } }
    - { name: last, data: { a: b } }`,
    { cr: spec({ text: "hello" }) },
  );
  assert.deepEqual(changesOf(decision), ["created ConfigMap one", "created ConfigMap last"]);
  assert.deepEqual(problemsOf(decision), [
    ["onReconcile.configMaps[2]", "waiting", "Waiting"],
    ["onReconcile.configMaps[3]", "failed", "ReconcileError"],
  ]);
  assert.equal(
    decision.problems[0]!.message,
    "onReconcile.configMaps[2]: waiting for .children.service.status.loadBalancer.ingress",
  );
  assert.deepEqual([...decision.desired.kept.names], ["ConfigMap/shop/waits", "ConfigMap/shop/fails"]);
});

const conditions: [what: string, condition: string, state: string | undefined][] = [
  ["a template that fails", '{ field: "{{ .spec.text.deeper }}", equals: x }', "failed"],
  ["a bound that is no number", '{ field: spec.size, greaterThan: "{{ .spec.text }}" }', "failed"],
  ["a child that is not there yet", '{ field: "{{ (index .children.service.status.ips 0) }}", equals: x }', "waiting"],
  ["a plain read of a child that is not there", "{ field: children.service.status.ip, equals: x }", undefined],
];

for (const [what, condition, state] of conditions) {
  Deno.test(`a condition with ${what} ${state === undefined ? "is false" : `is ${state}, and removes nothing`}`, () => {
    const there = observed(childOf({ name: "gated" }));
    const decision = reconcile(
      `onReconcile:\n  configMaps: [{ name: gated, data: { a: b }, when: [${condition}] }]`,
      { cr: spec({ text: "hello", size: 3 }), children: [there] },
    );
    assert.deepEqual(decision.problems.map((problem) => problem.state), state === undefined ? [] : [state]);
    assert.deepEqual(changesOf(decision), state === undefined ? ["deleted ConfigMap gated (no longer declared)"] : []);
  });
}

Deno.test("where the name of a failed entry cannot be rendered, nothing of its kind is removed", () => {
  const old = observed(childOf({ name: "old" }));
  const decision = reconcile(
    'onReconcile:\n  configMaps: [{ name: "{{ .spec.text.deeper }}", data: { a: b } }]',
    { cr: spec({ text: "hello" }), children: [old] },
  );
  assert.deepEqual([...decision.desired.kept.kinds], ["ConfigMap"]);
  assert.deepEqual(changesOf(decision), []);
});

Deno.test("a required field that renders to nothing because a child is not there yet is waited for", () => {
  const deployment = (image: string) =>
    problemsOf(reconcile(
      `onReconcile:\n  configMaps: [{ name: b, data: { a: b } }]\n  deployments: [{ name: a, image: "${image}" }]`,
    ));
  assert.deepEqual(deployment("{{ .children.configMap.data.image }}"), [
    ["onReconcile.deployments[0]", "waiting", "Waiting"],
  ]);
  assert.deepEqual(deployment("{{ .spec.image }}"), [["onReconcile.deployments[0]", "failed", "ReconcileError"]]);
});

Deno.test("a kind that is not served waits only where an entry wants it now", () => {
  const box = (on: string) =>
    `onReconcile:
  configMaps: [{ name: one, data: { a: b } }]
  custom:
    - { apiVersion: monitoring.dev/v1, kind: Monitor, metadata: { name: m }, when: [{ field: spec.on, equals: "${on}" }] }`;
  const served = (type: ResourceType) => type.kind === "Monitor" ? undefined : type;
  const around = { cr: spec({ on: true }), served };
  assert.deepEqual(problemsOf(reconcile(box("false"), around)), []);
  const wanted = reconcile(box("true"), around);
  assert.deepEqual(problemsOf(wanted), [["onReconcile.custom[0]", "waiting", "Waiting"]]);
  assert.equal(wanted.problems[0]!.warns, true);
  assert.deepEqual(changesOf(wanted), ["created ConfigMap one"]);
});

Deno.test("the served type decides whether a child stands in a namespace", () => {
  const served = (type: ResourceType) => ({ ...type, namespaced: false, plural: "zonen" });
  const { children } = reconcile(
    "onReconcile:\n  custom: [{ apiVersion: other.dev/v1, kind: Zone, metadata: { name: z }, spec: { a: 1 } }]",
    { served },
  );
  assert.deepEqual(children.changes.map(({ key, type }) => [key, type.plural]), [["z", "zonen"]]);
});

Deno.test("two entries for one object: the first is kept up, the second fails", () => {
  const decision = reconcile(
    `onReconcile:
  configMaps:
    - { name: "{{ .spec.a }}", data: { a: b } }
    - { name: "{{ .spec.b }}", data: { a: c } }`,
    { cr: spec({ a: "same", b: "same" }) },
  );
  assert.deepEqual(changesOf(decision), ["created ConfigMap same"]);
  assert.deepEqual(problemsOf(decision), [["onReconcile.configMaps[1]", "failed", "ReconcileError"]]);
});

const places: [what: string, more: string, namespace: string, allowed: boolean][] = [
  ["another namespace", "", "far", false],
  ["the CR's own", "", "shop", true],
  ["one on the list", "allowedNamespaces: [shop, far]", "far", true],
  ["one that a glob matches", 'allowedNamespaces: [shop, "team-*"]', "team-a", true],
  ["one that no glob matches", 'allowedNamespaces: [shop, "team-*"]', "far", false],
];

for (const [what, more, namespace, allowed] of places) {
  Deno.test(`a namespace that comes from the CR: ${what} is ${allowed ? "allowed" : "refused"}`, () => {
    const decision = reconcile(
      'onReconcile:\n  configMaps: [{ name: one, namespace: "{{ .spec.where }}", data: { a: b } }]',
      { cr: spec({ where: namespace }) },
      more === "" ? 'allowedNamespaces: [shop, "other-*"]' : more,
    );
    const place = namespace === "shop" ? "" : ` in namespace ${namespace}`;
    assert.deepEqual(changesOf(decision), allowed ? [`created ConfigMap one${place}`] : []);
    assert.deepEqual(problemsOf(decision).length, allowed ? 0 : 1);
  });
}

Deno.test("a Job is not removed because its condition turned false, and is when its entry is gone", () => {
  const jobs = { group: "batch", version: "v1", kind: "Job", plural: "jobs", namespaced: true };
  const job = observed({ ...childOf({ name: "j" }), apiVersion: "batch/v1", kind: "Job" }, jobs);
  const off = reconcile(
    'onReconcile:\n  jobs: [{ name: j, image: x, when: [{ field: spec.on, equals: "true" }] }]',
    { children: [job] },
  );
  assert.deepEqual(changesOf(off), []);
  const gone = reconcile("onReconcile:\n  jobs: [{ name: other, image: x }]", { children: [job] });
  assert.deepEqual(changesOf(gone), ["created Job other", "deleted Job j (no longer declared)"]);
});

Deno.test("a pass comes again when a cooldown of autoscale ends, or sooner where the Katalog requeues", () => {
  const box = (requeue: string) => `
reconciler: { ${requeue} }
onReconcile:
  deployments:
    - { name: web, image: x, autoscale: { max: 5, cooldown: 1m, scaleUp: { conditions: { when: [{ field: spec.a }] } } } }`;
  const type = builtInType("Deployment")!;
  const annotations = { "orkestra.orkspace.io/last-scale-event": "2026-01-05T09:59:20Z" };
  const child = observed(childOf({ name: "web", annotations }, { spec: { replicas: 2 } }), type);
  const around = { cr: spec({ a: 1 }), children: [child] };
  const nextOf = (requeue: string) => reconcile(box(requeue), around).next;
  assert.deepEqual(nextOf("resync: 1h"), { next: "after", ms: 20_000 });
  assert.deepEqual(nextOf("requeue: { after: 5s }"), { next: "after", ms: 5_000 });
  assert.deepEqual(nextOf("requeue: { after: 5m }"), { next: "after", ms: 20_000 });
});

Deno.test("replicas beside an autoscaler of the same CR are its business, while it is on", () => {
  const box = `
onReconcile:
  deployments: [{ name: web, image: x, replicas: 2 }]
  custom:
    - apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: { name: web }
      when: [{ field: spec.scaled, equals: "true" }]
      spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }`;
  const deployment = (scaled: boolean) =>
    reconcile(box, { cr: spec({ scaled }) }).desired.children.find(({ type }) => type.kind === "Deployment")!;
  assert.deepEqual([deployment(true).autoscaled, deployment(false).autoscaled], [true, false]);
  assert.equal(deployment(true).object["spec"].replicas, 2, "sent when it is created");
  assert.notEqual(deployment(true).digest, deployment(false).digest);
});

Deno.test("replicas that are left out are not sent", () => {
  const { desired: { children: [child] } } = reconcile("onReconcile:\n  deployments: [{ name: web, image: x }]");
  assert.equal("replicas" in child!.object["spec"], false);
});

Deno.test("a retained child gets no owner reference, and says that it is kept", () => {
  const { desired: { children: [child] } } = reconcile(
    "onReconcile:\n  configMaps: [{ name: one, deletionPolicy: Retain, data: { a: b } }]",
  );
  assert.equal(child!.object.metadata.ownerReferences, undefined);
  assert.equal(child!.object.metadata.annotations!["orkestra.orkspace.io/deletion-policy"], "Retain");
});

Deno.test("a denied CR has no changes, and its status says why", () => {
  const more = `validation:\n  rules: [{ field: spec.size, lessThanOrEqual: "3", message: "at most 3" }]`;
  const decision = reconcile(
    "onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]",
    { cr: spec({ size: 5 }) },
    more,
  );
  assert.equal(decision.denied, "spec.size: at most 3");
  assert.deepEqual(changesOf(decision), []);
  assert.deepEqual(decision.next, { next: "change" });
  assert.deepEqual(readyOf(decision), ["False", "ValidationFailed", "spec.size: at most 3"]);
});

Deno.test("a CR that has left the selection is left alone, by labels and by fields", () => {
  const box = "onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]";
  assert.equal(decide(box, {}, "labelSelector: { team: tea }").kind, "unselected");
  assert.equal(
    decide(box, { cr: webOf({ labels: { team: "tea" } }) }, "labelSelector: { team: tea }").kind,
    "reconcile",
  );
  assert.equal(decide(box, { cr: spec({ tier: "silver" }) }, "fieldSelector: { spec.tier: gold }").kind, "unselected");
  assert.equal(decide(box, { cr: spec({ tier: "gold" }) }, "fieldSelector: { spec.tier: gold }").kind, "reconcile");
});

Deno.test("the deletion of a CR is decided in the same place, whether it is selected or not", () => {
  const cr = webOf({ deletionTimestamp: "2026-01-04T00:00:00Z", finalizers: ["web.orkestra.orkspace.io/cleanup"] });
  const box = "onReconcile:\n  configMaps: [{ name: one, namespace: far, data: { a: b } }]";
  const far = observed(childOf({ namespace: "far" }));
  const decision = decide(box, { cr, children: [far] }, "labelSelector: { team: tea }");
  assert.deepEqual(decision.kind === "delete" && decision.deletion?.changes.map(({ key }) => key), ["far/one"]);
});

const drains = `
onReconcile:
  configMaps: [{ name: one, data: { a: b } }]
onDelete:
  ordered: true
  jobs: [{ name: "{{ .spec.host }}-drain", image: app }]
  configMaps: [{ name: one }]
`;
const leaving = webOf({
  deletionTimestamp: "2026-01-05T10:00:00Z",
  finalizers: ["web.orkestra.orkspace.io/cleanup"],
}, { spec: { host: "h" } });

function deletion(around: Around = {}, more = "") {
  const decision = decide(drains, { cr: leaving, ...around }, more);
  if (decision.kind !== "delete" || decision.deletion === undefined) return assert.fail("it is no deletion");
  return { ...decision, deletion: decision.deletion };
}

Deno.test("a box with onDelete puts its finalizer on CRs that were there before", () => {
  assert.deepEqual(reconcile(drains, { cr: webOf({}, { spec: { host: "h" } }) }).crPatch, {
    metadata: { finalizers: ["web.orkestra.orkspace.io/cleanup"], resourceVersion: "9" },
  });
});

Deno.test("onDelete sees the CR normalized, and is not validated", () => {
  const more = 'normalize: { spec: { host: "x-{{ .spec.host }}" } }\n' +
    "validation: { rules: [{ field: spec.host, equals: never }] }";
  assert.deepEqual(deletion({}, more).deletion.changes.map(({ action, key }) => [action, key]), [
    ["create", "shop/x-h-drain"],
  ]);
});

Deno.test("a CR that cannot be evaluated, or takes too long, fails onDelete until the deadline", () => {
  const cases: [around: Around, more: string, why: RegExp][] = [
    [{}, 'normalize: { spec: { host: "{{ .spec.host.deep }}" } }', /Cannot evaluate the object: k\.yaml/],
    [{ input: { unevaluated: "too long" } }, "", /Cannot evaluate the object: too long/],
  ];
  for (const [around, more, why] of cases) {
    const { deletion: during } = deletion(around, more);
    assert.match(during.problems[0]!.message, why);
    assert.deepEqual([during.changes, during.crPatch], [[], undefined]);
    const wallMs = Date.parse("2026-01-05T10:05:00Z");
    const { deletion: over } = deletion({ ...around, input: { ...around.input, wallMs } }, more);
    assert.notEqual(over.crPatch, undefined);
  }
});

Deno.test("the status comes before a change that relies on its record; without onDelete it has to be a slow one", () => {
  const none = { waits: [], problems: [] };
  const first = deletion();
  assert.equal(first.recordsFirst, true, "the kinds are not on record");
  const status = first.status(leaving, first.deletion!)!.wanted;
  const recorded = { ...leaving, status };
  assert.equal(deletion({ cr: recorded }).recordsFirst, false);
  assert.equal(deletion({ input: { writesStatus: false } }).status(leaving, none), undefined);
  const plain = decide("onReconcile: { configMaps: [{ name: one, namespace: far, data: {} }] }", { cr: leaving });
  assert.equal(plain.kind === "delete" && plain.status(leaving, none), undefined);
  const wallMs = Date.parse(leaving.metadata.deletionTimestamp!) + 10_000;
  const slow = decide("onReconcile: { configMaps: [{ name: one, namespace: far, data: {} }] }", {
    cr: leaving,
    children: [observed(childOf({ namespace: "far" }))],
    input: { wallMs },
  });
  assert.ok(slow.kind === "delete" && !slow.recordsFirst);
  const waits = slow.deletion!.waits;
  const conditions = slow.status(leaving, { waits, problems: [] })!.wanted["conditions"] as unknown as Condition[];
  const ready = conditions.find(({ type }) => type === "Ready");
  assert.deepEqual([ready?.status, ready?.reason, ready?.message], [
    "False",
    "Deleting",
    "waiting for ConfigMap one to be gone",
  ]);
});

Deno.test("a record in the status of a CR counts only where the API server keeps the status apart", () => {
  const conditions = [{
    type: "DeletionJobs",
    status: "True",
    reason: "Recorded",
    message: "completed: shop/x-h-drain",
  }];
  const normalized = 'normalize: { spec: { host: "x-{{ .spec.host }}" } }';
  const changes = (writesStatus: boolean) =>
    deletion({ cr: { ...leaving, status: { conditions } }, input: { writesStatus } }, normalized).deletion.changes;
  assert.deepEqual(changes(true), [], "the Job is known to have completed");
  assert.deepEqual(changes(false).map(({ action, key }) => [action, key]), [["create", "shop/x-h-drain"]]);
});

function statusOf(decision: ReconcileDecision, children: readonly ObservedChild[] = [], cr = webOf()) {
  return decision.status({ cr, children, problems: decision.problems })!;
}

function readyOf(decision: ReconcileDecision, children: readonly ObservedChild[] = []): unknown[] {
  const conditions = statusOf(decision, children).wanted["conditions"] as unknown as Record<string, unknown>[];
  const { status, reason, message } = conditions.find(({ type }) => type === "Ready")!;
  return [status, reason, message];
}

const deployments = { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", namespaced: true };
const rollout = (available: number) =>
  observed({
    ...childOf({ generation: 1 }),
    apiVersion: "apps/v1",
    kind: "Deployment",
    spec: { replicas: 2 },
    status: {
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: available,
      availableReplicas: available,
      conditions: [{ type: "Available", status: available === 2 ? "True" : "False" }],
    },
  }, deployments);

Deno.test("Ready waits for the children, as they are after the pass's own writes", () => {
  const decision = reconcile("onReconcile:\n  deployments: [{ name: one, image: x, replicas: 2 }]");
  assert.deepEqual(readyOf(decision), ["False", "Progressing", "not ready: Deployment one"]);
  assert.deepEqual(readyOf(decision, [rollout(1)]), ["False", "Progressing", "not ready: Deployment one"]);
  assert.deepEqual(readyOf(decision, [rollout(2)]), ["True", "Ready", ""]);
});

Deno.test("readyWhen of an entry takes the place of the rules for its kind, and sees the child", () => {
  const decision = reconcile(
    'onReconcile:\n  configMaps: [{ name: one, data: { a: b }, readyWhen: [{ field: child.metadata.annotations.done, equals: "yes" }] }]',
  );
  const child = observed(childOf());
  const done = {
    ...child,
    view: { ...child.view, metadata: { ...child.view.metadata, annotations: { done: "yes" } } },
  };
  assert.deepEqual(readyOf(decision, [child]), ["False", "Progressing", "not ready: ConfigMap one"]);
  assert.deepEqual(readyOf(decision, [done]), ["True", "Ready", ""]);
});

Deno.test("a readyWhen that cannot be evaluated says so", () => {
  const bad = "readyWhen: [{ field: '{{ .spec.name.first }}', exists: true }]";
  const cr = spec({ name: "text" });
  const box = `onReconcile:\n  configMaps: [{ name: one, data: { a: b }, ${bad} }]`;
  const [, , message] = readyOf(reconcile(box, { cr }), [observed(childOf())]);
  assert.match(String(message), /^not ready: ConfigMap one: readyWhen: k\.yaml:\d+:\d+: Cannot read field "first"/);
  const whole = reconcile(`onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]\nstatus:\n  ${bad}`, { cr });
  assert.match(
    String(readyOf(whole, [observed(childOf())])[2]),
    /^readyWhen: k\.yaml:\d+:\d+: Cannot read field "first"/,
  );
});

Deno.test("readyWhen of the box decides for the whole", () => {
  const decision = reconcile(
    "onReconcile:\n  deployments: [{ name: one, image: x }]\nstatus:\n  readyWhen: [{ field: spec.go, exists: true }]",
  );
  assert.deepEqual(readyOf(decision, [rollout(1)]).slice(0, 2), ["False", "Progressing"]);
  const going = reconcile(
    "onReconcile:\n  deployments: [{ name: one, image: x }]\nstatus:\n  readyWhen: [{ field: spec.go, exists: true }]",
    { cr: spec({ go: true }) },
  );
  assert.deepEqual(readyOf(going, [rollout(1)]), ["True", "Ready", ""]);
});

Deno.test("status fields see the children as they are after the writes, and only the CR's own", () => {
  const decision = reconcile(
    'onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]\nstatus:\n  fields: [{ path: names, value: "{{ len .children.configMaps }}" }]',
  );
  const copy = observed(childOf({ name: "copy", managedFields: [] }));
  assert.equal(statusOf(decision, [observed(childOf()), copy]).wanted["names"], 1);
});

Deno.test("Synced records the kinds of which children are made, and those that are being cleaned up", () => {
  const decision = reconcile("onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]", {
    input: { formerKinds: ["Service"] },
  });
  const conditions = statusOf(decision, [observed(childOf())]).wanted["conditions"] as unknown as Record<
    string,
    unknown
  >[];
  assert.equal(
    conditions.find(({ type }) => type === "Synced")!["message"],
    "kinds of children: ConfigMap, Service",
  );
});

Deno.test("a requeue.after that cannot be rendered fails before anything is written, not after", () => {
  const decision = reconcile(
    'reconciler: { requeue: { after: "{{ .spec.text.deeper }}" } }\nonReconcile:\n  configMaps: [{ name: one, data: { a: b } }]',
    { cr: spec({ text: "hello" }) },
  );
  assert.deepEqual(problemsOf(decision), [["requeue", "failed", "ReconcileError"]]);
  assert.deepEqual(changesOf(decision), ["created ConfigMap one"]);
});

Deno.test("requeue.after says when to come again", () => {
  const box = (after: string) =>
    `reconciler: { requeue: { after: "${after}" } }\nonReconcile:\n  configMaps: [{ name: one, data: { a: b } }]`;
  assert.deepEqual(reconcile(box("{{ .spec.every }}"), { cr: spec({ every: "90s" }) }).next, {
    next: "after",
    ms: 90_000,
  });
  assert.deepEqual(reconcile(box("{{ .spec.none }}")).next, { next: "resync" });
  assert.deepEqual(reconcile(box("{{ .spec.every }}"), { cr: spec({ every: "1ns" }) }).next, {
    next: "after",
    ms: 100,
  });
});

Deno.test("a deny rule that cannot be checked denies where the CR is at fault, else it is reported as a warning", () => {
  const decide = (bound: string) =>
    reconcile(
      "onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]",
      { cr: spec({ size: 9, limit: "x" }) },
      `validation:\n  rules: [{ field: spec.size, lessThanOrEqual: "${bound}", message: "too large" }]`,
    );
  const denied = decide("{{ .spec.limit }}");
  assert.match(denied.denied!, /^spec\.size: too large \(cannot be checked: /);
  assert.deepEqual(denied.warnings, []);
  const warned = decide("{{ .status.limit }}");
  assert.equal(warned.denied, undefined);
  assert.match(warned.warnings[0]!, /The rule for spec\.size cannot be checked/);
});

Deno.test("an object is never its own child, whatever its labels and the Katalog say", () => {
  const box = `
onReconcile:
  configMaps: [{ name: fine, data: { a: b } }]
  custom:
    - { apiVersion: demo.dev/v1, kind: Web, adopt: true, metadata: { name: "{{ .spec.name }}" }, spec: { a: b } }`;
  const cr = spec({ name: "web" });
  const decision = reconcile(box, { cr });
  assert.deepEqual(changesOf(decision), ["created ConfigMap fine"]);
  assert.match(
    decision.problems.map(({ message }) => message).join(),
    /^onReconcile\.custom\[0\]: .*: Web web is the object itself, which cannot be its own child; give the child another name$/,
  );
  // What a former version made of it: the entry is gone, and the object is no child that is no longer declared.
  const { metadata } = childOf({ name: "web" });
  const marked = {
    ...cr,
    metadata: { ...metadata, uid: cr.metadata.uid!, annotations: metadata.annotations ?? {} },
  } as KubeObject;
  const [plan] = planOf(`web:
  apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }
  operatorBox:
${indent(box.trim(), 4)}`).boxes;
  const type = plan!.children.find(({ kind }) => kind === "Web")!;
  const itself = observed(marked, type);
  assert.equal(itself.controller?.uid, cr.metadata.uid);
  const later = reconcile(box, { cr: spec({ name: "other" }), children: [itself] });
  assert.deepEqual(changesOf(later), ["created ConfigMap fine", "created Web other"]);
});

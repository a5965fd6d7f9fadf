import assert from "node:assert/strict";
import { childOf, configMaps, identity, memoryOf, observed, ourEntry, webOf } from "../../tests/support/decision.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import type { BoxPlan } from "../plan/plan.ts";
import type { UpdateChildPolicy } from "./change.ts";
import { compileBox } from "./compile.ts";
import { decideChildren, decideCrPatch } from "./decide.ts";
import type { Desired, DesiredChild } from "./desired.ts";
import type { ChildMemory } from "./memory.ts";
import type { ObservedChild } from "./observed.ts";
import type { EntryProblem } from "./outcome.ts";

const plan = {
  name: "web",
  formerNames: ["site"],
  katalog: "demo",
  otherBoxes: [],
  type: { group: "demo.dev", version: "v1", kind: "Web", plural: "webs", namespaced: true },
  reconciler: { workers: 1, resyncMs: 0, failureThreshold: 5 },
  normalize: [],
  cross: [],
  mutation: [],
  validation: [],
  external: { mutation: [], validation: [], children: [] },
  entries: [],
  status: [],
  writesStatus: true,
  children: [],
  allowedNamespaces: [],
  restrictedNamespaces: [],
  finalizer: false,
} as unknown as BoxPlan;
const box = compileBox(plan);

function wanted(change: Partial<DesiredChild> = {}): DesiredChild {
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "one", namespace: "shop" },
    data: { a: "b" },
  };
  return {
    type: configMaps,
    key: "shop/one",
    object,
    status: undefined,
    digest: "d1",
    upkeep: "apply",
    force: true,
    adopt: false,
    autoscaled: false,
    within: undefined,
    readyWhen: undefined,
    data: {},
    entry: "onReconcile.configMaps[0]",
    source: undefined,
    ...change,
  };
}

interface Around {
  readonly memory?: ChildMemory;
  readonly kept?: Partial<Desired["kept"]>;
  readonly off?: ReadonlyMap<string, string>;
  readonly cr?: KubeObject;
}

function decide(children: readonly DesiredChild[], seen: readonly ObservedChild[], around: Around = {}) {
  const kept = {
    names: new Set<string>(),
    renamed: new Map<string, string>(),
    clashing: [],
    kinds: new Set<string>(),
    ...around.kept,
  };
  const memory = memoryOf(seen, around.memory === undefined ? {} : { "shop/one": around.memory });
  return decideChildren(
    box,
    around.cr ?? webOf(),
    { children, problems: [], kept, sources: [], off: () => around.off ?? new Map() },
    seen,
    memory,
  );
}

const everything = { unseen: () => undefined };
const one = observed(childOf());
const applied = { digest: "d1", owned: one.owned };

Deno.test("an absent child is created, by an apply that takes nothing over", () => {
  const { changes } = decide([wanted()], []);
  assert.deepEqual(changes.map(({ action, cause }) => [action, cause.why]), [["create", "absent"]]);
  assert.equal(changes[0]!.action === "create" && changes[0]!.by, "apply");
});

Deno.test("kinds that are never changed in place, and entries that only create, are created by POST", () => {
  for (const upkeep of ["make", "create"] as const) {
    const { changes: [change] } = decide([wanted({ upkeep })], []);
    assert.equal(change?.action === "create" && change.by, "post");
    assert.equal(change?.action === "create" && change.satisfiedByAny, upkeep === "create");
  }
  const { changes: [adopting] } = decide([wanted({ upkeep: "create", adopt: true })], []);
  assert.equal(adopting?.action === "create" && adopting.satisfiedByAny, false);
});

Deno.test("no call for a child that the memory knows, even if a webhook changed a value or took its field", () => {
  assert.deepEqual(decide([wanted()], [one], { memory: { applied } }).changes, []);
  const webhook = observed(childOf({ managedFields: [{ ...ourEntry, fieldsV1: { "f:other": {} } }] }));
  const memory = { applied: { digest: "d1", owned: webhook.owned } };
  assert.deepEqual(decide([wanted()], [webhook], { memory }).changes, []);
});

Deno.test("without memory, managedFields are the proof, and are remembered", () => {
  const { changes, learned } = decide([wanted()], [one]);
  assert.deepEqual(changes, []);
  const entry = "onReconcile.configMaps[0]";
  assert.deepEqual(learned.map(({ memory }) => memory), [{ entry, applied, uid: "child-uid", owner: "cr-uid" }]);
});

const withAnnotations = (annotations: Record<string, string>) => observed(childOf({ annotations }));
const updates: [why: string, child: ObservedChild, cause: string, around?: Around, desired?: Partial<DesiredChild>][] =
  [
    [
      "another manager took a field from us",
      observed(childOf({ managedFields: [{ ...ourEntry, fieldsV1: {} }] })),
      "drift",
    ],
    ["the digest is of another object", withAnnotations({ "orkestra.orkspace.io/applied": "d0" }), "declared"],
    ["it was never applied", withAnnotations({}), "drift"],
    ["a value changed since the last apply", observed(childOf({}, { data: { a: "x" } })), "drift", {
      memory: { applied },
    }],
    ["the desired object is not the one that was applied", one, "declared", { memory: { applied } }, { digest: "d2" }],
    [
      "the same after the spec changed",
      one,
      "spec",
      { memory: { applied }, cr: webOf({ generation: 2 }, { status: { observedGeneration: 1 } }) },
      { digest: "d2" },
    ],
    ["its controller reference was removed", observed(childOf({ ownerReferences: [] })), "drift", {
      memory: { applied },
    }],
    ["its labels were removed", observed(childOf({ labels: {} })), "drift", { memory: { applied } }],
    [
      "it is of a former version",
      observed(childOf({ labels: { "orkestra.orkspace.io/box": "web" } })),
      "former",
    ],
  ];

for (const [why, child, cause, around, desired] of updates) {
  Deno.test(`a child is updated, by its uid, when ${why}`, () => {
    const { changes } = decide([wanted(desired)], [child], around);
    assert.deepEqual(changes.map((change) => [change.action, "uid" in change && change.uid, change.cause.why]), [
      ["update", "child-uid", cause],
    ]);
  });
}

Deno.test("an update for drift names the fields and the manager that changed them", () => {
  const theirs = { manager: "kubectl-edit", operation: "Update", time: "2026-01-02T00:00:00Z" } as const;
  const child = observed(childOf({
    managedFields: [{ ...ourEntry, fieldsV1: {} }, { ...theirs, fieldsV1: { "f:data": { "f:a": {} } } }],
  }));
  const { changes: [change] } = decide([wanted()], [child], { memory: { applied } });
  assert.deepEqual(change?.cause, { why: "drift", by: "kubectl-edit" });
  assert.deepEqual(change?.action === "update" && change.fields, ["data.a"]);
});

Deno.test("a child that is being deleted is left alone", () => {
  const leaving = observed(childOf({ deletionTimestamp: "2026-01-02T00:00:00Z", annotations: {} }));
  assert.deepEqual(decide([wanted()], [leaving]).changes, []);
});

Deno.test("an entry that only creates ignores its child afterwards, no matter which object has the name", () => {
  const created = wanted({ upkeep: "create" });
  assert.deepEqual(decide([created], [observed(childOf({ managedFields: [] }))]).changes, []);
  const taken = { taken: { untilMs: 2_000, by: "kubectl" } };
  assert.deepEqual(decide([created], [], { memory: taken }).changes, []);
  assert.equal(decide([created], [], { memory: { taken: { untilMs: 500, by: "" } } }).changes.length, 1);
});

const foreign = observed(
  childOf({ managedFields: [{ ...ourEntry, manager: "kubectl-create" }], ownerReferences: [], labels: {} }),
);

Deno.test("an object that is not ours is not written to: the child fails with NameTaken and advice", () => {
  const { changes, problems } = decide([wanted(), wanted({ key: "shop/two", entry: "b" })], [foreign]);
  assert.deepEqual(changes.map(({ key }) => key), ["shop/two"]);
  assert.deepEqual(problems.map(({ reason, state }) => [reason, state]), [["NameTaken", "failed"]]);
  assert.match(problems[0]!.message, /^ConfigMap one is there already, made by kubectl-create; .*adopt: true/);
});

Deno.test("adopt takes over an object without a controller, marks it as taken over, and nothing else", () => {
  const { changes: [change] } = decide([wanted({ adopt: true })], [foreign]);
  assert.deepEqual([change?.action, change?.cause.why], ["adopt", "adopt"]);
  assert.equal(
    change?.action === "adopt" && change.object.metadata.annotations?.["orkestra.orkspace.io/adopted"],
    "true",
  );
  const boss = [{ apiVersion: "v1", kind: "ConfigMap", name: "boss", uid: "boss", controller: true }];
  const controlled = observed(childOf({ ownerReferences: boss, managedFields: [], labels: {} }));
  assert.deepEqual(decide([wanted({ adopt: true })], [controlled]).problems.map(({ reason }) => reason), ["NameTaken"]);
});

Deno.test("an adopted child stays marked as adopted", () => {
  const annotations = { "orkestra.orkspace.io/adopted": "true", "orkestra.orkspace.io/applied": "d0" };
  const { changes: [change] } = decide([wanted()], [observed(childOf({ annotations }))]);
  assert.equal(
    change?.action === "update" && change.object.metadata.annotations?.["orkestra.orkspace.io/adopted"],
    "true",
  );
});

const former = { ...identity, "orkestra.orkspace.io/owner-uid": "former" };

Deno.test("a child of a former CR of this name is taken over if orphaned, and awaited if it is being collected", () => {
  const orphan = observed(childOf({ labels: former, ownerReferences: [] }));
  assert.deepEqual(decide([wanted()], [orphan]).changes.map(({ action, cause }) => [action, cause.why]), [
    ["adopt", "former"],
  ]);
  const owner = { apiVersion: "demo.dev/v1", kind: "Web", name: "web", uid: "former", controller: true };
  const leaving = decide([wanted()], [observed(childOf({ labels: former, ownerReferences: [owner] }))]);
  assert.deepEqual(leaving.changes, []);
  assert.deepEqual(leaving.waitingFor.map(({ key }) => key), ["shop/one"]);
});

Deno.test("a child that belongs to another CR of the box is refused, and only that one", () => {
  const labels = { ...identity, "orkestra-owner": "b", "orkestra.orkspace.io/owner-uid": "b-uid" };
  const theirs = observed(childOf({ namespace: "far", labels }));
  const { changes, problems } = decide([wanted({ key: "far/one" }), wanted({ key: "shop/two", entry: "b" })], [theirs]);
  assert.deepEqual(changes.map(({ key }) => key), ["shop/two"]);
  assert.match(problems[0]!.message, /belongs to Web shop\/b; make the name depend on the object/);
});

Deno.test("a reconciled child that is not declared any more is deleted, even without its digest", () => {
  for (const child of [one, withAnnotations({})]) {
    assert.deepEqual(decide([], [child]).changes, [
      {
        action: "delete",
        type: configMaps,
        key: "shop/one",
        uid: "child-uid",
        from: undefined,
        cause: { why: "undeclared" },
      },
    ]);
  }
});

const kept: [which: string, child: ObservedChild, around?: Around][] = [
  [
    "that was only created",
    observed(childOf({ annotations: {}, managedFields: [{ ...ourEntry, operation: "Update" }] })),
  ],
  ["that is not ours", foreign],
  ["that is being deleted already", observed(childOf({ deletionTimestamp: "2026-01-02T00:00:00Z" }))],
  ["of an entry that waits or failed", one, { kept: { names: new Set(["ConfigMap/shop/one"]) } }],
  ["of a kind of which a name cannot be rendered", one, { kept: { kinds: new Set(["ConfigMap"]) } }],
  ["that an entry which waits or failed may have had under another name", one, {
    kept: {
      names: new Set(["ConfigMap/shop/two"]),
      renamed: new Map([["ConfigMap/shop/two", "onReconcile.configMaps[0]"]]),
    },
  }],
];

for (const [which, child, around] of kept) {
  Deno.test(`nothing removes a child ${which}`, () => assert.deepEqual(decide([], [child], around).changes, []));
}

Deno.test("a known uid restores the labels of a child, and proves nothing for another CR", () => {
  const bare = observed(childOf({ namespace: "far", labels: {} }));
  const metadata = { name: "one", namespace: "far" };
  const child = wanted({ key: "far/one", object: { ...wanted().object, metadata } });
  const decided = (owner: string) => {
    const memory = { ...memoryOf([bare]), recall: () => ({ uid: "child-uid", owner }) };
    const kept = {
      names: new Set<string>(),
      renamed: new Map<string, string>(),
      clashing: [],
      kinds: new Set<string>(),
    };
    return decideChildren(
      box,
      webOf(),
      { children: [child], problems: [], kept, sources: [], off: () => new Map() },
      [],
      memory,
    );
  };
  assert.deepEqual(decided("cr-uid").changes.map(({ action }) => action), ["update"]);
  assert.deepEqual(decided("other-uid").problems.map(({ reason }) => reason), ["NameTaken"]);
});

Deno.test("a child is deleted when the renamed child of a failed entry exists", () => {
  const two = observed(childOf({ name: "two", uid: "two-uid" }));
  const renamed = new Map([["ConfigMap/shop/two", "onReconcile.configMaps[0]"]]);
  const { changes } = decide([], [one, two], { kept: { names: new Set(renamed.keys()), renamed } });
  assert.deepEqual(changes.map(({ action, key }) => [action, key]), [["delete", "shop/one"]]);
});

Deno.test("a taken name keeps the child that the entry has under its former name", () => {
  const taken = observed(childOf({ name: "two", uid: "two-uid", labels: {}, managedFields: [], ownerReferences: [] }));
  const { metadata, ...rest } = wanted().object;
  const two = wanted({ key: "shop/two", object: { ...rest, metadata: { ...metadata, name: "two" } } });
  const { changes, problems } = decide([two], [one, taken]);
  assert.deepEqual(changes, []);
  assert.deepEqual(problems.map(({ reason }) => reason), ["NameTaken"]);
});

for (
  const [which, around, removed] of [
    ["of an entry that is off", { off: new Map([["ConfigMap/shop/one", "onReconcile.configMaps[1]"]]) }, true],
    ["of another entry", { memory: { uid: "child-uid", owner: "cr-uid", entry: "onReconcile.configMaps[1]" } }, true],
    ["of its own entry", { memory: { uid: "child-uid", owner: "cr-uid", entry: "onReconcile.configMaps[0]" } }, false],
    ["that was another CR's", { memory: { uid: "child-uid", owner: "x", entry: "onReconcile.configMaps[1]" } }, false],
  ] as [string, Around, boolean][]
) {
  Deno.test(`a taken name ${removed ? "keeps no child" : "keeps a child"} ${which}`, () => {
    const taken = observed(
      childOf({ name: "two", uid: "two-uid", labels: {}, managedFields: [], ownerReferences: [] }),
    );
    const { metadata, ...rest } = wanted().object;
    const two = wanted({ key: "shop/two", object: { ...rest, metadata: { ...metadata, name: "two" } } });
    const { changes } = decide([two], [one, taken], around);
    assert.deepEqual(changes.map(({ action, key }) => [action, key]), removed ? [["delete", "shop/one"]] : []);
  });
}

const jobs: ResourceType = builtInType("Job")!;
const claims: ResourceType = builtInType("PersistentVolumeClaim")!;

function job(image: string, rest: Record<string, unknown> = {}): KubeObject {
  const object = childOf({}, { spec: { template: { spec: { containers: [{ name: "c", image }] } } }, ...rest });
  delete object["data"];
  return { ...object, apiVersion: "batch/v1", kind: "Job" };
}

Deno.test("a finished Job is never deleted, nor run again for the same plan", () => {
  const finished = observed(job("a", { status: { conditions: [{ type: "Complete", status: "True" }] } }), jobs);
  assert.deepEqual(decide([], [finished]).changes, []);
  const made = wanted({ type: jobs, upkeep: "make" });
  assert.deepEqual(decide([made], [], { memory: { ran: "d1" } }).changes, []);
  assert.equal(decide([made], [], { memory: { ran: "d0" } }).changes.length, 1);
});

Deno.test("differences of a child that is never changed in place are reported, with their paths", () => {
  const declared = wanted({
    type: jobs,
    upkeep: "make",
    digest: "d2",
    object: { ...job("b"), metadata: { name: "one" } },
  });
  const { changes, notUpdated } = decide([declared], [observed(job("a"), jobs, true)]);
  assert.deepEqual(changes, []);
  assert.deepEqual(notUpdated.map(({ fields }) => fields), [["spec.template.spec.containers[c].image"]]);
  const same = { ...declared, object: { ...job("a"), metadata: { name: "one" } } };
  assert.deepEqual(decide([same], [observed(job("a"), jobs, true)]).notUpdated, []);
});

Deno.test("a changed deletion policy of an entry that only creates is reported, and nothing is written", () => {
  const annotations = { "orkestra.orkspace.io/deletion-policy": "Retain" };
  const declared = wanted({ upkeep: "create", digest: "d2", object: childOf({ annotations }) });
  const { changes, notUpdated } = decide([declared], [observed(childOf())]);
  assert.deepEqual(changes, []);
  assert.deepEqual(notUpdated.map(({ fields }) => fields), [["deletionPolicy, still Delete"]]);
});

Deno.test("a child that is never changed in place takes on another deletion policy, whatever else differs", () => {
  const owner = { apiVersion: "demo.dev/v1", kind: "Web", name: "web", uid: "cr-uid", controller: true };
  const kept = { "orkestra.orkspace.io/deletion-policy": "Retain" };
  const declared = (image: string, metadata: object) =>
    wanted({
      type: jobs,
      upkeep: "make",
      digest: "d2",
      object: { ...job(image), metadata: { name: "one", ...metadata } },
    });
  const live = job("a");
  const retained = { ...live, metadata: { ...live.metadata, ownerReferences: [], annotations: kept } };
  const cases = [
    [declared("a", { annotations: kept }), live, { retain: true, owner: undefined, applied: "d2" }, 0],
    [declared("b", { annotations: kept }), live, { retain: true, owner: undefined, applied: undefined }, 1],
    [declared("a", { ownerReferences: [owner] }), retained, { retain: false, owner, applied: "d2" }, 0],
  ] as const;
  for (const [wanted, seen, expected, reported] of cases) {
    const { changes, notUpdated } = decide([wanted], [observed(seen, jobs, true)]);
    assert.equal(changes.length, 1);
    const { action, ...rest } = changes[0] as UpdateChildPolicy;
    const { retain, owner, applied } = rest;
    assert.deepEqual([action, rest.uid, { retain, owner, applied }], ["updatePolicy", "child-uid", expected]);
    assert.equal(notUpdated.length, reported);
  }
});

function claim(storage: string, storageClassName = "fast"): KubeObject {
  const object = childOf({}, { spec: { resources: { requests: { storage } }, storageClassName } });
  delete object["data"];
  return { ...object, kind: "PersistentVolumeClaim" };
}

Deno.test("a claim grows by a patch of its request alone; all other differences are reported", () => {
  const declared = (object: KubeObject) => wanted({ type: claims, upkeep: "make", digest: "d2", object });
  const live = observed(claim("1Gi"), claims, true);
  const grown = decide([declared(claim("2Gi"))], [live]);
  assert.deepEqual(grown.changes.map((change) => change.action === "resize" && change.patch), [
    { metadata: { uid: "child-uid" }, spec: { resources: { requests: { storage: "2Gi" } } } },
  ]);
  assert.deepEqual(grown.notUpdated, []);
  const shrunk = decide([declared(claim("512Mi", "slow"))], [live]);
  assert.deepEqual(shrunk.changes, []);
  assert.deepEqual(shrunk.notUpdated.map(({ fields }) => fields), [
    ["spec.resources.requests.storage", "spec.storageClassName"],
  ]);
  assert.deepEqual(decide([declared(claim("1024Mi"))], [live]).notUpdated, [], "the same quantity");
});

Deno.test("the marks of a child that is never changed in place are restored, and nothing else is sent", () => {
  const declared = wanted({ type: jobs, upkeep: "make", object: job("a") });
  const { changes: [change] } = decide([declared], [observed(childOf({ ownerReferences: [] }), jobs, true)]);
  assert.deepEqual(change?.action === "update" && Object.keys(change.object), ["apiVersion", "kind", "metadata"]);
});

const deployments = builtInType("Deployment")!;
function deployment(replicas: number, fields: object): ObservedChild {
  const managedFields = [{ ...ourEntry, fieldsV1: { "f:spec": fields } as never }];
  return observed(childOf({ managedFields }, { spec: { replicas, paused: true } }), deployments);
}
const scaled = wanted({
  type: deployments,
  autoscaled: true,
  object: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "one" }, spec: { replicas: 1, paused: true } },
});

Deno.test("an autoscaler that scales causes no call, by memory and without", () => {
  const before = deployment(1, { "f:replicas": {}, "f:paused": {} });
  const after = deployment(4, { "f:paused": {} });
  const memory = { applied: { digest: "d1", owned: before.owned } };
  assert.deepEqual(decide([scaled], [after], { memory }).changes, []);
  assert.deepEqual(decide([scaled], [after]).changes, []);
});

Deno.test("an apply beside an autoscaler carries the live number of replicas", () => {
  const { changes: [change] } = decide([{ ...scaled, digest: "d2" }], [deployment(4, { "f:paused": {} })]);
  assert.equal(change?.action === "update" && change.object["spec"].replicas, 4);
  const enforced = decide([{ ...scaled, autoscaled: false, digest: "d2" }], [deployment(4, {})]).changes[0];
  assert.equal(enforced?.action === "update" && enforced.object["spec"].replicas, 1);
});

const namespaces = builtInType("Namespace")!;

Deno.test("a child is created in a Namespace child only if that Namespace is the CR's own", () => {
  const namespace = wanted({
    type: namespaces,
    key: "team",
    object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } },
    entry: "ns",
  });
  const inside = wanted({ key: "team/one", within: "Namespace/team", object: childOf({ namespace: "team" }) });
  const place = { name: "team", namespace: "", annotations: { "orkestra.orkspace.io/applied": "d1" } };
  const own = observed(childOf(place), namespaces);
  const adopted = observed(
    childOf({ ...place, annotations: { ...place.annotations, "orkestra.orkspace.io/adopted": "true" } }),
    namespaces,
  );
  const keys = (seen: ObservedChild[]) => decide([namespace, inside], seen).changes.map(({ key }) => key);
  assert.deepEqual(keys([]), ["team", "team/one"]);
  assert.ok(keys([own]).includes("team/one"));
  assert.ok(!keys([adopted]).includes("team/one"));
  assert.match(decide([namespace, inside], [adopted]).problems[0]!.message, /this object has not made its Namespace/);
});

const labelled = (text: string) => compileBox({ ...plan, labels: { tier: { text, at: "k.yaml:1:1" } } });

Deno.test("declared labels are set, and labels that we set are removed when no longer declared", () => {
  const cr = webOf({ labels: { tier: "gold", old: "x", theirs: "y" } });
  const problems: EntryProblem[] = [];
  const patch = (text: string, owned: string[]) =>
    decideCrPatch(labelled(text), cr, {}, owned, false, problems, everything)?.["metadata"];
  assert.equal(patch("gold", ["tier"]), undefined);
  assert.deepEqual(patch("silver", ["tier"]), { labels: { tier: "silver" }, resourceVersion: "9" });
  assert.deepEqual(patch("", ["tier"]), { labels: { tier: null }, resourceVersion: "9" });
  assert.deepEqual(patch("gold", ["tier", "old"]), { labels: { old: null }, resourceVersion: "9" });
  assert.deepEqual(patch("gold", ["tier", "gone"]), undefined, "removed already");
  assert.equal(problems.length, 0);
  assert.deepEqual(patch("not a label", ["tier", "old"]), { labels: { old: null }, resourceVersion: "9" });
  assert.match(problems[0]!.message, /^labels\["tier"\]: k\.yaml:1:1: "not a label" is no label value/);
});

Deno.test("the finalizer is added when needed, replacing those under former names", () => {
  const needs = compileBox({ ...plan, finalizer: true });
  const patch = (finalizers: string[]) =>
    (decideCrPatch(needs, webOf({ finalizers }), {}, [], true, [], everything)?.["metadata"] as
      | { finalizers?: string[] }
      | undefined)
      ?.finalizers;
  const own = "web.orkestra.orkspace.io/cleanup";
  assert.deepEqual(patch([]), [own]);
  assert.deepEqual(patch([own]), undefined);
  assert.deepEqual(patch(["else", "site.orkestra.orkspace.io/cleanup"]), ["else", own]);
  assert.deepEqual(patch(["coffee.orkestra.orkspace.io/cleanup"]), ["coffee.orkestra.orkspace.io/cleanup", own]);
  assert.equal(decideCrPatch(box, webOf(), {}, [], false, [], everything), undefined, "never for nothing");
});

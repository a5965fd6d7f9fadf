import assert from "node:assert/strict";
import { childOf, configMaps, identity, memoryOf, observed, ourEntry, webOf } from "../../tests/support/decision.ts";
import { type Around, decide, emptyPlan, wanted } from "../../tests/support/decide.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { compileBox } from "./compile.ts";
import { decideChildren } from "./decide.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { DesiredChild } from "./desired.ts";
import type { ChildMemory } from "./memory.ts";
import type { ObservedChild } from "./observed.ts";

const box = compileBox(emptyPlan);
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
    ["its annotations were removed", withAnnotations({}), "drift"],
    [
      "it was only created until now, under onCreate",
      observed(childOf({ annotations: {}, managedFields: [{ ...ourEntry, operation: "Update" }] })),
      "declared",
    ],
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
  const { changes, problems } = decide([created], [observed(childOf({ managedFields: [] }))]);
  assert.deepEqual([changes, problems], [[], []]);
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

Deno.test("a child that lost its managedFields is taken over with adopt, and the advice says so", () => {
  const cleared = observed(childOf({ managedFields: [] }));
  const [problem] = decide([wanted()], [cleared]).problems;
  assert.match(problem!.message, /^ConfigMap one is there already, controlled by this object, .* set adopt: true/);
  assert.deepEqual(decide([wanted({ adopt: true })], [cleared]).changes.map(({ action }) => action), ["adopt"]);
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
  ["of an entry whose present name another entry declares", one, {
    kept: { clashing: [{ type: configMaps, key: "shop/one", entry: "onReconcile.configMaps[0]" }] },
    memory: { uid: "child-uid", owner: "cr-uid", entry: "onReconcile.configMaps[0]" },
  }],
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

Deno.test("a child whose Namespace child is taken, or not declared, is not written, and its predecessor stays", () => {
  const namespace = wanted({
    type: namespaces,
    key: "team",
    upkeep: "create",
    object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } },
    entry: "ns",
  });
  const inside = wanted({ key: "team/one", within: "Namespace/team", object: childOf({ namespace: "team" }) });
  const taken = { taken: { untilMs: 500, by: "" } };
  for (const desired of [[inside], [namespace, inside]]) {
    const memory = { ...memoryOf([one]), recall: (_: unknown, key: string) => key === "team" ? taken : undefined };
    const kept = {
      names: new Set<string>(),
      renamed: new Map<string, string>(),
      clashing: [],
      kinds: new Set<string>(),
    };
    const all = { children: desired, problems: [], kept, sources: [], off: () => new Map<string, string>() };
    const { changes, problems } = decideChildren(box, webOf(), all, [one], memory);
    assert.deepEqual(changes.filter(({ key }) => key !== "team"), []);
    assert.deepEqual(problems, [{
      entry: "onReconcile.configMaps[0]",
      state: "failed",
      reason: "ReconcileError",
      follows: true,
      message: "ConfigMap one is not written: this object has not made its Namespace team",
    }]);
  }
});

Deno.test("a child is created in the CR's own Namespace although another CR found its name taken", () => {
  const namespace = wanted({
    type: namespaces,
    key: "team",
    object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } },
    entry: "ns",
  });
  const inside = wanted({ key: "team/one", within: "Namespace/team", object: childOf({ namespace: "team" }) });
  const own = observed(
    childOf({ name: "team", namespace: "", annotations: { "orkestra.orkspace.io/applied": "d1" } }),
    namespaces,
  );
  // Memory is of an object, not of a CR: the other one asked for the same name at the same time.
  const taken = { taken: { untilMs: 500, by: "" } };
  const memory = { ...memoryOf([own]), recall: (_: unknown, key: string) => key === "team" ? taken : undefined };
  const kept = {
    names: new Set<string>(),
    renamed: new Map<string, string>(),
    clashing: [],
    kinds: new Set<string>(),
  };
  const all = {
    children: [namespace, inside],
    problems: [],
    kept,
    sources: [],
    off: () => new Map<string, string>(),
  };
  const { changes, problems } = decideChildren(box, webOf(), all, [own], memory);
  assert.deepEqual(problems, []);
  assert.ok(changes.some(({ key }) => key === "team/one"));
});

Deno.test("what is known of a child is not learned again", () => {
  const memory = { entry: "onReconcile.configMaps[0]", applied, uid: "child-uid", owner: "cr-uid" };
  assert.deepEqual(decide([wanted()], [one], { memory }).learned, []);
});

Deno.test("an entry that only creates does not take over a child of a former CR", () => {
  const orphan = observed(childOf({ labels: former, ownerReferences: [] }));
  assert.deepEqual(decide([wanted({ upkeep: "create" })], [orphan]).changes, []);
});

Deno.test("a taken name satisfies an entry that only creates until its time is over", () => {
  const decided = (untilMs: number) =>
    decide([wanted({ upkeep: "create" })], [], { memory: { taken: { untilMs, by: "" } } });
  assert.deepEqual([decided(1_001).changes.length, decided(1_001).expires], [0, true]);
  assert.deepEqual([decided(1_000).changes.length, decided(1_000).expires], [1, false]);
});

Deno.test("a taken name keeps no child that is reconciled from being tried", () => {
  const { changes, expires } = decide([wanted()], [], { memory: { taken: { untilMs: 9_000, by: "" } } });
  assert.deepEqual([changes.map(({ action }) => action), expires], [["create"], false]);
});

Deno.test("adopt takes over what an entry only creates, marked so that it is never changed or deleted", () => {
  const { changes: [change], problems } = decide([wanted({ upkeep: "create", adopt: true })], [foreign]);
  assert.deepEqual(problems, []);
  assert.deepEqual(change?.action === "adopt" && [change.object["data"], change.object.metadata.annotations], [
    undefined,
    { "orkestra.orkspace.io/applied": "created-only", "orkestra.orkspace.io/adopted": "true" },
  ]);
});

Deno.test("a foreign object that is being deleted is awaited, and not taken over", () => {
  const leaving = observed(
    childOf({ managedFields: [], ownerReferences: [], labels: {}, deletionTimestamp: "2026-01-02T00:00:00Z" }),
  );
  const { changes, waitingFor } = decide([wanted({ adopt: true })], [leaving]);
  assert.deepEqual([changes, waitingFor.map(({ key }) => key)], [[], ["shop/one"]]);
});

const marked = (declaredBy: string) =>
  observed(childOf({
    annotations: { "orkestra.orkspace.io/applied": "d1", "orkestra.orkspace.io/declared-by": declaredBy },
  }));
const marks: [declaredBy: string, known: boolean, cause: object][] = [
  ["demo/site", true, { why: "declared" }],
  ["shop/web", true, { why: "drift", by: "Katalog shop" }],
  // After a restart it is not known who was first: the Katalog may have been renamed.
  ["shop/web", false, { why: "declared" }],
];

for (const [declaredBy, known, cause] of marks) {
  Deno.test(`a child declared by ${declaredBy} is marked again, with the cause ${JSON.stringify(cause)}`, () => {
    const child = marked(declaredBy);
    const memory = known ? { memory: { applied: { digest: "d1", owned: child.owned } } } : {};
    const { changes: [change] } = decide([wanted()], [child], memory);
    assert.deepEqual(change?.action === "update" && [change.cause, change.fields], [
      cause,
      ['metadata.annotations["orkestra.orkspace.io/declared-by"]'],
    ]);
  });
}

Deno.test("replicas that change without an autoscaler are drift, and an unapplied set proves nothing", () => {
  const before = deployment(1, { "f:replicas": {}, "f:paused": {} });
  const after = deployment(4, { "f:paused": {} });
  const memory = { applied: { digest: "d1", owned: before.owned } };
  const actions = (child: DesiredChild, seen: ObservedChild, around: Around) =>
    decide([child], [seen], around).changes.map(({ action }) => action);
  assert.deepEqual(actions({ ...scaled, autoscaled: false }, after, { memory }), ["update"]);
  assert.deepEqual(actions(scaled, after, { memory: { applied: { digest: "d1", owned: undefined } } }), ["update"]);
  const bare = observed(childOf({ managedFields: [{ ...ourEntry, operation: "Update" }] }), builtInType("Deployment")!);
  assert.deepEqual(actions(scaled, bare, { memory }), ["update"]);
  const other = deployment(4, { "f:paused": {}, "f:strategy": {} });
  assert.deepEqual(actions(scaled, other, { memory }), ["update"], "another field was taken from us or given to us");
});

Deno.test("an apply beside an autoscaler keeps the rest of the spec", () => {
  const { changes: [change] } = decide([{ ...scaled, digest: "d2" }], [deployment(4, { "f:paused": {} })]);
  assert.deepEqual(change?.action === "update" && change.object["spec"], { replicas: 4, paused: true });
});

const statusEntry = { ...ourEntry, subresource: "status", fieldsV1: { "f:status": { "f:phase": {} } } } as const;
const zone = (more: object, status: object = { phase: "Up" }) =>
  observed(childOf({ managedFields: [ourEntry, statusEntry], ...more }, { status }));
const up: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "one", namespace: "shop" },
  status: { phase: "Up" },
};
const known = { applied, entry: "onReconcile.configMaps[0]", uid: "child-uid", owner: "cr-uid" };
const statuses: [what: string, child: ObservedChild, memory: ChildMemory, written: boolean][] = [
  ["is as it was written", zone({}), { ...known, appliedStatus: { digest: "d1", owned: zone({}).ownedStatus } }, false],
  ["is proven by managedFields alone", zone({}), known, false],
  ["was changed", zone({}, { phase: "Down" }), {
    ...known,
    appliedStatus: { digest: "d1", owned: zone({}).ownedStatus },
  }, true],
  ["was written from another object", zone({ annotations: { "orkestra.orkspace.io/applied": "d0" } }), {
    ...known,
    appliedStatus: { digest: "d0", owned: zone({}).ownedStatus },
  }, true],
  ["was never written", one, known, true],
  [
    "lost a field to another manager",
    zone({ managedFields: [ourEntry, { ...statusEntry, fieldsV1: { "f:status": { "f:other": {} } } }] }),
    known,
    true,
  ],
];

for (const [what, child, memory, written] of statuses) {
  Deno.test(`a declared status that ${what} is ${written ? "applied" : "left alone"}`, () => {
    const { changes, learned } = decide([wanted({ status: up })], [child], { memory });
    const [change] = changes.filter(({ action }) => action === "updateStatus");
    assert.equal(change !== undefined, written);
    if (change !== undefined) {
      assert.deepEqual(change, {
        action: "updateStatus",
        type: configMaps,
        key: "shop/one",
        object: up,
        digest: "d1",
        force: true,
        entry: "onReconcile.configMaps[0]",
        cause: { why: "declared" },
      });
    }
    const proven = memory.appliedStatus === undefined && !written;
    assert.deepEqual(
      learned.map((each) => each.memory),
      proven ? [{ appliedStatus: { digest: "d1", owned: child.ownedStatus } }] : [],
    );
  });
}

Deno.test("a declared status is applied to a child that is created, after it, and no status to one without", () => {
  const actions = (child: Partial<DesiredChild>) => decide([wanted(child)], []).changes.map(({ action }) => action);
  assert.deepEqual(actions({ status: up }), ["create", "updateStatus"]);
  assert.deepEqual(actions({ status: up, upkeep: "create" }), ["create", "updateStatus"]);
  assert.deepEqual(actions({}), ["create"]);
  assert.deepEqual(decide([wanted()], [zone({})], { memory: known }).changes, []);
});

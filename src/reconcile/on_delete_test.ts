import assert from "node:assert/strict";
import { childOf, memoryOf, observed, ourEntry, webOf } from "../../tests/support/decision.ts";
import { planOf } from "../../tests/support/plans.ts";
import { templateData } from "../input/mod.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { compileBox } from "./compile.ts";
import type { ChildMemory } from "./memory.ts";
import type { ObservedChild } from "./observed.ts";
import { decideOnDelete, maxJobs, type OnDeleteDecision } from "./on_delete.ts";

const jobs = builtInType("Job", "batch")!;

interface Around {
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
  readonly finalizers?: string[];
  readonly children?: readonly ObservedChild[];
  readonly remembered?: Readonly<Record<string, ChildMemory>>;
  /** Why the CR cannot be evaluated. */
  readonly why?: string;
  readonly unseen?: string;
  /** The only kind that cannot be read; all when absent. */
  readonly unseenKind?: string;
  /** Kinds that the API server does not serve. */
  readonly notServed?: readonly string[];
  readonly onReconcile?: string;
}

const twoConfigMaps = "configMaps: [{ name: one, data: {} }, { name: two, data: {} }]";

/** Decides on `onDelete` with this body, for a CR `web` in `shop`. */
function decide(body: string, around: Around = {}): OnDeleteDecision {
  const { spec = {}, status, finalizers = [], children = [], remembered = {}, why, unseen, unseenKind } = around;
  const { notServed = [], onReconcile = twoConfigMaps } = around;
  const [plan] = planOf(`web:
  apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }
  operatorBox:
    onReconcile: { ${onReconcile} }
    onDelete:
${body.trim().replace(/^(?=.)/gm, "      ")}`).boxes;
  const box = compileBox(plan!);
  const cr = webOf({ deletionTimestamp: "2026-01-03T00:00:00Z", finalizers }, {
    spec,
    ...(status === undefined ? {} : { status }),
  });
  const subject = why === undefined ? { cr, data: templateData(cr, children, new Set()) } : { why };
  const memory = {
    ...memoryOf(children, remembered),
    unseen: ({ kind }: ResourceType) => unseenKind === undefined || unseenKind === kind ? unseen : undefined,
    served: (type: ResourceType) => notServed.includes(type.kind) ? undefined : type,
  };
  return decideOnDelete(box, box.onDelete!, cr, subject, children, 0, memory);
}

/** `create Job a`, `delete ConfigMap one`; then what is waited for, then what failed. */
function told({ changes, waits, problems }: OnDeleteDecision): string[] {
  return [
    ...changes.map(({ action, type, key }) => `${action} ${type.kind} ${key.split("/")[1]}`),
    ...waits,
    ...problems.map(({ reason, message }) => `${reason} ${message}`),
  ];
}

const one = observed(childOf());
const leaving = observed(childOf({ deletionTimestamp: "2026-01-03T00:00:01Z" }));
const foreign = observed(childOf({ managedFields: [], labels: {}, ownerReferences: [] }));

type State = "runs" | "Complete" | "Failed";

function job(name: string, state: State, metadata: Partial<KubeObject["metadata"]> = {}): ObservedChild {
  const conditions = state === "runs" ? [] : [{ type: state, status: "True", reason: "R", message: "m" }];
  const annotations = { "orkestra.orkspace.io/on-delete": "true" };
  const managedFields = [{ ...ourEntry, operation: "Update" as const, fieldsV1: { "f:spec": {} } }];
  return observed(
    {
      ...childOf({ name, uid: `${name}-uid`, annotations, managedFields, ...metadata }),
      apiVersion: "batch/v1",
      kind: "Job",
      status: { conditions },
    },
    jobs,
  );
}

const drain = "jobs: [{ name: drain, image: app }]";
const orphaned = [{ apiVersion: "demo.dev/v1", kind: "Web", name: "web", uid: "former", controller: true }];

const each = 'configMaps: [{ name: "{{ .item }}", forEach: { field: spec.list } }]';

const table: [what: string, body: string, around: Around, expected: (string | RegExp)[]][] = [
  ["an absent Job is created", drain, {}, ["create Job drain", "Job drain to complete"]],
  ["a Job that runs is waited for", drain, { children: [job("drain", "runs")] }, ["Job drain to complete"]],
  ["a Job that completed is done", drain, { children: [job("drain", "Complete")] }, []],
  ["a Job that failed holds", drain, { children: [job("drain", "Failed")] }, [
    "ReconcileError onDelete.jobs[0]: Job drain failed: R: m; delete the Job to have it run again",
  ]],
  ["a Job on its way out is waited for", drain, {
    children: [job("drain", "Failed", { deletionTimestamp: "2026-01-03T00:00:01Z" })],
  }, ["Job drain to be gone"]],
  ["a Job of a former CR goes first", drain, {
    children: [job("drain", "Complete", { ownerReferences: orphaned, labels: {} })],
  }, ["Job drain of a former object to be gone"]],
  [
    "a Job that is a child of the CR has not run",
    drain,
    { children: [job("drain", "Complete", { annotations: {} })] },
    [
      /^NameTaken onDelete\.jobs\[0\]: Job drain is a child of the object already and does not count as run; delete it, /,
    ],
  ],
  ["a Job of somebody else has not run", drain, {
    children: [job("drain", "Complete", { managedFields: [], labels: {}, ownerReferences: [] })],
  }, [
    "NameTaken onDelete.jobs[0]: Job drain is there already, made by another client; delete it, declare another name, or " +
    "wait for the deadline of onDelete, at which this object goes without the Job",
  ]],
  ["a Job of another CR of this kind has not run", drain, {
    children: [job("drain", "runs", {
      ownerReferences: [{ apiVersion: "demo.dev/v1", kind: "Web", name: "b", uid: "b-uid", controller: true }],
      labels: { ...childOf().metadata.labels, "orkestra.orkspace.io/owner-uid": "b-uid" },
    })],
  }, [
    /controlled by Web b; make the name depend on the object, as \{\{ \.metadata\.name \}\}, wait until the other Web is gone, or/,
  ]],
  ["a Job on record is done, whatever became of it", drain, {
    status: { conditions: [{ type: "DeletionJobs", status: "True", message: "completed: shop/drain" }] },
  }, []],
  ["a Job that can never be created is left out", drain, {
    remembered: { "shop/drain": { unrunnableFor: "cr-uid" } },
  }, []],
  ["but not for another CR", drain, { remembered: { "shop/drain": { unrunnableFor: "other" } } }, [
    "create Job drain",
    "Job drain to complete",
  ]],
  ["an object is deleted", "configMaps: [{ name: one }]", { children: [one] }, [
    "delete ConfigMap one",
    "ConfigMap one to be gone",
  ]],
  ["an object on its way out is waited for", "configMaps: [{ name: one }]", { children: [leaving] }, [
    "ConfigMap one to be gone",
  ]],
  ["an object that is absent, or not the CR's own, is done", "configMaps: [{ name: one }, { name: two }]", {
    children: [foreign],
  }, []],
  ["a Job with a name alone is deleted", "jobs: [{ name: drain }]", { children: [job("drain", "runs")] }, [
    "delete Job drain",
    "Job drain to be gone",
  ]],
  ["without an order all begins at once", `${drain}\nconfigMaps: [{ name: one }]`, { children: [one] }, [
    "create Job drain",
    "delete ConfigMap one",
    "Job drain to complete",
    "ConfigMap one to be gone",
  ]],
  ["in order Jobs come first", `ordered: true\n${drain}\nconfigMaps: [{ name: one }]`, { children: [one] }, [
    "create Job drain",
    "Job drain to complete",
  ]],
  [
    "then the deletions",
    `ordered: true\n${drain}\nconfigMaps: [{ name: one }]`,
    { children: [one, job("drain", "Complete")] },
    ["delete ConfigMap one", "ConfigMap one to be gone"],
  ],
  [
    "a failed Job holds the deletions of its group",
    `ordered: true\n${drain}\nconfigMaps: [{ name: one }]`,
    { children: [one, job("drain", "Failed")] },
    [/Job drain failed/],
  ],
  [
    "the next group begins when the one before is finished",
    `ordered: true\ngroups: [{ configMaps: [{ name: one }] }, { ${drain} }]`,
    {},
    ["create Job drain", "Job drain to complete"],
  ],
  [
    "and not before",
    `ordered: true\ngroups: [{ configMaps: [{ name: one }] }, { ${drain} }]`,
    { children: [leaving] },
    ["ConfigMap one to be gone"],
  ],
  [
    "a group whose condition is false is skipped",
    `ordered: true\ngroups: [{ configMaps: [{ name: one }], when: [{ field: spec.go }] }, { ${drain} }]`,
    { children: [one] },
    ["create Job drain", "Job drain to complete"],
  ],
  ["all is skipped where the block's is", `${drain}\nwhen: [{ field: spec.go }]`, {}, []],
  ["an entry whose condition is false is off", "jobs: [{ name: a, image: b, when: [{ field: spec.go }] }]", {
    children: [job("a", "Failed")],
  }, []],
  [
    "forEach runs a Job for each element",
    'jobs: [{ name: "{{ .item }}", image: app, forEach: { field: spec.list } }]',
    { spec: { list: ["a", "b"] }, children: [job("a", "Complete")] },
    ["create Job b", "Job b to complete"],
  ],
  [
    "what cannot be rendered fails its entry alone",
    'jobs: [{ name: a, image: "{{ .spec.text.deep }}" }, { name: b, image: app }]',
    { spec: { text: "scalar" } },
    ["create Job b", "Job b to complete", /^ReconcileError onDelete\.jobs\[0\]: k\.yaml:\d+:\d+: /],
  ],
  [
    "but not what has been done",
    'jobs: [{ name: a, image: "{{ .spec.text.deep }}" }]\nconfigMaps: [{ name: "{{ .spec.text.deep }}" }]',
    { spec: { text: "scalar" }, children: [job("a", "Complete")] },
    [],
  ],
  [
    "nor that of another element",
    'jobs: [{ name: "{{ .item.name }}", image: "{{ .item.image.x }}", forEach: { field: spec.list } }]',
    {
      spec: { list: [{ name: "a", image: "scalar" }, { name: "b", image: { x: "app" } }] },
      children: [job("a", "Complete")],
    },
    ["create Job b", "Job b to complete"],
  ],
  [
    "a name that cannot be rendered holds while there is what it may be",
    'configMaps: [{ name: "{{ .spec.text.deep }}" }]',
    { spec: { text: "scalar" }, children: [one] },
    [/^ReconcileError onDelete\.configMaps\[0\]: k\.yaml/],
  ],
  [
    "a condition that cannot be evaluated begins nothing, and waits for what runs",
    `when: [{ field: "{{ .spec.text.deep }}" }]\njobs: [{ name: a, image: b }, { name: c, image: d }]`,
    { spec: { text: "scalar" }, children: [job("a", "runs")] },
    ["Job a to complete", /^ReconcileError onDelete\.jobs\[1\]: .*the condition cannot be evaluated/],
  ],
  ["a CR that cannot be evaluated fails the group", drain, { why: "no" }, ["ReconcileError onDelete: no"]],
  ["a kind that cannot be read fails its entries", drain, { unseen: "cannot read jobs" }, [
    "ReconcileError onDelete.jobs[0]: cannot read jobs",
  ]],
  [
    "a condition that reads a kind that cannot be read begins nothing",
    `when: [{ field: children.configMap.data.go }]\n${drain}`,
    { unseen: "cannot read configmaps", unseenKind: "ConfigMap" },
    ["ReconcileError onDelete.jobs[0]: cannot read configmaps"],
  ],
  ["a Job whose name cannot be rendered fails", 'jobs: [{ name: "{{ .spec.text.deep }}", image: app }]', {
    spec: { text: "scalar" },
  }, [/^ReconcileError onDelete\.jobs\[0\]: k\.yaml:\d+:\d+: Cannot read field "deep"/]],
  [
    "Jobs for each element of what is no collection fail",
    "jobs: [{ name: '{{ .item }}', image: app, forEach: { field: spec.list } }]",
    {
      spec: { list: "scalar" },
    },
    [/^ReconcileError onDelete\.jobs\[0\]: k\.yaml:\d+:\d+: forEach\.field "spec\.list" is neither a list nor a map$/],
  ],
  ["objects for each element of what is no collection hold while there is what they may be", each, {
    spec: { list: "scalar" },
    children: [foreign, observed(childOf({ name: "two", uid: "two-uid" }))],
  }, [/^ReconcileError onDelete\.configMaps\[0\]: .*forEach\.field/]],
  ["and not otherwise", each, { spec: { list: "scalar" }, children: [foreign, job("x", "runs")] }, []],
  ["objects that cannot be read hold", each, {
    spec: { list: "scalar" },
    unseen: "cannot read configmaps",
    unseenKind: "ConfigMap",
  }, ["ReconcileError onDelete.configMaps[0]: cannot read configmaps"]],
  [
    "an object is not deleted while its own condition is false",
    "configMaps: [{ name: one, when: [{ field: spec.go }] }]",
    {
      children: [one],
    },
    [],
  ],
  [
    "an object whose own condition cannot be evaluated holds",
    'configMaps: [{ name: one, when: [{ field: "{{ .spec.text.deep }}" }] }]',
    { spec: { text: "scalar" }, children: [one] },
    [/^ReconcileError onDelete\.configMaps\[0\]: k\.yaml:11:53: the condition cannot be evaluated: /],
  ],
  [
    "an object of a group whose condition cannot be evaluated holds",
    'when: [{ field: "{{ .spec.text.deep }}" }]\nconfigMaps: [{ name: one }]',
    { spec: { text: "scalar" }, children: [one] },
    [/^ReconcileError onDelete\.configMaps\[0\]: .*the condition cannot be evaluated: /],
  ],
  ["a kind that is not served has no objects", "configMaps: [{ name: one }]", {
    children: [one],
    notServed: ["ConfigMap"],
  }, []],
  ["after a foreground deletion the garbage collector comes first", drain, { finalizers: ["foregroundDeletion"] }, [
    "the garbage collector to delete its children (--cascade=foreground)",
  ]],
];

for (const [what, body, around, expected] of table) {
  Deno.test(`onDelete: ${what}`, () => {
    const decision = decide(body, around);
    const got = told(decision);
    assert.equal(got.length, expected.length, got.join("\n"));
    for (const [index, text] of expected.entries()) {
      if (typeof text === "string") assert.equal(got[index], text);
      else assert.match(got[index]!, text);
    }
    assert.equal(decision.group === undefined, expected.length === 0);
  });
}

Deno.test("Jobs of onDelete are marked, owned by the CR, created by POST, and have no time to live", () => {
  const spec = "{ ttlSecondsAfterFinished: 5, backoffLimit: 1, template: {} }";
  const { changes, jobs } = decide(
    `custom: [{ apiVersion: batch/v1, kind: Job, metadata: { name: a }, spec: ${spec} }]`,
  );
  const [change] = changes;
  assert.ok(change?.action === "create");
  assert.deepEqual([change.by, change.adopt, change.runs], ["post", false, true]);
  assert.deepEqual([change.force, change.satisfiedByAny, change.cause], [false, false, { why: "deletion" }]);
  assert.deepEqual(change.object["spec"], { backoffLimit: 1, template: {} });
  assert.equal(change.object.metadata.annotations?.["orkestra.orkspace.io/on-delete"], "true");
  assert.equal(change.object.metadata.ownerReferences?.[0]?.uid, "cr-uid");
  assert.deepEqual(jobs.map(({ object }) => object), [change.object]);
});

Deno.test("named objects are deleted in the foreground, retained ones too", () => {
  const retained = observed(childOf({
    annotations: { "orkestra.orkspace.io/deletion-policy": "Retain" },
    ownerReferences: [],
  }));
  const [change] = decide("configMaps: [{ name: one }]", { children: [retained] }).changes;
  assert.ok(change?.action === "delete");
  assert.deepEqual([change.uid, change.propagation], ["child-uid", "Foreground"]);
});

Deno.test("completed Jobs are found by their marks, under whatever name, and kept on record", () => {
  const status = { conditions: [{ type: "DeletionJobs", status: "True", message: "completed: far/x, shop/b" }] };
  const children = [job("a", "Complete"), job("c", "Failed"), job("d", "runs")];
  assert.deepEqual(decide(drain, { status, children }).completed, ["far/x", "shop/a", "shop/b"]);
});

Deno.test("there is a bound on the Jobs of one deletion", () => {
  const list = Array.from({ length: maxJobs + 1 }, (_, index) => `n${index}`);
  const body = 'jobs: [{ name: "{{ .item }}", image: app, forEach: { field: spec.list } }]';
  const { problems, changes } = decide(body, { spec: { list } });
  assert.equal(changes.length, 0);
  assert.match(problems[0]!.message, /more than 100 Jobs for one object/);
  assert.equal(decide(body, { spec: { list: list.slice(1) } }).changes.length, maxJobs);
});

Deno.test("a group is named as the Katalog names it, or by its place", () => {
  const groupOf = (body: string, children: readonly ObservedChild[] = []) => decide(body, { children }).group;
  assert.equal(groupOf(drain), "");
  assert.equal(groupOf(`ordered: true\ngroups: [{ name: backup, ${drain} }]`), 'group "backup"');
  assert.equal(groupOf(`ordered: true\ngroups: [{ configMaps: [{ name: one }] }, { ${drain} }]`), "groups[1]");
});

Deno.test("what fails is a failure of its entry", () => {
  assert.equal(decide(drain, { children: [job("drain", "Failed")] }).problems[0]!.state, "failed");
  assert.deepEqual(decide(drain, { why: "no" }).problems, [
    { entry: "onDelete", state: "failed", reason: "ReconcileError", message: "onDelete: no" },
  ]);
});

const namespaceChild = (annotations: Record<string, string> = {}): ObservedChild => {
  const { namespace: _none, ...metadata } = childOf({ name: "team", ownerReferences: [], annotations }).metadata;
  return observed({ apiVersion: "v1", kind: "Namespace", metadata }, builtInType("Namespace")!);
};
const inTeam: [what: string, children: readonly ObservedChild[], runs: boolean][] = [
  ["that the object has made", [namespaceChild()], true],
  ["that is not there", [], false],
  ["that the object adopted", [namespaceChild({ "orkestra.orkspace.io/adopted": "true" })], false],
  ["of somebody else", [{ ...namespaceChild(), managed: false }], false],
];

for (const [what, children, runs] of inTeam) {
  Deno.test(`onDelete: a Job ${runs ? "runs" : "does not run"} in a Namespace ${what}`, () => {
    const onReconcile = 'custom: [{ apiVersion: v1, kind: Namespace, metadata: { name: "{{ .spec.where }}" } }, ' +
      "{ apiVersion: a.dev/v1, kind: Zone, metadata: { name: z } }]";
    const body = 'jobs: [{ name: drain, namespace: "{{ .spec.where }}", image: app }]';
    const { changes, problems } = decide(body, { spec: { where: "team" }, children, onReconcile });
    assert.deepEqual(changes.map(({ action, key }) => `${action} ${key}`), runs ? ["create team/drain"] : []);
    assert.deepEqual(
      problems.map(({ message }) => message),
      runs ? [] : ["Job drain is not written: this object has not made its Namespace team"],
    );
  });
}

import assert from "node:assert/strict";
import { childOf, identity, observed } from "../../tests/support/decision.ts";
import { decide, wanted } from "../../tests/support/decide.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import type { UpdateChildPolicy } from "./change.ts";

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

const made = (image: string, digest = "d1", metadata: object = {}) =>
  wanted({ type: jobs, upkeep: "make", digest, object: { ...job(image), metadata: { name: "one", ...metadata } } });
const live = (metadata: Partial<KubeObject["metadata"]> = {}) => {
  const object = job("a");
  return observed({ ...object, metadata: { ...object.metadata, ...metadata } }, jobs, true);
};

Deno.test("a fixed child that says what it was created from causes no call, however it differs since", () => {
  const { changes, notUpdated } = decide([made("b")], [live()]);
  assert.deepEqual([changes, notUpdated], [[], []]);
});

Deno.test("a fixed child whose marks are not as they should be gets them by an update of them alone", () => {
  const applied = { "orkestra.orkspace.io/applied": "d1" };
  const cases: [Partial<KubeObject["metadata"]>][] = [
    [{ ownerReferences: [] }],
    [{ labels: {} }],
    [{ annotations: { ...applied, "orkestra.orkspace.io/declared-by": "shop/web" } }],
  ];
  for (const [metadata] of cases) {
    const { changes } = decide([made("a")], [live(metadata)]);
    assert.deepEqual(changes.map(({ action }) => action), ["update"], JSON.stringify(metadata));
  }
});

Deno.test("the digest of a fixed child is only updated when nothing differs from what is declared", () => {
  const digestOf = (image: string, annotations: Record<string, string>) => {
    const { changes: [change] } = decide([made(image, "d2")], [live({ ownerReferences: [], annotations })]);
    return change?.action === "update" && change.object.metadata.annotations?.["orkestra.orkspace.io/applied"];
  };
  const applied = { "orkestra.orkspace.io/applied": "d0" };
  assert.equal(digestOf("a", applied), "d2");
  assert.equal(digestOf("b", applied), "d0");
  assert.equal(digestOf("b", {}), "former");
});

Deno.test("a policy is not changed beside an update of the marks: the next pass does it", () => {
  const annotations = { "orkestra.orkspace.io/deletion-policy": "Retain" };
  const { changes } = decide([made("a", "d2", { annotations })], [live({ labels: {} })]);
  assert.deepEqual(changes.map(({ action }) => action), ["update"]);
});

Deno.test("a changed policy is reported in both directions", () => {
  const retained = { "orkestra.orkspace.io/deletion-policy": "Retain" };
  const fields = (declared: object, annotations: Record<string, string>) =>
    decide([made("a", "d2", declared)], [live({ annotations })]).changes
      .map((change) => change.action === "updatePolicy" && change.fields);
  assert.deepEqual(fields({ annotations: retained }, { "orkestra.orkspace.io/applied": "d1" }), [[
    "deletionPolicy Retain",
  ]]);
  assert.deepEqual(fields({}, { ...retained, "orkestra.orkspace.io/applied": "d1" }), [["deletionPolicy Delete"]]);
  const created = wanted({ upkeep: "create", object: childOf() });
  const child = observed(childOf({ annotations: retained, ownerReferences: [] }));
  assert.deepEqual(decide([created], [child]).notUpdated.map((each) => each.fields), [[
    "deletionPolicy, still Retain",
  ]]);
  assert.deepEqual(decide([created], [observed(childOf())]).notUpdated, []);
});

Deno.test("a growth that was refused is reported with the reason, until the claim or the declaration changes", () => {
  const declared = wanted({ type: claims, upkeep: "make", digest: "d2", object: claim("2Gi") });
  const decided = (refused: { digest: string; resourceVersion: string }) =>
    decide([declared], [observed(claim("1Gi"), claims, true)], { memory: { refused: { ...refused, why: "unbound" } } });
  const same = decided({ digest: "d2", resourceVersion: "5" });
  assert.deepEqual(same.changes, []);
  assert.deepEqual(same.notUpdated.map(({ fields }) => fields), [["spec.resources.requests.storage (unbound)"]]);
  for (const other of [{ digest: "d1", resourceVersion: "5" }, { digest: "d2", resourceVersion: "4" }]) {
    const again = decided(other);
    assert.deepEqual(again.changes.map(({ action }) => action), ["resize"]);
    assert.deepEqual(again.notUpdated, []);
  }
});

Deno.test("a claim whose live state is not kept is not resized on a guess", () => {
  const declared = wanted({ type: claims, upkeep: "make", digest: "d2", object: claim("2Gi") });
  assert.deepEqual(decide([declared], [observed(claim("1Gi"), claims, false)]).changes, []);
});

Deno.test("a fixed child of a former CR is taken over by its marks alone", () => {
  const former = { labels: { ...identity, "orkestra.orkspace.io/owner-uid": "former" }, ownerReferences: [] };
  const { changes: [change] } = decide([made("b", "d2")], [live(former)]);
  assert.deepEqual(change?.action === "adopt" && Object.keys(change.object), ["apiVersion", "kind", "metadata"]);
  assert.equal(
    change?.action === "adopt" && change.object.metadata.annotations?.["orkestra.orkspace.io/applied"],
    "d1",
  );
  const whole = decide([wanted()], [observed(childOf(former))]).changes[0];
  assert.deepEqual(whole?.action === "adopt" && whole.object["data"], { a: "b" }, "what is applied is sent whole");
});

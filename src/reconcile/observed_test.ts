import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import type { KubeObject, ManagedFieldsEntry, ResourceType } from "../k8s/object.ts";
import { observeChild, type Observer, ownerIndexes } from "./observed.ts";

const websites: ResourceType = {
  group: "demo.dev",
  version: "v1",
  kind: "Website",
  plural: "websites",
  namespaced: true,
};
const services: ResourceType = { group: "", version: "v1", kind: "Service", plural: "services", namespaced: true };

function observe(change: Partial<KubeObject["metadata"]>, observer: Partial<Observer> = {}, rest = {}) {
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: "1", ...change },
    spec: { ports: [] },
    status: { loadBalancer: {} },
    ...rest,
  };
  return observeChild(services, object, {
    crType: websites,
    depthOf: () => "status",
    isFixed: () => false,
    intern: (text) => text,
    ...observer,
  });
}

function controlledBy(apiVersion: string, kind: string, name: string): Partial<KubeObject["metadata"]> {
  return { ownerReferences: [{ apiVersion, kind, name, uid: "o", controller: true }] };
}

const cr: KubeObject = {
  apiVersion: "demo.dev/v1",
  kind: "Website",
  metadata: { name: "hello", namespace: "shop", uid: "cr" },
};

Deno.test("a child is looked up under the controller of the CR's kind, else under the uid in its labels", () => {
  const labels = { "orkestra.orkspace.io/owner-uid": "cr" };
  assert.equal(observe({ ...controlledBy("demo.dev/v2", "Website", "hello"), labels }).owner, "o");
  assert.equal(observe({ labels }).owner, "cr");
  assert.equal(observe({ ...controlledBy("else.dev/v1", "Website", "hello"), labels }).owner, "cr");
});

Deno.test("a child of a former version is looked up under the name of its CR", () => {
  const labels = { "orkestra-owner": "hello", "orkestra.orkspace.io/owner-namespace": "shop" };
  const { owner } = observe({ labels });
  assert.equal(owner, "shop/hello");
  assert.deepEqual(ownerIndexes(cr), ["cr", owner]);
  assert.equal(observe({ labels: { "orkestra-owner": "hello" } }).owner, "/hello");
  assert.equal(observe({ labels: { "orkestra.orkspace.io/owner-namespace": "shop" } }).owner, "shop/");
});

Deno.test("observeChild() keeps only what templates read", () => {
  const none = observe({ labels: { a: "b" } }, { depthOf: () => "none" }).view;
  assert.deepEqual(Object.keys(none.metadata), ["name", "namespace", "creationTimestamp"]);
  assert.deepEqual(Object.keys(observe({}, { depthOf: () => "metadata" }).view), ["apiVersion", "kind", "metadata"]);
  assert.deepEqual(Object.keys(observe({}).view), ["apiVersion", "kind", "metadata", "status"]);
  assert.deepEqual(Object.keys(observe({}, { depthOf: () => "whole" }).view).sort(), [
    "apiVersion",
    "kind",
    "metadata",
    "spec",
    "status",
  ]);
  assert.equal(observe({ managedFields: [] }, { depthOf: () => "whole" }).view.metadata.managedFields, undefined);
});

Deno.test("observeChild() reports whether our manager wrote to it, and its creator", () => {
  const theirs = { manager: "kubectl-create", operation: "Update", time: "2026-01-01T00:00:00Z" } as const;
  const ours = { manager: "orkestra", operation: "Apply", time: "2026-01-02T00:00:00Z" } as const;
  assert.equal(observe({}).managed, false);
  assert.equal(observe({ managedFields: [theirs] }).managed, false);
  const both = observe({ managedFields: [ours, theirs] });
  assert.deepEqual([both.managed, both.maker], [true, "kubectl-create"]);
});

Deno.test("what a box writes to its CRs does not make them children", () => {
  const entry = (fieldsV1: JsonMap, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
    manager: "orkestra",
    operation: "Update",
    fieldsV1,
    ...more,
  });
  const managed = (...managedFields: ManagedFieldsEntry[]) => observe({ managedFields }).managed;
  const status = entry({ "f:status": {} }, { subresource: "status" });
  const onCr = entry({ "f:metadata": { "f:finalizers": {}, "f:labels": { ".": {}, "f:team": {} } } });
  assert.equal(managed(status), false);
  assert.equal(managed(status, onCr), false);
  const created = { "f:metadata": { "f:labels": { "f:orkestra.orkspace.io/owner-uid": {} } } };
  assert.equal(managed(status, onCr, entry(created)), true);
  assert.equal(managed(entry({ "f:metadata": { "f:labels": { "f:orkestra.orkspace.io/box": {} } } })), true);
  assert.equal(managed(entry({ "f:metadata": { "f:ownerReferences": {} } })), true);
  assert.equal(managed(entry({ "f:spec": {} })), true);
  assert.equal(managed(status, entry({ "f:metadata": {} }, { operation: "Apply" })), true);
});

Deno.test("observeChild() keeps the whole object of kinds that are never changed in place, and of no others", () => {
  assert.equal(observe({}).fixed, undefined);
  assert.deepEqual(observe({}, { isFixed: () => true }).fixed?.["spec"], { ports: [] });
});

Deno.test("a Job has finished when a condition says so", () => {
  const jobs = { group: "batch", version: "v1", kind: "Job", plural: "jobs", namespaced: true };
  const finished = (conditions: unknown) =>
    observeChild(jobs, { apiVersion: "batch/v1", kind: "Job", metadata: { name: "a" }, status: { conditions } }, {
      crType: websites,
      depthOf: () => "none",
      isFixed: () => false,
      intern: (text) => text,
    }).finished;
  assert.equal(finished(undefined), false);
  assert.equal(finished([{ type: "Complete", status: "False" }, { type: "Suspended", status: "True" }]), false);
  assert.equal(finished([{ type: "Complete", status: "True" }]), true);
  assert.equal(finished([{ type: "Failed", status: "True" }]), true);
});

Deno.test("a Job that failed says why, as far as it is known", () => {
  const jobs = { group: "batch", version: "v1", kind: "Job", plural: "jobs", namespaced: true };
  const failure = (condition: object, type = jobs) =>
    observeChild(type, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "a" },
      status: { conditions: [{ type: "Failed", status: "False", reason: "Not" }, condition] },
    }, { crType: websites, depthOf: () => "none", isFixed: () => false, intern: (text) => text }).failure;
  const failed = { type: "Failed", status: "True" };
  assert.equal(failure({ ...failed, reason: "R", message: "m" }), "R: m");
  assert.equal(failure({ ...failed, reason: "R" }), "R");
  assert.equal(failure({ ...failed, message: "m" }), "m");
  assert.equal(failure(failed), "no reason given");
  assert.equal(failure({ type: "Complete", status: "True" }), undefined);
  assert.equal(failure({ ...failed, reason: "R" }, { ...jobs, group: "other.dev" }), undefined, "no Job of batch");
});

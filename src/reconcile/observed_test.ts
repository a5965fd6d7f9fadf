import assert from "node:assert/strict";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import { observeChild, type Observer } from "./observed.ts";

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
    intern: (text) => text,
    ...observer,
  });
}

function controlledBy(apiVersion: string, kind: string, name: string): Partial<KubeObject["metadata"]> {
  return { ownerReferences: [{ apiVersion, kind, name, uid: "o", controller: true }] };
}

Deno.test("observeChild() believes the controller reference before the labels", () => {
  const labels = { "orkestra-owner": "liar", "orkestra.orkspace.io/owner-namespace": "shop" };
  assert.equal(observe({ ...controlledBy("demo.dev/v2", "Website", "hello"), labels }).owner, "shop/hello");
  assert.equal(observe({ labels }).owner, "shop/liar");
  assert.equal(observe({ ...controlledBy("else.dev/v1", "Website", "hello"), labels }).owner, "shop/liar");
});

Deno.test("observeChild() names cluster-scoped owners without a namespace", () => {
  const crType = { ...websites, namespaced: false };
  assert.equal(observe(controlledBy("demo.dev/v1", "Website", "hello"), { crType }).owner, "/hello");
});

Deno.test("observeChild() keeps no more than the templates read", () => {
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

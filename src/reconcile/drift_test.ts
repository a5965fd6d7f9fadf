import assert from "node:assert/strict";
import { driftOf, managersOf } from "./drift.ts";

const set = (fields: unknown, name = "kubectl-edit", time = "2026-01-02T00:00:00Z") => ({
  name,
  fields: JSON.stringify(fields),
  time,
});
const owned = (fields: unknown) => ({ fields: JSON.stringify(fields) });
const leaf = {};

Deno.test("driftOf() names the fields that our set has lost, and the manager that owns them now", () => {
  const before = { "f:spec": { "f:replicas": leaf, "f:paused": leaf } };
  const now = {
    owned: owned({ "f:spec": { "f:paused": leaf } }),
    managers: [set({ "f:spec": { "f:replicas": leaf } })],
  };
  assert.deepEqual(driftOf(before, now), { fields: ["spec.replicas"], by: "kubectl-edit" });
});

Deno.test("driftOf() names no manager for a field without one, and the leaves below a subtree that is gone", () => {
  const before = { "f:metadata": { "f:labels": { "f:a.example/b": leaf, "f:c": leaf } } };
  const drift = driftOf(before, { owned: undefined, managers: [set({ "f:spec": leaf })] });
  assert.deepEqual(drift, { fields: ['metadata.labels["a.example/b"]', "metadata.labels.c"], by: undefined });
});

Deno.test("driftOf() takes a complete set for a changed value, and names the last writer", () => {
  const before = { "f:data": { "f:a": leaf } };
  const managers = [set({ "f:other": leaf }, "newest")];
  assert.deepEqual(driftOf(before, { owned: owned(before), managers }), { fields: [], by: "newest" });
});

Deno.test("driftOf() names list items by their keys, and three paths at most", () => {
  const containers = { 'k:{"name":"app"}': { ".": leaf, "f:image": leaf }, 'v:"x"': leaf, "i:0": leaf };
  const before = { "f:spec": { "f:containers": containers, "f:a": leaf, "f:b": leaf } };
  const { fields } = driftOf(before, { owned: owned({ "f:spec": { "f:b": leaf } }), managers: [] });
  assert.deepEqual(fields, ["spec.containers[name=app].image", 'spec.containers["x"]', "spec.containers[0]"]);
});

Deno.test("driftOf() names the newest of the managers that own one of the fields", () => {
  const before = { "f:spec": { "f:a": leaf, "f:b": leaf } };
  const managers = [
    set({ "f:spec": { "f:c": leaf } }, "another field"),
    set({ "f:spec": { "f:b": leaf } }, "newest"),
    set({ "f:spec": { "f:a": leaf, "f:b": leaf } }, "older"),
  ];
  assert.equal(driftOf(before, { owned: undefined, managers }).by, "newest");
});

Deno.test("driftOf() names an item by all of its keys, and takes a manager of one of its fields for no other's", () => {
  const port = 'k:{"containerPort":80,"protocol":"TCP"}';
  const before = { "f:ports": { [port]: { ".": leaf, "f:name": leaf } } };
  const managers = [
    set({ "f:ports": { [port]: { ".": leaf, "f:hostPort": leaf } } }, "one field"),
    set({ "f:ports": { [port]: { ".": leaf, "f:name": leaf } } }, "this field"),
  ];
  assert.deepEqual(driftOf(before, { owned: owned({}), managers }), {
    fields: ["ports[containerPort=80,protocol=TCP].name"],
    by: "this field",
  });
});

Deno.test("driftOf() takes a manager that owns a parent for the owner of what is below", () => {
  const before = { "f:data": { "f:a": leaf } };
  const managers = [set({ "f:data": leaf }, "whole")];
  assert.equal(driftOf(before, { owned: owned({}), managers }).by, "whole");
});

Deno.test("managersOf() returns others newest first, no subresources except scale, and the creator", () => {
  const entry = (manager: string, time: string, subresource?: string) => ({
    manager,
    time,
    operation: "Update" as const,
    fieldsV1: { "f:spec": {} },
    ...(subresource === undefined ? {} : { subresource }),
  });
  const { others, maker } = managersOf({
    name: "a",
    managedFields: [
      entry("orkestra", "2026-01-02T00:00:00Z"),
      entry("kubectl-create", "2026-01-01T00:00:00Z"),
      entry("kube-controller-manager", "2026-01-05T00:00:00Z", "status"),
      entry("kubectl-scale", "2026-01-04T00:00:00Z", "scale"),
    ],
  });
  assert.deepEqual(others.map(({ name }) => name), ["kubectl-scale", "kubectl-create"]);
  assert.equal(maker, "kubectl-create");
  assert.deepEqual(managersOf({ name: "a" }), { others: [], maker: undefined });
  const many = Array.from({ length: 12 }, (_, index) => entry(`m${index}`, `2026-01-${10 + index}T00:00:00Z`));
  assert.deepEqual(managersOf({ name: "a", managedFields: many }).others.map(({ name }) => name), [
    "m11",
    "m10",
    "m9",
    "m8",
    "m7",
    "m6",
    "m5",
    "m4",
  ]);
  const { fieldsV1: _none, ...empty } = entry("empty", "2026-01-01T00:00:00Z");
  assert.deepEqual(managersOf({ name: "a", managedFields: [empty] }), { others: [], maker: "empty" });
});

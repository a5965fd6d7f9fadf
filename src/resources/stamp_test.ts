import assert from "node:assert/strict";
import type { ExpandContext } from "./shorthand.ts";
import { childLabels, childMetadata, ownerReference, systemLabels } from "./stamp.ts";

const owner = { apiVersion: "demo.example.org/v1", kind: "Shop", name: "acme", namespace: "retail", uid: "u-1" };
const context: ExpandContext = { owner, workloads: [] };
const { namespace: _none, ...clusterOwner } = owner;
const clusterContext: ExpandContext = { ...context, owner: clusterOwner };

Deno.test("systemLabels() marks a child of a cluster-scoped CR with an empty namespace", () => {
  assert.equal(systemLabels(context, "web")["orkestra.orkspace.io/owner-namespace"], "retail");
  assert.equal(systemLabels(clusterContext, "web")["orkestra.orkspace.io/owner-namespace"], "");
});

Deno.test("systemLabels() gives two long names two values", () => {
  const name = "x".repeat(63);
  const one = systemLabels(context, `${name}a`)["app.kubernetes.io/name"]!;
  const other = systemLabels(context, `${name}b`)["app.kubernetes.io/name"]!;
  assert.notEqual(one, other);
  assert.ok(one.length <= 63 && other.length <= 63);
});

Deno.test("childLabels() lets no label of the author stand in for one of the system", () => {
  const fields = { labels: { "orkestra-owner": "other", team: "front" } };
  const labels = childLabels({ name: "web", namespace: "retail", fields }, context);
  assert.equal(labels["orkestra-owner"], "acme");
  assert.equal(labels["team"], "front");
});

Deno.test("childMetadata() leaves out what an author writes under the system's prefix", () => {
  const keys = { "orkestra.orkspace.io/box": "x", "orkestra.orkspace.io/deletion-policy": "Retain" };
  const fields = { labels: { ...keys, team: "front" }, annotations: { ...keys, note: "a" } };
  const { labels, annotations } = childMetadata({ name: "web", namespace: "retail", fields }, context);
  assert.equal(labels!["orkestra.orkspace.io/box"], undefined);
  assert.equal(labels!["team"], "front");
  assert.deepEqual(annotations, { note: "a" });
});

Deno.test("ownerReference() is given only where Kubernetes allows one", () => {
  const reference = {
    apiVersion: "demo.example.org/v1",
    kind: "Shop",
    name: "acme",
    uid: "u-1",
    controller: true,
    blockOwnerDeletion: true,
  };
  assert.deepEqual(ownerReference(context, "retail"), reference);
  assert.equal(ownerReference(context, "audit"), undefined);
  assert.equal(ownerReference(context, undefined), undefined);
  assert.deepEqual(ownerReference(clusterContext, "audit"), reference);
  assert.deepEqual(ownerReference(clusterContext, undefined), reference);
});

Deno.test("childMetadata() has no empty maps and no lists without items", () => {
  const entry = { name: "web", namespace: "audit", fields: {} };
  assert.deepEqual(Object.keys(childMetadata(entry, context)), ["name", "namespace", "labels"]);
});

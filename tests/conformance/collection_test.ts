import assert from "node:assert/strict";
import type { Body } from "./api.ts";
import { conformanceTest } from "./both.ts";

const mapsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

function ownedBy(owner: Body, more: object = {}): object {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    ...more,
  };
}

conformanceTest("what an owner owns goes with it, and what that owns", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const owner = await api.create(path, { metadata: { name: "owner" } });
  const child = await api.create(path, { metadata: { name: "child", ownerReferences: [ownedBy(owner)] } });
  await api.create(path, { metadata: { name: "grandchild", ownerReferences: [ownedBy(child)] } });
  await api.create(path, { metadata: { name: "other" } });
  await api.remove(`${path}/owner`);
  await api.untilGone(`${path}/child`);
  await api.untilGone(`${path}/grandchild`);
  await api.get(`${path}/other`);
});

conformanceTest("an object whose owner is not there is collected", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const absent = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "absent", uid: crypto.randomUUID() } };
  await api.create(path, { metadata: { name: "orphan", ownerReferences: [ownedBy(absent)] } });
  await api.untilGone(`${path}/orphan`);
});

conformanceTest("an owner of the same name but another uid is not an owner", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const owner = await api.create(path, { metadata: { name: "owner" } });
  const former = { ...owner, metadata: { ...owner.metadata, uid: crypto.randomUUID() } };
  await api.create(path, { metadata: { name: "child", ownerReferences: [ownedBy(former)] } });
  await api.untilGone(`${path}/child`);
});

conformanceTest("an owner in another namespace is not an owner", async ({ api, namespace }) => {
  const owner = await api.get("/api/v1/namespaces/default/serviceaccounts/default").catch(async () => {
    return await api.until("default has its account", "/api/v1/namespaces/default/serviceaccounts/default");
  });
  const path = mapsOf(namespace);
  const reference = { apiVersion: "v1", kind: "ServiceAccount", name: "default", uid: owner.metadata.uid };
  await api.create(path, { metadata: { name: "child", ownerReferences: [reference] } });
  await api.untilGone(`${path}/child`);
});

conformanceTest("a cluster-scoped owner holds what is in a namespace", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
  const owner = await api.create(roles, { metadata: { name: namespace }, rules: [] });
  const reference = { apiVersion: owner.apiVersion, kind: "ClusterRole", name: namespace, uid: owner.metadata.uid };
  await api.create(path, { metadata: { name: "child", ownerReferences: [reference] } });
  await api.remove(`${roles}/${namespace}`);
  await api.untilGone(`${path}/child`);
});

conformanceTest("an object with another owner left stays, without the one that went", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const one = await api.create(path, { metadata: { name: "one" } });
  const two = await api.create(path, { metadata: { name: "two" } });
  await api.create(path, { metadata: { name: "child", ownerReferences: [ownedBy(one), ownedBy(two)] } });
  await api.remove(`${path}/one`);
  const child = await api.until(
    "one owner is left",
    `${path}/child`,
    ({ metadata }) => metadata.ownerReferences.length === 1,
  );
  assert.equal(child.metadata.ownerReferences[0].name, "two");
});

conformanceTest("orphaning leaves the dependents, without their owner", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const owner = await api.create(path, { metadata: { name: "owner" } });
  await api.create(path, { metadata: { name: "child", ownerReferences: [ownedBy(owner)] } });
  await api.remove(`${path}/owner?propagationPolicy=Orphan`);
  await api.untilGone(`${path}/owner`);
  const child = await api.get(`${path}/child`);
  assert.equal(child.metadata.ownerReferences, undefined);
});

/** Owned by `owner`, as an operator applies it. */
function child(name: string, owner: Body, more: object = {}): object {
  const ownerReferences = [ownedBy(owner, { controller: true, blockOwnerDeletion: true })];
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ownerReferences }, ...more };
}

/** Fields of the metadata that a manager owns by apply. */
function appliedMetadata({ metadata }: Body, manager: string): string[] {
  const entry = metadata.managedFields.find((each: Body) => each.manager === manager && each.operation === "Apply");
  return Object.keys(entry?.fieldsV1["f:metadata"] ?? {});
}

conformanceTest("orphaning lets go of what was applied, and of nothing else in it", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const owner = await api.create(path, { metadata: { name: "owner" } });
  const other = await api.create(path, { metadata: { name: "other" } });
  const applied = (name: string) => `${path}/${name}?fieldManager=operator&force=true`;
  const first = await api.patch("apply", applied("child"), child("child", owner, { data: { a: "1" } }));
  assert.deepEqual(appliedMetadata(first, "operator"), ["f:ownerReferences"]);
  await api.create(path, { metadata: { name: "two", ownerReferences: [ownedBy(owner), ownedBy(other)] } });
  await api.remove(`${path}/owner`, { propagationPolicy: "Orphan", preconditions: { uid: owner.metadata.uid } });
  await api.untilGone(`${path}/owner`);
  const orphan = await api.get(`${path}/child`);
  assert.equal(orphan.metadata.uid, first.metadata.uid);
  assert.equal(orphan.metadata.ownerReferences, undefined);
  assert.deepEqual(orphan.data, { a: "1" });
  assert.deepEqual(appliedMetadata(orphan, "operator"), []);
  const { ownerReferences } = (await api.get(`${path}/two`)).metadata;
  assert.deepEqual(ownerReferences.map((each: Body) => each.name), ["other"]);
  // A recreated owner takes it back by applying it.
  const recreated = await api.create(path, { metadata: { name: "owner" } });
  const again = await api.patch("apply", applied("child"), child("child", recreated, { data: { a: "1" } }));
  assert.equal(again.metadata.uid, first.metadata.uid);
  assert.equal(again.metadata.ownerReferences[0].uid, recreated.metadata.uid);
  await api.remove(`${path}/owner`, { propagationPolicy: "Background" });
  await api.untilGone(`${path}/child`);
});

conformanceTest("orphaning continues while another finalizer holds the owner", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const owner = await api.create(path, { metadata: { name: "owner", finalizers: ["example.com/x"] } });
  await api.create(path, child("child", owner));
  const response = await api.remove(`${path}/owner?propagationPolicy=Orphan`);
  assert.deepEqual(response.metadata.finalizers, ["example.com/x", "orphan"]);
  await api.until("orphaning is done", `${path}/owner`, ({ metadata }) => !metadata.finalizers.includes("orphan"));
  const { metadata } = await api.get(`${path}/child`);
  assert.deepEqual([metadata.ownerReferences, metadata.deletionTimestamp], [undefined, undefined]);
  await api.patch("merge", `${path}/owner`, { metadata: { finalizers: null } });
  await api.untilGone(`${path}/owner`);
  await api.get(`${path}/child`);
});

conformanceTest("a reference that is applied to an object counts like one that it was made with", async (test) => {
  const { api, namespace } = test;
  const path = mapsOf(namespace);
  const absent = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "absent", uid: crypto.randomUUID() } };
  await api.create(path, { metadata: { name: "child" } });
  await api.patch("apply", `${path}/child?fieldManager=operator&force=true`, child("child", absent));
  await api.untilGone(`${path}/child`);
});

conformanceTest("a uid under another name or kind is not an owner", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const owner = await api.create(path, { metadata: { name: "owner" } });
  const renamed = { ...owner, metadata: { ...owner.metadata, name: "other" } };
  const retyped = { ...owner, kind: "Secret" };
  await api.create(path, { metadata: { name: "renamed", ownerReferences: [ownedBy(renamed)] } });
  await api.create(path, { metadata: { name: "retyped", ownerReferences: [ownedBy(retyped)] } });
  await api.create(path, { metadata: { name: "child", ownerReferences: [ownedBy(owner)] } });
  await api.untilGone(`${path}/renamed`);
  await api.untilGone(`${path}/retyped`);
  await api.get(`${path}/child`);
});

conformanceTest("foreground deletion waits for what blocks it", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const owner = await api.create(path, { metadata: { name: "owner" } });
  const reference = ownedBy(owner, { blockOwnerDeletion: true });
  await api.create(path, { metadata: { name: "child", finalizers: ["example.com/x"], ownerReferences: [reference] } });
  const response = await api.remove(`${path}/owner`, { propagationPolicy: "Foreground" });
  assert.deepEqual(response.metadata.finalizers, ["foregroundDeletion"]);
  await api.until(
    "the child is being deleted",
    `${path}/child`,
    ({ metadata }) => metadata.deletionTimestamp !== undefined,
  );
  await api.get(`${path}/owner`);
  await api.patch("merge", `${path}/child`, { metadata: { finalizers: null } });
  await api.untilGone(`${path}/child`);
  await api.untilGone(`${path}/owner`);
});

conformanceTest("foreground deletion does not wait for what does not block it", async ({ api, namespace }) => {
  const path = mapsOf(namespace);
  const owner = await api.create(path, { metadata: { name: "owner" } });
  await api.create(path, {
    metadata: { name: "child", finalizers: ["example.com/x"], ownerReferences: [ownedBy(owner)] },
  });
  await api.remove(`${path}/owner?propagationPolicy=Foreground`);
  await api.untilGone(`${path}/owner`);
  await api.patch("merge", `${path}/child`, { metadata: { finalizers: null } });
  await api.untilGone(`${path}/child`);
});

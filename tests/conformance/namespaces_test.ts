import assert from "node:assert/strict";
import { conformanceTest } from "./both.ts";

conformanceTest("a namespace has its first objects", async ({ api, namespace }) => {
  await api.until("the account", `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
  await api.until("the CA bundle", `/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`);
  const object = await api.get(`/api/v1/namespaces/${namespace}`);
  assert.equal(object.status.phase, "Active");
  assert.deepEqual(object.spec.finalizers, ["kubernetes"]);
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) {
    await api.get(`/api/v1/namespaces/${name}`);
  }
});

conformanceTest("a deleted namespace takes nothing new, empties, and goes", async ({ api, namespace }) => {
  const path = `/api/v1/namespaces/${namespace}`;
  await api.create(`${path}/configmaps`, { metadata: { name: "held", finalizers: ["example.com/x"] } });
  await api.create(`${path}/secrets`, { metadata: { name: "free" } });
  const response = await api.remove(path);
  assert.equal(response.status.phase, "Terminating");
  assert.ok(response.metadata.deletionTimestamp);
  await api.untilGone(`${path}/secrets/free`);
  const refused = await api.send("POST", `${path}/secrets`, { metadata: { name: "late" } });
  assert.equal(refused.status, 403);
  assert.equal(refused.body.reason, "Forbidden");
  assert.equal(refused.body.details.causes[0].reason, "NamespaceTerminating");
  const held = await api.until(
    "it is being deleted",
    `${path}/configmaps/held`,
    ({ metadata }) => metadata.deletionTimestamp,
  );
  assert.deepEqual(held.metadata.finalizers, ["example.com/x"]);
  await api.get(path);
  await api.patch("merge", `${path}/configmaps/held`, { metadata: { finalizers: null } });
  await api.untilGone(path);
});

conformanceTest("a namespace can be made again under its name", async ({ api, namespace }) => {
  const name = `${namespace}-again`;
  const first = await api.create("/api/v1/namespaces", { metadata: { name } });
  await api.remove(`/api/v1/namespaces/${name}`);
  await api.untilGone(`/api/v1/namespaces/${name}`);
  const second = await api.create("/api/v1/namespaces", { metadata: { name } });
  assert.notEqual(second.metadata.uid, first.metadata.uid);
  await api.remove(`/api/v1/namespaces/${name}`);
});

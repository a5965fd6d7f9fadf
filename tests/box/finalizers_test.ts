import assert from "node:assert/strict";
import { demos, operatorFor } from "./operator.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const box = 'onReconcile: { configMaps: [{ name: "{{ .metadata.name }}-c", data: { a: b } }] }';

Deno.test("declared finalizers are set, and taken off when the object is deleted", async () => {
  await using operator = await operatorFor({
    box: `finalizers: [shop.example.org/books, shop.example.org/stock]\n${box}`,
  });
  await operator.demo("a", {});
  const { metadata } = await operator.until(`${demos}/a`, (cr) => (cr.metadata.finalizers ?? []).length > 0);
  assert.deepEqual(metadata.finalizers, ["shop.example.org/books", "shop.example.org/stock"]);
  await operator.until(`${maps}/a-c`, () => true);
  await operator.idle(2);
  operator.calls();
  await operator.idle(2);
  assert.deepEqual(operator.calls(), [], "they are set once");
  await operator.request("DELETE", `${demos}/a`);
  await operator.untilGone(`${demos}/a`);
});

Deno.test("finalizers of others stay until they are taken off", async () => {
  await using operator = await operatorFor({ box: `finalizers: [shop.example.org/books]\n${box}` });
  await operator.request("POST", demos, {
    apiVersion: "demo.dev/v1",
    kind: "Demo",
    metadata: { name: "a", finalizers: ["other.example.org/mine"] },
    spec: {},
  });
  await operator.until(`${demos}/a`, (cr) => cr.metadata.finalizers?.length === 2);
  await operator.request("DELETE", `${demos}/a`);
  const { metadata } = await operator.until(`${demos}/a`, (cr) => cr.metadata.finalizers?.length === 1);
  assert.deepEqual(metadata.finalizers, ["other.example.org/mine"]);
});

Deno.test("removeFinalizers takes those of the operator off, and sets none", async () => {
  await using operator = await operatorFor({
    box: `finalizers: [shop.example.org/books]\n${box}\nonDelete: { configMaps: [{ name: "{{ .metadata.name }}-c" }] }`,
    more: "removeFinalizers: true",
  });
  const finalizers = ["shop.example.org/books", "demo.orkestra.orkspace.io/cleanup", "other.example.org/mine"];
  await operator.request("POST", demos, {
    apiVersion: "demo.dev/v1",
    kind: "Demo",
    metadata: { name: "a", finalizers },
    spec: {},
  });
  const { metadata } = await operator.until(`${demos}/a`, (cr) => cr.metadata.finalizers?.length === 1);
  assert.deepEqual(metadata.finalizers, ["other.example.org/mine"]);
});

Deno.test("ignoreStatusPatch writes no status, ignoreObservedGeneration no generation", async () => {
  await using silent = await operatorFor({ box, more: "ignoreStatusPatch: true" });
  await silent.demo("a", {});
  await silent.until(`${maps}/a-c`, () => true);
  await silent.idle(2);
  assert.equal((await silent.get(`${demos}/a`))!["status"], undefined);
  await using operator = await operatorFor({ box, more: "ignoreObservedGeneration: true" });
  await operator.demo("a", {});
  const { status } = await operator.until(`${demos}/a`, (cr) => cr["status"]?.conditions !== undefined);
  assert.equal("observedGeneration" in status, false);
});

Deno.test("a CR does not wait for a PersistentVolume that its claim still holds, which goes with the CR", async () => {
  await using operator = await operatorFor({
    box: `onReconcile:
  persistentVolumes: [{ name: "{{ .metadata.name }}-pv", capacity: 1Gi, hostPath: /data }]
  persistentVolumeClaims: [{ name: "{{ .metadata.name }}-data", storage: 1Gi }]`,
  });
  const volume = "/api/v1/persistentvolumes/a-pv";
  await operator.demo("a", {});
  await operator.until(volume, () => true);
  const protect = (finalizers: readonly string[] | null) =>
    operator.request("PATCH", volume, { metadata: { finalizers } }, "application/merge-patch+json");
  await protect(["example.org/claimed"]);
  await operator.request("DELETE", `${demos}/a`);
  await operator.untilGone(`${demos}/a`);
  assert.notEqual((await operator.get(volume))?.metadata.deletionTimestamp, undefined);
  await operator.untilGone("/api/v1/namespaces/default/persistentvolumeclaims/a-data");
  await protect(null);
  await operator.untilGone(volume);
});

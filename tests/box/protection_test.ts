import assert from "node:assert/strict";
import { conditionOf, createCluster, demoOf, demos, operatorFor, start, untilIdle } from "./operator.ts";

const label = "orkestra.io/deletion-protection";
const box = "onReconcile:\n  configMaps: [{ name: '{{ .metadata.name }}', data: { a: b } }]";
const merge = "application/merge-patch+json";
const security = "{ deletionProtection: {} }";
const labels = (value: string | null) => ({ metadata: { labels: { [label]: value } } });

Deno.test("a CR is labelled, a user takes the label off, and it stays off until the CR is deleted", async () => {
  await using operator = await operatorFor({ box }, {}, undefined, { security });
  await operator.demo("a", {});
  const cr = await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "DeletionProtected")?.status === "True");
  assert.equal(cr.metadata.labels?.[label], "true");

  await operator.request("PATCH", `${demos}/a?fieldManager=user`, labels(null), merge);
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "DeletionProtected")?.reason === "LabelRemoved");
  await operator.idle(2);
  assert.equal((await operator.get(`${demos}/a`))!.metadata.labels?.[label], undefined);

  await operator.request("PATCH", `${demos}/a?fieldManager=user`, labels("true"), merge);
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "DeletionProtected")?.status === "True");
});

Deno.test("strict mode restores the label, until the CR is overridden", async () => {
  const strict = "{ deletionProtection: { strictMode: true } }";
  await using operator = await operatorFor({ box }, {}, undefined, { security: strict });
  await operator.demo("a", {});
  const isLabelled = (value: string | undefined) =>
    operator.until(`${demos}/a`, ({ metadata }) => metadata.labels?.[label] === value);
  await isLabelled("true");
  await operator.request("PATCH", `${demos}/a?fieldManager=user`, labels("no"), merge);
  await isLabelled("true");

  const { metadata } = labels(null);
  const override = { ...metadata, annotations: { "orkestra.io/deletion-override": "incident 12" } };
  await operator.request("PATCH", `${demos}/a?fieldManager=user`, { metadata: override }, merge);
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "DeletionProtected")?.reason === "LabelRemoved");
  await operator.idle(2);
  await isLabelled(undefined);
});

Deno.test("the label goes with the next Katalog that does not protect CRs", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  await cluster.request("POST", demos, demoOf("a"));
  {
    await using _first = await start(cluster, [{ key: "demo", box }], { security });
    await cluster.until(`${demos}/a`, (cr) => conditionOf(cr, "DeletionProtected")?.status === "True");
  }
  const more = "deletionProtection: { protectCRs: false }";
  await using second = await start(cluster, [{ key: "demo", box, more, reconciler: "resync: 200ms" }], { security });
  const cr = await cluster.until(`${demos}/a`, ({ metadata }) => metadata.labels?.[label] === undefined);
  assert.equal(cr.metadata.name, "a");
  await cluster.until(`${demos}/a`, (cr) => conditionOf(cr, "DeletionProtected") === undefined);
  await untilIdle(second.messages, 2);
});

Deno.test("a CR in a namespace that is not allowed is left alone, and can be deleted", async () => {
  await using operator = await operatorFor({ box, more: "allowedNamespaces: [default]" });
  const elsewhere = "/apis/demo.dev/v1/namespaces/kube-public/demos";
  const finalizers = ["demo.orkestra.orkspace.io/cleanup"];
  const astray = demoOf("astray") as { metadata: Record<string, unknown> };
  await operator.request("POST", elsewhere, { ...astray, metadata: { ...astray.metadata, finalizers } });
  await operator.demo("a", {});
  await operator.until("/api/v1/namespaces/default/configmaps/a", () => true);
  await operator.idle(2);
  assert.equal(await operator.get("/api/v1/namespaces/kube-public/configmaps/astray"), undefined);
  assert.equal((await operator.get(`${elsewhere}/astray`))!["status"], undefined);
  await operator.request("DELETE", `${elsewhere}/astray`);
  await operator.untilGone(`${elsewhere}/astray`);
});

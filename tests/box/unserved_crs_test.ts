import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Between, type Cluster, conditionOf, createCluster, demoOf, demos, start } from "./operator.ts";
import { firstLine } from "./first_line.ts";

// The version of the CRs is switched off and on: they are there again, as they were.

const definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/demos.demo.dev";
const maps = "/api/v1/namespaces/default/configmaps";
const merge = "application/merge-patch+json";

async function serve(cluster: Cluster, served: boolean): Promise<void> {
  const { versions } = (await cluster.get(definition))!["spec"];
  const v1 = versions.find(({ name }: { name: string }) => name === "v1");
  const patch = { spec: { versions: [{ ...v1, served }, { ...v1, served: true, name: "v2", storage: false }] } };
  await cluster.request("PATCH", definition, patch, merge);
}

function isReady(cr: KubeObject): boolean {
  return conditionOf(cr, "Ready")?.status === "True";
}

type Operator = Awaited<ReturnType<typeof start>>;

async function switchOff(cluster: Cluster, { messages }: Operator): Promise<void> {
  await serve(cluster, false);
  await waitFor(
    "the kind is not served",
    () => messages.some((message) => message.type === "informer" && /does not serve Demo/.test(message.error ?? "")),
  );
}

const box = 'onReconcile:\n  configMaps: [{ name: "{{ .metadata.name }}", data: { host: "{{ .spec.host }}" } }]';

Deno.test("CRs whose version was switched off and on are reconciled and deleted as before", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  await using operator = await start(cluster, [{ key: "demo", reconciler: "resync: 1h", box }]);
  for (const name of ["a", "b"]) await cluster.request("POST", demos, demoOf(name, { host: name }));
  for (const name of ["a", "b"]) await cluster.until(`${demos}/${name}`, isReady);
  await switchOff(cluster, operator);
  await cluster.request("DELETE", `${maps}/a`);
  await serve(cluster, true);
  await cluster.until(`${maps}/a`, () => true);
  await cluster.request("DELETE", `${maps}/b`);
  await cluster.until(`${maps}/b`, () => true);
});

Deno.test("no CR has a pass before all are listed again: another one may have its value", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  let isHeld = false;
  let held = 0;
  const released = Promise.withResolvers<void>();
  const between: Between = async (request, forward) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!isHeld || !pathname.endsWith("/demos") || !searchParams.has("watch")) return await forward();
    return firstLine(await forward(), () => held++, released.promise);
  };
  const more = `validation:
  rules:
    - { field: spec.host, operator: unique, message: "{{ .spec.host }} is taken" }`;
  await using operator = await start(cluster, [{ key: "demo", reconciler: "resync: 1h", more, box }], { between });
  // The younger one is first in a list.
  await cluster.request("POST", demos, demoOf("z", { host: "x" }));
  const { metadata: { creationTimestamp } } = await cluster.until(`${demos}/z`, isReady);
  await waitFor("another second", () => Date.now() > Date.parse(creationTimestamp!) + 1_100);
  await cluster.request("POST", demos, demoOf("a", { host: "x" }));
  await cluster.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.reason === "ValidationFailed");
  await switchOff(cluster, operator);
  isHeld = true;
  const results = () =>
    operator.messages.flatMap((each) => each.type === "pass" && each.key === "default/a" ? [each.result] : []);
  const before = results().length;
  await serve(cluster, true);
  await waitFor("the first CR is listed", () => held > 0);
  await waitFor("it would have had a pass", () => results().length > before);
  assert.equal(await cluster.get(`${maps}/a`), undefined);
  isHeld = false;
  released.resolve();
  await waitFor("it is refused again", () => results().slice(before).includes("denied"));
  assert.equal(await cluster.get(`${maps}/a`), undefined);
  assert.equal(conditionOf((await cluster.get(`${demos}/a`))!, "Ready")?.reason, "ValidationFailed");
});

import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { statusResponse } from "../support/api_double.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Between, type Cluster, conditionOf, createCluster, demoOf, demos, start } from "./operator.ts";
import { firstLine } from "./streams.ts";
import { serve } from "./versions.ts";

// The version of the CRs is switched off and on: they are there again, as they were.

const merge = "application/merge-patch+json";
const maps = "/api/v1/namespaces/default/configmaps";

function isReady(cr: KubeObject): boolean {
  return conditionOf(cr, "Ready")?.status === "True";
}

type Operator = Awaited<ReturnType<typeof start>>;

async function switchOff(cluster: Cluster, { messages }: Operator): Promise<void> {
  await serve(cluster, "demos.demo.dev", false);
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
  await serve(cluster, "demos.demo.dev", true);
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
  await serve(cluster, "demos.demo.dev", true);
  await waitFor("the first CR is listed", () => held > 0);
  // Its pass would be the next thing that the operator does.
  await cluster.request("PATCH", `${demos}/a`, { metadata: { labels: { seen: "true" } } }, merge);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve));
  assert.equal(results().length, before);
  assert.equal(await cluster.get(`${maps}/a`), undefined);
  isHeld = false;
  released.resolve();
  await waitFor("it is refused again", () => results().slice(before).includes("denied"));
  assert.deepEqual([...new Set(results().slice(before))], ["denied"]);
  assert.equal(await cluster.get(`${maps}/a`), undefined);
  assert.equal(conditionOf((await cluster.get(`${demos}/a`))!, "Ready")?.reason, "ValidationFailed");
});

for (const isHeld of [true, false]) {
  const what = isHeld ? "are being listed" : "are listed";
  Deno.test(`an operator whose passes all fail is not healthy because its CRs ${what}`, async () => {
    await using cluster = createCluster();
    await cluster.define("Demo");
    await cluster.define("Database");
    const databases = "/apis/demo.dev/v1/namespaces/default/databases";
    for (let i = 0; i < 20; i++) {
      const object = { apiVersion: "demo.dev/v1", kind: "Database", metadata: { name: `d${i}` }, spec: {} };
      await cluster.request("POST", databases, object);
    }
    await cluster.request("POST", demos, demoOf("one"));
    await serve(cluster, "databases.demo.dev", false);
    const released = Promise.withResolvers<void>();
    let held = 0;
    const between: Between = async (request, forward) => {
      const { pathname, searchParams } = new URL(request.url);
      if (request.method === "PATCH" && pathname.includes("/configmaps/db-")) return statusResponse(403, "Forbidden");
      if (!isHeld || !pathname.endsWith("/databases") || !searchParams.has("watch")) return await forward();
      return firstLine(await forward(), () => held++, released.promise);
    };
    const of = (key: string) =>
      `onReconcile: { configMaps: [{ name: "${key}-{{ .metadata.name }}", data: { a: b } }] }`;
    await using operator = await start(cluster, [
      { key: "api", box: of("api"), more: "dependsOn: [db]" },
      { key: "db", kind: "Database", box: of("db") },
    ], { between, awaitsLead: false });
    await waitFor(
      "the kind is not served",
      () =>
        operator.messages.some((message) =>
          message.type === "informer" && /does not serve Database/.test(message.error ?? "")
        ),
    );
    await serve(cluster, "databases.demo.dev", true);
    if (isHeld) await waitFor("the first CR is listed", () => held > 0);
    released.resolve();
    const states = () =>
      operator.messages.flatMap((each) => each.type === "health" && each.box === "db" ? [each.state] : []);
    await waitFor("it is degraded", () => states().includes("degraded"));
    assert.ok(!states().includes("healthy"), states().join());
    assert.equal(await cluster.get(`${maps}/api-one`), undefined);
  });
}

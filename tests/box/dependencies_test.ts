import assert from "node:assert/strict";
import type { BoxMessage } from "../../src/box/mod.ts";
import { statusResponse } from "../support/api_double.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Between, type Cluster, createCluster, demoOf, demos, type Running, start } from "./operator.ts";

const core = "/api/v1/namespaces/default/configmaps";
const databases = "/apis/demo.dev/v1/namespaces/default/databases";

/** A database and what depends on it: of each CR both make a ConfigMap `<box>-<name>`. */
function startTwo(cluster: Cluster, between?: Between, dependsOn = "[db]"): Promise<Running> {
  const box = (key: string) => `onReconcile: { configMaps: [{ name: "${key}-{{ .metadata.name }}", data: { a: b } }] }`;
  const entries = [
    { key: "api", box: box("api"), more: `dependsOn: ${dependsOn}` },
    { key: "db", kind: "Database", box: box("db") },
  ];
  return start(cluster, entries, { between, awaitsLead: false });
}

function database(name: string): unknown {
  return { apiVersion: "demo.dev/v1", kind: "Database", metadata: { name }, spec: {} };
}

async function withKinds(...kinds: string[]): Promise<Cluster> {
  const cluster = createCluster();
  for (const kind of kinds) await cluster.define(kind);
  return cluster;
}

/** Lets through what does not match; what does waits until `open` is called. `reached`: something waits. */
function gateFor(matches: (request: Request) => boolean) {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const between: Between = async (request, forward) => {
    if (!matches(request)) return await forward();
    reached.resolve();
    await opened.promise;
    return await forward();
  };
  return { between, reached: reached.promise, open: opened.resolve };
}

const writes = (name: string) => (request: Request) =>
  request.method === "PATCH" && new URL(request.url).pathname.startsWith(`${core}/${name}`);

function dependencyStates(messages: readonly BoxMessage[]): string[] {
  return messages.flatMap((message) =>
    message.type === "dependency" ? [`${message.box} ${message.dependency} ${message.state}`] : []
  );
}

Deno.test("dependsOn: no child of a box is written before its dependency has reconciled once", async () => {
  await using cluster = await withKinds("Demo", "Database");
  await cluster.request("POST", demos, demoOf("one"));
  await cluster.request("POST", databases, database("one"));
  const gate = gateFor(writes("db-"));
  const written: string[] = [];
  await using operator = await startTwo(cluster, (request, forward) => {
    if (request.method === "PATCH") written.push(new URL(request.url).pathname);
    return gate.between(request, forward);
  });
  await gate.reached;
  await operator.runtime.warm;
  assert.deepEqual(written, [`${core}/db-one`]);
  const waiting = operator.runtime.health().get("api")!;
  assert.deepEqual(
    [waiting.state, waiting.reason, waiting.resourceCount],
    ["pending", 'waits for box "db" to be healthy: started', 1],
  );
  assert.deepEqual(dependencyStates(operator.messages), ["api db waiting"]);
  gate.open();
  await cluster.until(`${core}/api-one`, () => true);
  await operator.runtime.lead();
  assert.equal(operator.runtime.health().get("api")!.dependencies!["db"], "healthy");
});

Deno.test("dependsOn: a CR that is being deleted does not wait, and others do", async () => {
  await using cluster = await withKinds("Demo", "Database");
  const far = "/api/v1/namespaces/kube-public/configmaps";
  const entries = [
    {
      key: "api",
      box: 'onReconcile: { configMaps: [{ name: "{{ .metadata.name }}", namespace: kube-public, data: { a: b } }] }',
      more: "dependsOn: [db]\nallowedNamespaces: [default, kube-public]",
    },
    { key: "db", kind: "Database", box: 'onReconcile: { configMaps: [{ name: "db-{{ .metadata.name }}" }] }' },
  ];
  const before = await start(cluster, entries);
  for (const name of ["late", "gone", "stays"]) {
    await cluster.request("POST", demos, demoOf(name));
    await cluster.until(`${far}/${name}`, () => true);
  }
  await before.stop();
  await cluster.request("DELETE", `${demos}/gone`);
  await cluster.request("DELETE", `${far}/stays`);
  await cluster.request("POST", databases, database("one"));
  const gate = gateFor(writes("db-"));
  await using operator = await start(cluster, entries, { between: gate.between, awaitsLead: false });
  await gate.reached;
  await cluster.untilGone(`${demos}/gone`);
  await cluster.untilGone(`${far}/gone`);
  // And one whose deletion begins meanwhile.
  await cluster.request("DELETE", `${demos}/late`);
  await cluster.untilGone(`${demos}/late`);
  await cluster.untilGone(`${far}/late`);
  assert.equal(operator.runtime.health().get("api")!.state, "pending");
  assert.equal(await cluster.get(`${far}/stays`), undefined);
  const keys = () => operator.messages.flatMap((message) => message.type === "pass" ? [message.key] : []);
  assert.deepEqual([...new Set(keys())].filter((key) => key !== "default/one").sort(), [
    "default/gone",
    "default/late",
  ]);
  const ready = () => operator.messages.flatMap((message) => message.type === "ready" ? [message.box] : []);
  assert.deepEqual(ready(), ["db"]);
  gate.open();
  await cluster.until(`${far}/stays`, () => true);
  await operator.runtime.lead();
  assert.deepEqual(ready(), ["db", "api"]);
});

Deno.test("dependsOn: started does not wait for a success", async () => {
  await using cluster = await withKinds("Demo", "Database");
  await cluster.request("POST", demos, demoOf("one"));
  await cluster.request("POST", databases, database("one"));
  const gate = gateFor(writes("db-"));
  await using operator = await startTwo(cluster, gate.between, "{db: started}");
  await cluster.until(`${core}/api-one`, () => true);
  await operator.runtime.lead();
  assert.equal(await cluster.get(`${core}/db-one`), undefined);
  gate.open();
});

Deno.test("dependsOn: a dependency whose CRD is missing starts its dependents when it is installed, without a CR too", async () => {
  await using cluster = await withKinds("Demo");
  await cluster.request("POST", demos, demoOf("one"));
  await using operator = await startTwo(cluster, undefined, "[db]");
  const reason = () => operator.runtime.health().get("api")!.reason ?? "";
  await waitFor(
    "the box says which CRD is missing",
    () =>
      /^waits for box "db" to be healthy: pending: the API server does not serve Database of demo.dev\/v1/.test(
        reason(),
      ),
    { explain: reason },
  );
  await operator.runtime.warm;
  assert.equal(await cluster.get(`${core}/api-one`), undefined);
  await cluster.define("Database");
  await cluster.until(`${core}/api-one`, () => true);
  await operator.runtime.lead();
  assert.equal(operator.runtime.health().get("db")!.state, "healthy");
});

Deno.test("dependsOn: dependents continue, and say so, when a dependency degrades or its CRD vanishes", async () => {
  await using cluster = await withKinds("Demo", "Database");
  let refused = false;
  await using operator = await startTwo(
    cluster,
    async (request, forward) => refused && writes("db-")(request) ? statusResponse(403, "Forbidden") : await forward(),
  );
  await operator.runtime.lead();
  const reported = (state: string) =>
    waitFor(
      `it is reported that the dependency is ${state}`,
      () => dependencyStates(operator.messages).at(-1) === `api db ${state}`,
      { explain: () => dependencyStates(operator.messages) },
    );
  const isUnhealthy = () => operator.runtime.health().get("api")!.hasUnhealthyDependencies;
  refused = true;
  await cluster.request("POST", databases, database("one"));
  await reported("degraded");
  assert.equal(isUnhealthy(), true);
  await cluster.request("POST", demos, demoOf("one"));
  await cluster.until(`${core}/api-one`, () => true);
  refused = false;
  await reported("healthy");
  assert.equal(isUnhealthy(), false);
  await cluster.request("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/databases.demo.dev");
  await reported("degraded");
  await cluster.request("POST", demos, demoOf("two"));
  await cluster.until(`${core}/api-two`, () => true);
  await cluster.define("Database");
  await reported("healthy");
});

Deno.test("rest() lets dependents finish before it stops what they depend on, and lead() continues", async () => {
  await using cluster = await withKinds("Demo", "Database");
  const gate = gateFor(writes("api-slow"));
  await using operator = await startTwo(cluster, gate.between);
  await operator.runtime.lead();
  await cluster.request("POST", demos, demoOf("slow"));
  await gate.reached;
  const resting = operator.runtime.rest(30_000);
  // The database still works while a dependent has not finished.
  await cluster.request("POST", databases, database("late"));
  await cluster.until(`${core}/db-late`, () => true);
  gate.open();
  await resting;
  assert.notEqual(await cluster.get(`${core}/api-slow`), undefined);
  const states = () => [...operator.runtime.health()].map(([name, { state }]) => `${name} ${state}`);
  assert.deepEqual(states(), ["db pending", "api pending"]);
  await cluster.request("POST", demos, demoOf("next"));
  await operator.runtime.lead();
  await cluster.until(`${core}/api-next`, () => true);
});

Deno.test("lead(), rest() and lead() before the caches have synced start the workers of a box once", async () => {
  await using cluster = await withKinds("Demo", "Database");
  const gate = gateFor((request) => new URL(request.url).pathname.endsWith("/databases"));
  await using operator = await startTwo(cluster, gate.between);
  await gate.reached;
  await operator.runtime.rest(0);
  const leading = operator.runtime.lead();
  gate.open();
  await leading;
  const ready = operator.messages.flatMap((message) => message.type === "ready" ? [message.box] : []);
  assert.deepEqual(ready, ["db", "api"]);
});

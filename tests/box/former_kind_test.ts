import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { statusResponse } from "../support/api_double.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Between, type Cluster, conditionOf, createCluster, demoOf, demos, start } from "./operator.ts";
import { definitions, monitors, refusingDeletes, serve } from "./versions.ts";

// The last Katalog made a Monitor in another namespace, and this one makes none: only the record in the status has it.

const former = `onReconcile:
  custom: [{ apiVersion: monitoring.dev/v1, kind: Monitor, metadata: { name: m, namespace: far }, spec: {} }]`;
const box = 'onReconcile:\n  configMaps: [{ name: "{{ .metadata.name }}", data: { a: b } }]';
const far = (version: string) => `/apis/monitoring.dev/${version}/namespaces/far/monitors/m`;

function isReady(cr: KubeObject): boolean {
  return conditionOf(cr, "Ready")?.status === "True";
}

async function withChild(): Promise<Cluster & AsyncDisposable> {
  const cluster = createCluster();
  await cluster.define("Demo");
  await cluster.request("POST", definitions, monitors);
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "far" } };
  await cluster.request("POST", "/api/v1/namespaces", namespace);
  await using _former = await start(cluster, [{ key: "demo", box: former }]);
  await cluster.request("POST", demos, demoOf("a", {}));
  await cluster.until(`${demos}/a`, isReady);
  return cluster;
}

async function untilGone(cluster: Cluster, path: string): Promise<void> {
  await waitFor(`${path} is gone`, async () => await cluster.get(path) === undefined);
}

Deno.test("a child of a former kind is found also where the CRs were not served when the operator began", async () => {
  await using cluster = await withChild();
  await serve(cluster, "demos.demo.dev", false);
  await using _operator = await start(cluster, [{ key: "demo", box }]);
  await serve(cluster, "demos.demo.dev", true);
  await untilGone(cluster, far("v1"));
});

for (const status of [404, 503]) {
  Deno.test(`a child of a former kind is found also after a ${status} of discovery`, async () => {
    await using cluster = await withChild();
    let failed = 0;
    const between: Between = async (request, forward) => {
      const isDiscovery = /^\/apis\/monitoring\.dev\/v.$/.test(new URL(request.url).pathname);
      return isDiscovery && failed++ < 2 ? new Response("no", { status }) : await forward();
    };
    await using _operator = await start(cluster, [{ key: "demo", box }], { between });
    await untilGone(cluster, far("v1"));
    assert.ok(failed > 2);
  });
}

Deno.test("a group that is down keeps no other kind from being looked for, and holds the CR", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  await cluster.request("POST", definitions, monitors);
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "far" } };
  await cluster.request("POST", "/api/v1/namespaces", namespace);
  {
    const secrets = "  secrets: [{ name: s, namespace: far, data: { a: b } }]";
    await using _former = await start(cluster, [{ key: "demo", box: `${former}\n${secrets}` }]);
    await cluster.request("POST", demos, demoOf("a", {}));
    await cluster.until(`${demos}/a`, isReady);
  }
  let isDown = true;
  let failed = 0;
  const between: Between = async (request, forward) => {
    if (!isDown || !new URL(request.url).pathname.startsWith("/apis/monitoring.dev/")) return await forward();
    failed++;
    return new Response("no", { status: 503 });
  };
  await using _operator = await start(cluster, [{ key: "demo", box }], { between });
  await untilGone(cluster, "/api/v1/namespaces/far/secrets/s");
  await cluster.request("DELETE", `${demos}/a`);
  const before = failed;
  await waitFor("it is looked for again", () => failed > before);
  assert.ok(await cluster.get(`${demos}/a`));
  isDown = false;
  await untilGone(cluster, `${demos}/a`);
  assert.equal(await cluster.get(far("v1")), undefined);
});

Deno.test("CRs that are deleted together share the look for kinds that are not served", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "far" } };
  await cluster.request("POST", "/api/v1/namespaces", namespace);
  let looks = 0;
  const between: Between = async (request, forward) => {
    if (new URL(request.url).pathname === "/apis") looks++;
    return await forward();
  };
  const box = `${former.replace("name: m,", 'name: "{{ .metadata.name }}",')}
  configMaps: [{ name: "{{ .metadata.name }}", namespace: far, data: { a: b } }]`;
  await using _operator = await start(cluster, [{ key: "demo", box }], { between });
  const names = Array.from({ length: 24 }, (_, index) => `d${index}`);
  for (const name of names) await cluster.request("POST", demos, demoOf(name, {}));
  for (const name of names) {
    const { metadata } = await cluster.until(`${demos}/${name}`, (cr) => conditionOf(cr, "Synced") !== undefined);
    const finalizers = [...metadata.finalizers ?? [], "orkestra.orkspace.io/cleanup"];
    await cluster.request("PATCH", `${demos}/${name}`, { metadata: { finalizers } }, "application/merge-patch+json");
  }
  looks = 0;
  for (const name of names) await cluster.request("DELETE", `${demos}/${name}`);
  for (const name of names) await untilGone(cluster, `${demos}/${name}`);
  assert.ok(looks > 0 && looks <= 8, `${looks} looks`);
});

for (const [off, on] of [["v1", "v2"], ["v2", "v1"]] as const) {
  Deno.test(`a CR is not gone before a child of a former kind that is served as ${on} alone by now`, async () => {
    await using cluster = await withChild();
    const { between, refused, allow } = refusingDeletes();
    await using _operator = await start(cluster, [{ key: "demo", box }], { between });
    await waitFor("its deletion is refused", () => refused() > 0);
    await cluster.request("DELETE", `${demos}/a`);
    const before = refused();
    await waitFor("its deletion is refused again", () => refused() > before);
    await serve(cluster, "monitors.monitoring.dev", false, off);
    allow();
    await untilGone(cluster, `${demos}/a`);
    assert.equal(await cluster.get(far(on)), undefined);
  });
}

/** A parent with a child of its own kind in another namespace, whose version is switched off; no watch has it. */
async function withOwnChild(between: Between) {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(createCluster());
  await cluster.define("Demo");
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "far" } };
  await cluster.request("POST", "/api/v1/namespaces", namespace);
  const own = `onReconcile:
  custom:
    - apiVersion: demo.dev/v1
      kind: Demo
      metadata: { name: "{{ .metadata.name }}-child", namespace: far }
      when: [{ field: spec.parent, equals: "yes" }]
      spec: { parent: "no" }`;
  const operator = stack.use(await start(cluster, [{ key: "demo", box: own }], { between }));
  await cluster.request("POST", demos, demoOf("a", { parent: "yes" }));
  await cluster.until(`${demos}/a`, isReady);
  const child = "/apis/demo.dev/v1/namespaces/far/demos/a-child";
  await cluster.until(child, () => true);
  await serve(cluster, "demos.demo.dev", false);
  await waitFor(
    "neither watch has the kind",
    () =>
      operator.messages.filter((message) =>
        message.type === "informer" && /does not serve Demo/.test(message.error ?? "")
      )
        .length >= 2,
  );
  const resources = stack.move();
  return { cluster, operator, child, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

Deno.test("a CR is not gone before a child of its own kind that is not listed yet", async () => {
  let isHeld = false;
  let held = 0;
  const released = Promise.withResolvers<void>();
  const between: Between = async (request, forward) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!isHeld || !pathname.endsWith("/demos") || !searchParams.has("labelSelector")) return await forward();
    held++;
    const aborted = new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve()));
    await Promise.race([released.promise, aborted]);
    return await forward();
  };
  await using own = await withOwnChild(between);
  const { cluster, operator, child } = own;
  isHeld = true;
  await cluster.request("DELETE", `${demos.replace("v1", "v2")}/a`);
  const passes = () => operator.messages.filter(({ type }) => type === "pass").length;
  const before = passes();
  await serve(cluster, "demos.demo.dev", true);
  await waitFor("a pass while the children are not listed", () => held > 0 && passes() > before);
  assert.ok(await cluster.get(`${demos}/a`));
  isHeld = false;
  released.resolve();
  await untilGone(cluster, `${demos}/a`);
  assert.equal(await cluster.get(child), undefined);
});

Deno.test("a CR is not gone before a child of its own kind that only the watch of the CRs has found again", async () => {
  let isOn = false;
  let discoveries = 0;
  const between: Between = async (request, forward) => {
    const response = await forward();
    if (!isOn || new URL(request.url).pathname !== "/apis/demo.dev/v1" || !response.ok) return response;
    return ++discoveries === 2 ? statusResponse(503, "ServiceUnavailable") : response;
  };
  await using own = await withOwnChild(between);
  const { cluster, child } = own;
  isOn = true;
  await cluster.request("DELETE", `${demos.replace("v1", "v2")}/a`);
  await serve(cluster, "demos.demo.dev", true);
  await untilGone(cluster, `${demos}/a`);
  assert.equal(await cluster.get(child), undefined);
});

import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Between, conditionOf, createCluster, demoOf, demos, operatorFor, start } from "./operator.ts";
import { breakable, cutAll, firstLine } from "./streams.ts";
import { definitions, monitors, refusingDeletes, serve } from "./versions.ts";

// A kind that the API server did not serve for a while: what was made of it is still there.

const far = "/apis/monitoring.dev/v1/namespaces/far/monitors";
const near = "/apis/monitoring.dev/v1/namespaces/default/monitors";
const merge = "application/merge-patch+json";

function readyIs(cr: KubeObject, status: string, reason?: string): boolean {
  const ready = conditionOf(cr, "Ready");
  return ready?.status === status && (reason === undefined || ready.reason === reason);
}

const former = "orkestra.orkspace.io/cleanup";

for (
  const [what, isSwept, isPartial] of [
    ["that is listed in part", false, true],
    ["that is not listed yet", false, false],
    ["that is not listed yet, but looked for", true, false],
  ] as const
) {
  Deno.test(`a CR is not gone before its children of a kind ${what}`, async () => {
    let isHeld = false;
    let held = 0;
    const released = Promise.withResolvers<void>();
    const between: Between = async (request, forward) => {
      const { pathname, searchParams } = new URL(request.url);
      if (!isHeld || !pathname.includes("monitors") || !searchParams.has("watch")) return await forward();
      if (isPartial) return firstLine(await forward(), () => held++, released.promise);
      held++;
      const aborted = new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve()));
      await Promise.race([released.promise, aborted]);
      return await forward();
    };
    const entry = (name: string) =>
      `{ apiVersion: monitoring.dev/v1, kind: Monitor, metadata: { name: ${name}, namespace: far }, spec: { a: b } }`;
    const box = `onReconcile:\n  custom: [${entry("m1")}, ${entry("m2")}]`;
    await using operator = await operatorFor({ box }, {}, between);
    await operator.request("POST", definitions, monitors);
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "far" } };
    await operator.request("POST", "/api/v1/namespaces", namespace);
    await operator.demo("a", { a: "1" });
    const { metadata: { finalizers = [] } } = await operator.until(`${demos}/a`, (cr) => readyIs(cr, "True"));
    assert.equal(finalizers.length, 1);
    if (isSwept) {
      const patch = { metadata: { finalizers: [...finalizers, former] } };
      await operator.request("PATCH", `${demos}/a`, patch, merge);
    }
    await serve(operator, "monitors.monitoring.dev", false);
    await operator.until(`${demos}/a`, (cr) => readyIs(cr, "False", "Waiting"));
    isHeld = true;
    await serve(operator, "monitors.monitoring.dev", true);
    await waitFor("the kind is being listed", () => held > 0);
    const passes = () => operator.messages.filter(({ type }) => type === "pass").length;
    const before = passes();
    await operator.request("DELETE", `${demos}/a`);
    await waitFor("a pass", () => passes() > before);
    assert.ok(await operator.get(`${demos}/a`), "the finalizer is there");
    isHeld = false;
    released.resolve();
    await waitFor("the CR is gone", async () => await operator.get(`${demos}/a`) === undefined);
    for (const name of ["m1", "m2"]) assert.equal(await operator.get(`${far}/${name}`), undefined, name);
  });
}

for (const [what, change] of [["an update", { a: "2", on: "yes" }], ["a deletion", { a: "1", on: "no" }]] as const) {
  Deno.test(`${what} that finds the kind not served is tried again without waiting for the resync`, async () => {
    let isConfused = false;
    let writes = 0;
    const watches = new Set<AbortController>();
    const between: Between = async (request, forward) => {
      const { pathname, searchParams } = new URL(request.url);
      if (!pathname.includes("monitors")) return await forward();
      if (request.method !== "GET") writes++;
      if (isConfused) return new Response("404 page not found", { status: 404 });
      const response = await forward();
      if (!searchParams.has("watch") || response.status !== 200) return response;
      return breakable(response, watches);
    };
    const box = `onReconcile:
  custom:
    - apiVersion: monitoring.dev/v1
      kind: Monitor
      metadata: { name: m }
      when: [{ field: spec.on, equals: "yes" }]
      spec: { a: "{{ .spec.a }}" }`;
    await using operator = await operatorFor({ box, resync: "1h" }, {}, between);
    await operator.request("POST", definitions, monitors);
    await operator.demo("a", { a: "1", on: "yes" });
    await operator.until(`${demos}/a`, (cr) => readyIs(cr, "True"));
    isConfused = true;
    const before = writes;
    cutAll(watches);
    await operator.demo("a", change);
    await waitFor("a write is tried", () => writes > before);
    isConfused = false;
    await operator.until(`${demos}/a`, (cr) => readyIs(cr, "True") && cr["status"].observedGeneration === 2);
    assert.equal((await operator.get(`${near}/m`))?.["spec"].a, change.on === "yes" ? "2" : undefined);
  });
}

Deno.test("a child that no watch covers went with its CRD: its CR does not wait for it", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  await cluster.request("POST", definitions, monitors);
  await cluster.request("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "far" },
  });
  const child = "{ apiVersion: monitoring.dev/v1, kind: Monitor, metadata: { name: m, namespace: far }, spec: {} }";
  {
    await using _former = await start(cluster, [{ key: "demo", box: `onReconcile:\n  custom: [${child}]` }]);
    await cluster.request("POST", demos, demoOf("a", {}));
    await cluster.until(`${demos}/a`, (cr) => readyIs(cr, "True"));
  }
  const { between, refused, allow } = refusingDeletes();
  const box = 'onReconcile:\n  configMaps: [{ name: "{{ .metadata.name }}", data: { a: b } }]';
  await using _operator = await start(cluster, [{ key: "demo", box }], { between });
  await waitFor("its deletion is refused", () => refused() > 0);
  await cluster.request("DELETE", `${demos}/a`);
  const before = refused();
  await waitFor("its deletion is refused again", () => refused() > before);
  await cluster.request("DELETE", `${definitions}/monitors.monitoring.dev`);
  allow();
  await waitFor("the CR is gone", async () => await cluster.get(`${demos}/a`) === undefined);
});

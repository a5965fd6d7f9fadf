import assert from "node:assert/strict";
import { httpApi, ProcessState, type Served } from "../../src/runtime/mod.ts";
import { realClock } from "../support/clock.ts";
import { waitFor } from "../support/wait_for.ts";
import { createCluster, demoOf, demos, start } from "./operator.ts";

/** The HTTP API of a running operator, without a port. */
// deno-lint-ignore no-explicit-any -- the JSON of responses
function apiOf(served: Served): (path: string) => Promise<{ status: number; text: string; body: any }> {
  const state = new ProcessState();
  state.serve(served);
  const handle = httpApi({
    state,
    clock: realClock,
    log: () => {},
    build: { version: "0", deno: "0" },
    usage: () => ({ cpuSeconds: 0, residentBytes: 0, heapBytes: 0 }),
  });
  return async (path) => {
    const response = await handle(new Request(`http://ork${path}`));
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    return { status: response.status, text, body: isJson ? JSON.parse(text) : undefined };
  };
}

Deno.test("the HTTP API shows a box, its CRs and their children as they are in the cluster", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  await using running = await start(cluster, [{
    key: "demo",
    more: "validation: {rules: [{field: spec.domain, operator: exists}]}",
    box:
      "onReconcile: {configMaps: [{name: '{{ .metadata.name }}', data: {a: b}}]}\nstatus: {fields: [{path: phase, value: Up}]}",
  }]);
  const get = apiOf(running.served);
  assert.deepEqual((await get("/ready")).status, 200);
  assert.equal((await get("/katalog/demo/health")).body.state, "healthy", "nothing to do (ruling 91)");

  for (const name of ["one", "two", "three"]) {
    await cluster.request("POST", demos, demoOf(name, { domain: `${name}.example.org` }));
  }
  await cluster.request("POST", demos, demoOf("denied"));
  await waitFor("all are ready", async () => {
    const { body } = await get("/katalog/demo/cr");
    return body.items.filter(({ ready }: { ready: boolean }) => ready).length === 3;
  });
  const first = (await get("/katalog/demo/cr?limit=2&field=spec.domain")).body;
  const second = (await get(`/katalog/demo/cr?limit=2&field=spec.domain&continue=${first.continue}`)).body;
  assert.equal(second.continue, undefined);
  assert.deepEqual(
    [...first.items, ...second.items].map(({ name, phase, value }) => [name, phase, value]),
    [["denied", "", undefined], ["one", "Up", "one.example.org"], ["three", "Up", "three.example.org"], [
      "two",
      "Up",
      "two.example.org",
    ]],
  );
  const { body: cr } = await get("/katalog/demo/cr/default/one");
  assert.deepEqual(cr.children, { ConfigMap: [{ name: "one", namespace: "default", ready: true }] });
  assert.equal(cr.status.phase, "Up");
  const { body: events } = await get(cr.eventsEndpoint);
  assert.deepEqual(events.events.map(({ reason, message }: Record<string, string>) => [reason, message]), [
    ["Reconciled", "Created ConfigMap one"],
  ]);
  const refusal = (await get("/katalog/demo/cr/denied/events")).body.events[0];
  assert.deepEqual([refusal.type, refusal.reason], ["Warning", "ValidationFailed"]);

  const { text } = await get("/metrics");
  const label = 'crd="demo.dev/v1, Kind=Demo"';
  const valueOf = (series: string): number => {
    const line = text.split("\n").find((one) => one.startsWith(`${series} `));
    assert.ok(line !== undefined, `${series}\n${text}`);
    return Number(line.slice(series.length + 1));
  };
  assert.equal(valueOf(`controller_resource_count{${label}}`), 4);
  assert.equal(valueOf(`controller_children{${label}}`), 3);
  assert.equal(valueOf(`controller_workers_total{${label}}`), 3);
  assert.equal(valueOf(`controller_crd_activation_total{${label},result="success"}`), 1);
  const passes = valueOf(`controller_reconcile_total{${label},result="success"}`);
  assert.ok(passes >= 4);
  assert.equal(valueOf(`controller_reconcile_total{${label},result="error"}`), 0);
  assert.ok(valueOf(`controller_reconcile_duration_seconds_count{${label}}`) >= passes);
  assert.ok(valueOf(`controller_queue_wait_seconds_count{${label}}`) >= passes);
  assert.ok(valueOf(`controller_admission_validation_total{${label},result="denied",source="reconcile"}`) >= 1);
  assert.ok(valueOf(`controller_admission_validation_total{${label},result="allowed",source="reconcile"}`) >= 3);
  assert.ok(valueOf(`controller_api_requests_total{${label},verb="PATCH",code="201"}`) >= 3);
  assert.ok(valueOf(`controller_api_requests_total{${label},verb="WATCH",code="200"}`) >= 2);
});

Deno.test("a CRD that is deleted makes its box degraded, and healthy when it is back", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  await using running = await start(cluster, [{ key: "demo", box: "onReconcile: {}" }]);
  const get = apiOf(running.served);
  assert.equal((await get("/katalog")).status, 200);
  await cluster.request("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/demos.demo.dev");
  await waitFor("the box is degraded", async () => (await get("/katalog")).status === 503);
  const { body } = await get("/katalog/demo/health");
  assert.deepEqual([body.state, body.missing], ["degraded", true]);
  assert.match(body.reason, /does not serve Demo/);
  await cluster.define("Demo");
  await waitFor("the box is healthy", async () => (await get("/katalog")).status === 200);
});

Deno.test("no path of the HTTP API shows what a Secret, a literal of the Katalog or the spec of a CR holds", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const refusing = (text: string, code: number, reason: string, causes: unknown[] = []) =>
    Response.json({
      ...{ kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: text },
      details: { name: "x", kind: "secrets", causes },
    }, { status: code });
  const cause = { reason: "FieldValueInvalid", field: "data.p", message: 'Invalid value: "hunter2": too weak' };
  await using running = await start(cluster, [{
    key: "demo",
    box: `
status: {fields: [{path: phase, value: Up}]}
onReconcile:
  secrets:
    - {name: '{{ .metadata.name }}', data: {password: hunter2, mixed: 'hunter2 {{ .spec.password }}'}}
    - {name: '{{ .metadata.name }}-invalid', data: {p: hunter2}}
    - {name: '{{ .metadata.name }}-denied', data: {p: hunter2}}
  deployments:
    - {name: '{{ .metadata.name }}', image: 'x:1', env: [{name: P, value: hunter2}, {name: Q, value: '{{ .spec.password }}'}]}
  custom:
    - apiVersion: v1
      kind: Secret
      metadata: {name: '{{ .metadata.name }}-custom', annotations: {a: hunter2}}
      data: {a: aHVudGVyMg==}
`,
  }], {
    between: (call, forward) => {
      const { pathname } = new URL(call.url);
      if (call.method === "PATCH" && pathname.endsWith("-invalid")) {
        const text = 'Secret "x" is invalid: data.p: Invalid value: "hunter2": too weak';
        return Promise.resolve(refusing(text, 422, "Invalid", [cause]));
      }
      if (call.method === "PATCH" && pathname.endsWith("-denied")) {
        const text = 'admission webhook "strong.example.org" denied the request: "hunter2" is too weak';
        return Promise.resolve(refusing(text, 403, "Forbidden"));
      }
      return forward();
    },
  });
  const get = apiOf(running.served);
  const cr = demoOf("one", { password: "hunter2" }) as { metadata: Record<string, unknown> };
  cr.metadata["annotations"] = {
    "kubectl.kubernetes.io/last-applied-configuration": '{"spec":{"password":"hunter2"}}',
  };
  await cluster.request("POST", demos, cr);
  await waitFor("both refusals are known", async () => {
    const { text } = await get("/katalog/demo/cr/one/events");
    return text.includes("one-invalid") && text.includes("one-denied");
  });
  const secret = await cluster.request("GET", "/api/v1/namespaces/default/secrets/one");
  assert.equal(atob(secret["data"].password), "hunter2", "it is really there");
  await waitFor("the status says it", async () => (await get("/katalog/demo/cr/one")).text.includes("one-denied"));

  const fields = ["spec.password", "spec", "metadata.annotations", "data.password"];
  const paths = [
    ...["/startup", "/health", "/livez", "/ready", "/metrics", "/katalog", "/katalog/raw", "/katalog/enriched"],
    ...[
      "",
      "/health",
      "/raw",
      "/enriched",
      "/cr",
      "/cr/one",
      "/cr/default/one",
      "/cr/default/one/events",
      "/cr/one/passes",
    ].map((path) => `/katalog/demo${path}`),
    ...fields.map((field) => `/katalog/demo/cr?field=${field}`),
    "/katalog/demo/cr?view=cross",
  ];
  for (const path of paths) {
    const { text, status } = await get(path);
    assert.doesNotMatch(text, /hunter2|aHVudGVyMg/, path);
    assert.ok(text.length > 10 && (status === 200 || /field=|view=cross/.test(path)), `${path}: ${status} ${text}`);
  }
  const { body } = await get("/katalog/demo/health");
  assert.match(body.lastError, /data\.p: the text is left out, since it may have values of the Secret/);
  const children = (await get("/katalog/demo/cr/one")).body.children.Secret;
  assert.deepEqual(children.map((child: unknown) => Object.keys(child as object).sort()), [
    ["name", "namespace", "ready"],
    ["name", "namespace", "ready"],
  ]);
  const logged = JSON.stringify(running.messages);
  assert.doesNotMatch(logged, /hunter2|aHVudGVyMg/, "nor does the log");
});

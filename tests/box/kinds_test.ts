import assert from "node:assert/strict";
import { statusResponse } from "../support/api_double.ts";
import { waitFor } from "../support/wait_for.ts";
import { demos, operatorFor } from "./operator.ts";
import { definitions, monitors as definition, serve } from "./versions.ts";

const core = "/api/v1/namespaces/default";
const monitors = "/apis/monitoring.dev/v1/namespaces/default/monitors";
const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

function monitor(scope = "Namespaced") {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "monitors.monitoring.dev" },
    spec: {
      group: "monitoring.dev",
      scope,
      names: { kind: "Monitor", plural: "monitors", singular: "monitor" },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { spec: open } } },
      }],
    },
  };
}

const box = `onReconcile:
  configMaps: [{ name: one, data: { a: b } }]
  custom: [{ apiVersion: monitoring.dev/v1, kind: Monitor, metadata: { name: m }, spec: { a: "{{ .spec.a }}" } }]`;

function condition(status: Record<string, unknown> | undefined, type: string) {
  const conditions = status?.["conditions"] as { type: string; status: string; reason: string; message: string }[];
  return conditions?.find((item) => item.type === type);
}

Deno.test("a child waits for its CRD with one Warning, is created with it, and deleted with it", async () => {
  await using operator = await operatorFor({ box });
  await operator.demo("a", { a: "1" });
  await operator.until(`${core}/configmaps/one`, () => true);
  const { status } = await operator.until(`${demos}/a`, (cr) => condition(cr["status"], "Ready") !== undefined);
  assert.deepEqual(
    [condition(status, "Ready")!.status, condition(status, "Ready")!.reason],
    ["False", "Waiting"],
  );
  assert.match(condition(status, "Ready")!.message, /does not serve Monitor of monitoring\.dev\/v1; install its CRD/);
  const warning = await waitFor("one Warning Event", async () => {
    const { items } = await operator.request("GET", "/apis/events.k8s.io/v1/events") as unknown as {
      items: { type: string; reason: string }[];
    };
    return items.filter(({ type }) => type === "Warning")[0];
  });
  assert.equal(warning.reason, "Waiting");

  await operator.request("POST", definitions, monitor());
  await operator.until(`${monitors}/m`, (object) => object["spec"].a === "1");
  await operator.until(`${demos}/a`, (cr) => condition(cr["status"], "Ready")?.status === "True");

  await operator.request("DELETE", `${definitions}/monitors.monitoring.dev`);
  await operator.until(`${demos}/a`, (cr) => condition(cr["status"], "Ready")?.reason === "Waiting");
  await operator.request("POST", definitions, monitor());
  await operator.until(`${monitors}/m`, (object) => object["spec"].a === "1");
  await operator.until(`${demos}/a`, (cr) => condition(cr["status"], "Ready")?.status === "True");
  assert.deepEqual(operator.messages.filter(({ type }) => type === "defect"), []);
});

Deno.test("a version that is not served for a while takes no child along", async () => {
  await using operator = await operatorFor({ box });
  await operator.request("POST", definitions, definition);
  await operator.demo("a", { a: "1" });
  const { metadata: { uid } } = await operator.until(`${monitors}/m`, () => true);
  await operator.until(`${demos}/a`, (cr) => condition(cr["status"], "Ready")?.status === "True");
  await serve(operator, definition.metadata.name, false);
  await operator.until(`${demos}/a`, (cr) => condition(cr["status"], "Ready")?.reason === "Waiting");
  await serve(operator, definition.metadata.name, true);
  await operator.until(`${demos}/a`, (cr) => condition(cr["status"], "Ready")?.status === "True");
  await operator.idle(3);
  assert.equal((await operator.get(`${monitors}/m`))!.metadata.uid, uid);
  assert.deepEqual(operator.calls().filter((call) => call.startsWith("delete ")), []);
});

Deno.test("the scope of a kind comes from discovery, whatever the Katalog says", async () => {
  await using operator = await operatorFor({ box });
  await operator.request("POST", definitions, monitor("Cluster"));
  await operator.demo("a", { a: "1" });
  await operator.until("/apis/monitoring.dev/v1/monitors/m", (object) => object["spec"].a === "1");
  await operator.request("DELETE", `${demos}/a`);
  for (const path of [`${demos}/a`, "/apis/monitoring.dev/v1/monitors/m"]) {
    await waitFor(`${path} is gone`, async () => await operator.get(path) === undefined);
  }
});

Deno.test("a corrected schema of a CRD takes effect: what was learned of the old one is forgotten", async () => {
  const schema = { type: "object", properties: { phase: { type: "string" } } };
  const fields = "status:\n  fields: [{ path: phase, value: Fine }, { path: url, value: here }]";
  await using operator = await operatorFor(
    { box: `onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]\n${fields}` },
    { schema },
  );
  await operator.demo("a", {});
  await operator.until(`${demos}/a`, (cr) => cr["status"]?.phase === "Fine");
  await waitFor(
    "a note says that the schema prunes a field",
    () => operator.messages.some((message) => message.type === "note" && message.message.includes("status.url")),
  );
  const definition = await operator.request("GET", `${definitions}/demos.demo.dev`);
  definition["spec"].versions[0].schema.openAPIV3Schema.properties.status = open;
  await operator.request("PUT", `${definitions}/demos.demo.dev`, definition);
  await operator.until(
    `${demos}/a`,
    (cr) => cr["status"]?.url === "here" && condition(cr["status"], "Ready") !== undefined,
  );
});

Deno.test("a CRD that may not be watched is said once it stays so, and the operator works", async () => {
  let refused = 0;
  await using operator = await operatorFor({ box }, {}, async (request, forward) => {
    if (!/customresourcedefinitions\?.*watch/.test(request.url)) return await forward();
    refused++;
    return statusResponse(403, "Forbidden");
  });
  await operator.demo("a", { a: "1" });
  await operator.until(`${core}/configmaps/one`, () => true);
  const notes = await waitFor("a note", () => {
    const found = operator.messages.flatMap((message) =>
      message.type === "note" && message.message.startsWith("cannot watch the CRD") ? [message.message] : []
    );
    return found.length > 0 && found;
  });
  // An API server that has just started refuses everything for a moment, which is not said.
  assert.ok(refused > 1);
  assert.equal(notes.length, 1);
  assert.match(
    notes.join(),
    /^cannot watch the CRD demos\.demo\.dev: .*Forbidden.*; a change of its schema is noticed/,
  );
});

Deno.test("a status that the schema refuses is reported in the conditions alone, and not sent again", async () => {
  const schema = {
    type: "object",
    properties: { count: { type: "integer" }, conditions: { type: "array", items: open } },
  };
  await using operator = await operatorFor(
    {
      box:
        "onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]\nstatus:\n  fields: [{ path: count, value: '{{ .spec.text }}' }]",
    },
    { schema },
  );
  await operator.demo("a", { text: "many" });
  const { status } = await operator.until(`${demos}/a`, (cr) => condition(cr["status"], "Ready")?.status === "False");
  assert.equal(condition(status, "Ready")!.reason, "ReconcileError");
  assert.match(condition(status, "Ready")!.message, /status\.count/);
  assert.equal(status.count, undefined);
  operator.calls();
  await waitFor(
    "some passes have failed",
    () => operator.messages.filter((message) => message.type === "pass" && message.result === "failed").length > 5,
  );
  assert.deepEqual(operator.calls().filter((call) => call.includes("demos")), []);
  await operator.demo("a", { text: 3 });
  await operator.until(
    `${demos}/a`,
    (cr) => cr["status"]?.count === 3 && condition(cr["status"], "Ready")?.status === "True",
  );
});

import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { httpService, jsonOf } from "../support/http_service.ts";
import { waitFor } from "../support/wait_for.ts";
import { changesOf, conditionOf, demos, operatorFor } from "./operator.ts";

const configMaps = "/api/v1/namespaces/default/configmaps";

const dataOf = (object: KubeObject): Record<string, string> => object["data"];

Deno.test("a child is made of the results of calls, each of which sees those before it", async () => {
  await using service = httpService(({ path }) =>
    path.startsWith("/flags") ? jsonOf({ color: "red", id: 7 }) : new Response(`key of ${path}`)
  );
  await using operator = await operatorFor({
    box: `onReconcile:
  external:
    - { name: flags, url: "${service.url}/flags/{{ .metadata.name }}?size={{ .spec.size }}" }
  configMaps:
    - name: "{{ .metadata.name }}"
      data:
        color: "{{ .external.flags.json.color }}/{{ .external.flags.color }}"
        key: "{{ .external.key.body }}"
        state: "{{ .external.flags.status }} {{ .external.flags.called }} {{ .external.never.called }}"
onCreate:
  external:
    - { name: key, url: "${service.url}/keys/{{ .external.flags.id }}", method: POST, body: "{{ .spec.size }}", headers: { X-A: "{{ .spec.size }}" } }
    - { name: never, url: "${service.url}/never", when: [{ field: spec.never, exists: true }] }
status:
  fields:
    - { path: color, value: "{{ .external.flags.json.color }}" }`,
    resync: "1h",
  });
  await operator.demo("one", { size: 3 });
  const { request, until } = operator;
  const made = await until(`${configMaps}/one`, () => true);
  assert.deepEqual(dataOf(made), { color: "red/red", key: "key of /keys/7", state: "200 true false" });
  await until(`${demos}/one`, (cr) => cr["status"]?.color === "red" && conditionOf(cr, "Ready")?.status === "True");
  const seen = service.requests.map(({ method, path, body, headers }) => [method, path, body, headers.get("x-a")]);
  assert.deepEqual(seen, [["GET", "/flags/one?size=3", "", null], ["POST", "/keys/7", "3", "3"]]);
  // Passes for other reasons use the results again.
  await request("PATCH", `${configMaps}/one`, { data: { color: "blue" } }, "application/merge-patch+json");
  await until(`${configMaps}/one`, (object) => dataOf(object)["color"] === "red/red");
  assert.equal(service.requests.length, 2);
  // A change of the CR makes the calls again.
  await operator.demo("one", { size: 4 });
  await waitFor("calls for the new spec", () => service.requests.length === 4);
});

Deno.test("results are read again at the resync, and a new one changes the child", async () => {
  let color = "red";
  await using service = httpService(() => jsonOf({ color }));
  await using operator = await operatorFor({
    box: `onReconcile:
  external: [{ name: flags, url: "${service.url}/" }]
  configMaps:
    - { name: "{{ .metadata.name }}", data: { color: "{{ .external.flags.color }}" } }`,
  });
  await operator.demo("one", {});
  await operator.until(`${configMaps}/one`, (object) => dataOf(object)["color"] === "red");
  color = "blue";
  await operator.until(`${configMaps}/one`, (object) => dataOf(object)["color"] === "blue");
});

Deno.test("a failed call fails the pass, is tried again, and keeps the children as they are", async () => {
  let status = 200;
  await using service = httpService(() => jsonOf({ color: "red" }, status));
  await using operator = await operatorFor({
    box: `onReconcile:
  external: [{ name: flags, url: "${service.url}/?secret=1" }]
  configMaps:
    - { name: "{{ .metadata.name }}", data: { color: "{{ .external.flags.color }}", size: "{{ .spec.size }}" } }
status:
  fields:
    - { path: why, value: "{{ .external.flags.error }}", when: [{ field: external.flags.ok, equals: "false" }], clearOnFalse: true }`,
    resync: "1h",
  });
  await operator.demo("one", { size: 1 });
  await operator.until(`${configMaps}/one`, () => true);
  status = 503;
  await operator.demo("one", { size: 2 });
  const failed = await operator.until(`${demos}/one`, (cr) => conditionOf(cr, "Ready")?.reason === "ReconcileError");
  assert.match(conditionOf(failed, "Ready")!.message, /the call "flags" failed: Status 503/);
  assert.equal(failed["status"].why, "Status 503");
  assert.equal(dataOf((await operator.get(`${configMaps}/one`))!)["size"], "1");
  status = 200;
  await operator.until(`${configMaps}/one`, (object) => dataOf(object)["size"] === "2");
  await operator.until(`${demos}/one`, (cr) => conditionOf(cr, "Ready")?.status === "True" && !cr["status"].why);
});

Deno.test("with continueOnError entries that need the result wait, and the others are reconciled", async () => {
  let isUp = false;
  await using service = httpService(() => isUp ? jsonOf({ color: "red" }) : new Response("", { status: 500 }));
  await using operator = await operatorFor({
    box: `onReconcile:
  external: [{ name: flags, url: "${service.url}/", continueOnError: true }]
  configMaps:
    - { name: "{{ .metadata.name }}-{{ .external.flags.json.color | required }}", data: { a: b } }
    - { name: "{{ .metadata.name }}-other", data: { error: "{{ .external.flags.error }}" } }`.replace(
      " | required",
      "",
    ),
    resync: "1h",
  });
  await operator.demo("one", {});
  await operator.until(`${configMaps}/one-other`, (object) => dataOf(object)["error"] === "Status 500");
  isUp = true;
  await operator.until(`${configMaps}/one-red`, () => true);
  await operator.until(`${configMaps}/one-other`, (object) => dataOf(object)["error"] === "");
});

Deno.test("a server that does not respond holds up its own CR alone", async () => {
  await using service = httpService(({ path }, signal) =>
    path.startsWith("/slow")
      ? new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response()), { once: true }))
      : jsonOf({ ok: 1 })
  );
  await using operator = await operatorFor({
    box: `onReconcile:
  external: [{ name: a, url: "${service.url}/{{ .metadata.name }}", timeout: 30s }]
  configMaps:
    - { name: "{{ .metadata.name }}", data: { a: "{{ .external.a.status }}" } }`,
    reconciler: "resync: 1h\nworkers: 1",
  });
  for (const name of ["slow-1", "slow-2", "slow-3", "quick-1", "quick-2"]) await operator.demo(name, {});
  for (const name of ["quick-1", "quick-2"]) await operator.until(`${configMaps}/${name}`, () => true);
  assert.equal(await operator.get(`${configMaps}/slow-1`), undefined);
});

Deno.test("rules read the results of calls before them, and a denied object makes no further call", async () => {
  await using service = httpService(({ path }) => jsonOf(path.startsWith("/size") ? { size: 5 } : { allowed: false }));
  await using operator = await operatorFor({
    more: `mutation:
  external: [{ name: size, url: "${service.url}/size" }]
  rules: [{ field: spec.size, default: "{{ .external.size.json.size }}" }]
validation:
  external: [{ name: permit, url: "${service.url}/permit?size={{ .spec.size }}" }]
  rules: [{ field: external.permit.allowed, equals: "true", message: no permit }]`,
    box: `onReconcile:
  external: [{ name: later, url: "${service.url}/later" }]
  configMaps: [{ name: "{{ .metadata.name }}", data: { a: "{{ .external.later.body }}" } }]`,
    resync: "1h",
  });
  await operator.demo("one", {});
  const denied = await operator.until(`${demos}/one`, (cr) => conditionOf(cr, "Ready")?.reason === "ValidationFailed");
  assert.match(conditionOf(denied, "Ready")!.message, /external.permit.allowed: no permit/);
  assert.deepEqual(service.requests.map(({ path }) => path), ["/size", "/permit?size=5"]);
});

Deno.test("a call whose failure denies an object is made again without waiting for the resync", async () => {
  let isDown = true;
  await using service = httpService(() => isDown ? new Response("", { status: 503 }) : jsonOf({}));
  await using operator = await operatorFor({
    more: `validation:
  external: [{ name: permit, url: "${service.url}/", continueOnError: true }]
  rules: [{ field: external.permit.ok, equals: "true", message: permits cannot be checked }]`,
    box: `onReconcile:
  configMaps: [{ name: "{{ .metadata.name }}", data: { a: b } }]`,
    resync: "1h",
  });
  await operator.demo("one", {});
  await operator.until(`${demos}/one`, (cr) => conditionOf(cr, "Ready")?.reason === "ValidationFailed");
  isDown = false;
  await operator.until(`${configMaps}/one`, () => true);
});

Deno.test("credentials come from a Secret at the time of the call, and appear nowhere else", async () => {
  await using service = httpService(({ headers }) =>
    headers.get("authorization") === "Bearer hunter2"
      ? jsonOf({})
      : new Response(headers.get("authorization"), { status: 401 })
  );
  await using operator = await operatorFor({
    box: `onReconcile:
  external: [{ name: a, url: "${service.url}/", auth: { secretRef: { namespace: default, name: cred, key: token } } }]
  configMaps: [{ name: "{{ .metadata.name }}", data: { a: "{{ .external.a.status }}" } }]`,
    resync: "1h",
  });
  await operator.demo("one", {});
  const missing = await operator.until(`${demos}/one`, (cr) => conditionOf(cr, "Ready")?.reason === "ReconcileError");
  assert.match(conditionOf(missing, "Ready")!.message, /Secret default\/cred cannot be read/);
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "cred" }, data: { token: btoa("hunter2\n") } };
  await operator.request("POST", "/api/v1/namespaces/default/secrets", secret);
  await operator.until(`${configMaps}/one`, () => true);
  const everything = JSON.stringify([operator.messages, await operator.get(`${demos}/one`)]);
  assert.equal(everything.includes("hunter2"), false);
  assert.equal(changesOf(operator.messages).join().includes("hunter2"), false);
});

Deno.test("an object that is being deleted makes no call", async () => {
  await using service = httpService(() => jsonOf({}));
  await using operator = await operatorFor({
    box: `onReconcile:
  external: [{ name: a, url: "${service.url}/" }]
  configMaps: [{ name: "{{ .metadata.name }}", data: { a: "{{ .external.a.status }}" } }]
onDelete:
  jobs: [{ name: "{{ .metadata.name }}-bye", image: busybox }]`,
    resync: "200ms",
  });
  await operator.demo("one", {});
  await operator.until(`${configMaps}/one`, () => true);
  await operator.request("DELETE", `${demos}/one`);
  await operator.until(`/apis/batch/v1/namespaces/default/jobs/one-bye`, () => true);
  const before = service.requests.length;
  await operator.untilGone(`${demos}/one`);
  assert.equal(service.requests.length, before);
});

Deno.test("a call whose request depends on its own result does not keep the box busy", async () => {
  await using service = httpService(({ path }) => new Response(`${path.slice(1)}x`));
  await using operator = await operatorFor({
    box: `onReconcile:
  external: [{ name: a, url: "${service.url}/{{ .status.seen }}" }]
status:
  fields: [{ path: seen, value: "{{ .external.a.body }}" }]`,
    resync: "1h",
  });
  await operator.demo("one", {});
  await waitFor(
    "a report",
    () =>
      operator.messages.some((message) => message.type === "note" && message.message.includes("never comes to rest")),
  );
  assert.ok(service.requests.length < 12, `${service.requests.length} calls`);
});

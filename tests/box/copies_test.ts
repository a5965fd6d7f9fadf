import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { statusResponse } from "../support/api_double.ts";
import { waitFor } from "../support/wait_for.ts";
import {
  type Between,
  changesOf,
  conditionOf,
  createCluster,
  demoOf,
  demos,
  type Operator,
  operatorFor,
  start,
  untilIdle,
} from "./operator.ts";

const secrets = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`;
const maps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
/** FF FF FF FF 00 01: not UTF-8. */
const bytes = "/////wAB";
const merge = "application/merge-patch+json";

async function makeNamespaces({ request }: Operator, ...names: string[]): Promise<void> {
  for (const name of names) {
    await request("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
}

async function makeSecret(
  { request }: Operator,
  namespace: string,
  name: string,
  data: Record<string, string>,
  type = "Opaque",
): Promise<void> {
  await request("POST", secrets(namespace), { apiVersion: "v1", kind: "Secret", metadata: { name }, type, data });
}

const dataIs = (data: Record<string, string>) => (object: KubeObject): boolean =>
  JSON.stringify(object["data"]) === JSON.stringify(data);

function conditionIs(status: string, reason: string) {
  return (cr: KubeObject): boolean => {
    const synced = conditionOf(cr, "Synced");
    return synced?.status === status && synced.reason === reason;
  };
}

/** The operator makes passes, and not one call. */
async function assertAtRest(operator: Operator): Promise<void> {
  await operator.idle(3);
  operator.calls();
  await operator.idle(3);
  assert.deepEqual(operator.calls(), []);
}

const fromPlatform = `onReconcile:
  secrets:
    - { name: copy, fromSecret: registry, fromNamespace: platform, data: { extra: "{{ .spec.extra }}" } }`;

Deno.test("a copy of a Secret has its bytes and its type, follows it, and costs nothing at rest", async () => {
  await using operator = await operatorFor({ box: fromPlatform });
  await makeNamespaces(operator, "platform");
  const data = { ".dockerconfigjson": "e30=", blob: bytes };
  await makeSecret(operator, "platform", "registry", data, "kubernetes.io/dockerconfigjson");
  await operator.demo("a", { extra: "x" });
  const copy = await operator.until(`${secrets("default")}/copy`, dataIs({ ...data, extra: "eA==" }));
  assert.equal(copy["type"], "kubernetes.io/dockerconfigjson");
  await operator.until(`${demos}/a`, conditionIs("True", "Synced"));
  await assertAtRest(operator);
  const changed = { data: { blob: "AAE=" } };
  await operator.request("PATCH", `${secrets("platform")}/registry`, changed, merge);
  await operator.until(`${secrets("default")}/copy`, dataIs({ ...data, blob: "AAE=", extra: "eA==" }));
  await operator.idle(3);
  const calls = operator.calls().filter((call) => !call.includes("events"));
  assert.deepEqual(calls, ["patch secrets copy"], "one call for the change, and no read");
  // A change of what is not copied.
  const labels = { metadata: { labels: { a: "b" } } };
  await operator.request("PATCH", `${secrets("platform")}/registry`, labels, merge);
  await assertAtRest(operator);
});

Deno.test("a copy waits for its source, without a Warning, and stays when that is deleted", async () => {
  const box = `${fromPlatform}
  configMaps: [{ name: other, data: { extra: "{{ .spec.extra }}" } }]`;
  await using operator = await operatorFor({ box });
  await makeNamespaces(operator, "platform");
  await operator.demo("a", { extra: "x" });
  const waiting = await operator.until(`${demos}/a`, conditionIs("False", "Waiting"));
  assert.match(conditionOf(waiting, "Synced")!.message!, /waiting for Secret platform\/registry/);
  assert.ok(await operator.get(`${maps("default")}/other`), "the other entry is kept up");
  assert.equal(await operator.get(`${secrets("default")}/copy`), undefined);
  await assertAtRest(operator);
  await makeSecret(operator, "platform", "registry", { a: "Yg==" });
  await operator.until(`${secrets("default")}/copy`, dataIs({ a: "Yg==", extra: "eA==" }));
  await operator.until(`${demos}/a`, conditionIs("True", "Synced"));
  await operator.request("DELETE", `${secrets("platform")}/registry`);
  await operator.until(`${demos}/a`, conditionIs("False", "Waiting"));
  await assertAtRest(operator);
  assert.ok(dataIs({ a: "Yg==", extra: "eA==" })((await operator.get(`${secrets("default")}/copy`))!));
  const events = await operator.request("GET", "/apis/events.k8s.io/v1/events");
  const warnings = (events["items"] as unknown as { type: string }[]).filter(({ type }) => type === "Warning");
  assert.deepEqual(warnings, []);
});

Deno.test("a source that may not be read fails its entry alone, with the reason, until it may be read", async () => {
  let forbidden = true;
  const between: Between = async (request, forward) =>
    forbidden && /namespaces\/platform\/secrets/.test(request.url) ? statusResponse(403, "Forbidden") : await forward();
  const box = `${fromPlatform}
  configMaps: [{ name: other, data: { extra: "{{ .spec.extra }}" } }]`;
  await using operator = await operatorFor({ box }, {}, between);
  await makeNamespaces(operator, "platform");
  await makeSecret(operator, "platform", "registry", { a: "Yg==" });
  await operator.demo("a", { extra: "x" });
  const failed = await operator.until(`${demos}/a`, conditionIs("False", "ReconcileError"));
  assert.match(
    conditionOf(failed, "Synced")!.message!,
    /onReconcile\.secrets\[0\]: katalog\.yaml:\d+:\d+: cannot read Secret platform\/registry, .*Forbidden/,
  );
  assert.ok(await operator.get(`${maps("default")}/other`), "the other entry is kept up");
  forbidden = false;
  await operator.until(`${secrets("default")}/copy`, dataIs({ a: "Yg==", extra: "eA==" }));
});

Deno.test("a change of a source reconciles exactly the objects that use it", async () => {
  const box = 'onReconcile:\n  configMaps: [{ name: "{{ .metadata.name }}-copy", fromConfigMap: "{{ .spec.from }}" }]';
  await using operator = await operatorFor({ box, resync: "1h" });
  for (const name of ["one", "two"]) {
    const data = { text: name };
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data, binaryData: { blob: bytes } };
    await operator.request("POST", maps("default"), body);
  }
  await operator.demo("a", { from: "one" });
  await operator.demo("b", { from: "two" });
  const copy = await operator.until(`${maps("default")}/a-copy`, dataIs({ text: "one" }));
  assert.deepEqual(copy["binaryData"], { blob: bytes });
  await operator.until(`${maps("default")}/b-copy`, dataIs({ text: "two" }));
  for (const name of ["a", "b"]) await operator.until(`${demos}/${name}`, conditionIs("True", "Synced"));
  const passes = (key: string) =>
    operator.messages.filter((message) => message.type === "pass" && message.key === `default/${key}`).length;
  const before = passes("b");
  await operator.request("PATCH", `${maps("default")}/one`, { data: { text: "1" } }, merge);
  await operator.until(`${maps("default")}/a-copy`, dataIs({ text: "1" }));
  assert.equal(passes("b"), before);
  // Another source, named by the object.
  await operator.demo("a", { from: "two" });
  await operator.until(`${maps("default")}/a-copy`, dataIs({ text: "two" }));
  assert.deepEqual(changesOf(operator.messages).filter((text) => text.includes("a-copy")), [
    "created ConfigMap a-copy",
    "updated ConfigMap a-copy (what is declared changed)",
    "updated ConfigMap a-copy (the spec changed)",
  ]);
});

Deno.test("a copy for each of several namespaces: added, removed, and deleted with the object", async () => {
  const box = `onReconcile:
  secrets:
    - { name: "{{ .metadata.name }}-copy", fromSecret: token, toNamespaces: [team-x, "{{ .spec.spaces }}"] }`;
  await using operator = await operatorFor({ box, more: "allowedNamespaces: [default, team-*]" });
  await makeNamespaces(operator, "team-x", "team-a", "team-b", "other");
  await makeSecret(operator, "default", "token", { blob: bytes });
  await operator.demo("a", { spaces: ["team-a", "team-b", "team-a"] });
  for (const space of ["team-x", "team-a", "team-b"]) {
    await operator.until(`${secrets(space)}/a-copy`, dataIs({ blob: bytes }));
  }
  assert.equal(await operator.get(`${secrets("default")}/a-copy`), undefined);
  await operator.until(`${demos}/a`, conditionIs("True", "Synced"));
  await assertAtRest(operator);
  await operator.demo("a", { spaces: ["team-b"] });
  await operator.untilGone(`${secrets("team-a")}/a-copy`);
  // One that is not allowed, or does not exist, fails alone: the copy in a namespace that left the list goes all the same.
  await operator.demo("a", { spaces: ["other", "team-missing"] });
  await operator.untilGone(`${secrets("team-b")}/a-copy`);
  await operator.until(`${demos}/a`, conditionIs("False", "ReconcileError"));
  await operator.demo("a", { spaces: ["other", "team-a"] });
  await operator.until(`${secrets("team-a")}/a-copy`, dataIs({ blob: bytes }));
  const failed = await operator.until(`${demos}/a`, conditionIs("False", "ReconcileError"));
  assert.match(conditionOf(failed, "Synced")!.message!, /secrets\[0\]\[other\]: .*namespace "other" is not allowed/);
  assert.equal(await operator.get(`${secrets("other")}/a-copy`), undefined);
  await operator.demo("a", { spaces: [] });
  await operator.untilGone(`${secrets("team-a")}/a-copy`);
  assert.ok(await operator.get(`${secrets("team-x")}/a-copy`));
  await operator.request("DELETE", `${demos}/a`);
  await operator.untilGone(`${secrets("team-x")}/a-copy`);
  await operator.untilGone(`${demos}/a`);
  assert.ok(await operator.get(`${secrets("default")}/token`), "the source is not ours");
});

Deno.test("an object does not choose a source in any namespace", async () => {
  const box = `onReconcile:
  secrets: [{ name: copy, fromSecret: s, fromNamespace: "{{ .spec.space }}" }]`;
  await using operator = await operatorFor({ box, more: "allowedNamespaces: [default, shared]" });
  await makeNamespaces(operator, "shared", "private");
  for (const space of ["shared", "private"]) await makeSecret(operator, space, "s", { a: "Yg==" });
  await operator.demo("a", { space: "private" });
  const failed = await operator.until(`${demos}/a`, conditionIs("False", "ReconcileError"));
  assert.match(conditionOf(failed, "Synced")!.message!, /source namespace "private" is not allowed/);
  await operator.demo("a", { space: "shared" });
  await operator.until(`${secrets("default")}/copy`, dataIs({ a: "Yg==" }));
});

Deno.test("an entry that only creates copies once, and does not need its source afterwards", async () => {
  const box = "onCreate:\n  secrets: [{ name: copy, fromSecret: s, fromNamespace: platform }]";
  await using operator = await operatorFor({ box });
  await makeNamespaces(operator, "platform");
  await makeSecret(operator, "platform", "s", { a: "Yg==" });
  await operator.demo("a", {});
  await operator.until(`${secrets("default")}/copy`, dataIs({ a: "Yg==" }));
  await operator.request("DELETE", `${secrets("platform")}/s`);
  await operator.until(`${demos}/a`, conditionIs("True", "Synced"));
  await assertAtRest(operator);
  assert.equal(conditionOf(await operator.get(`${demos}/a`), "Synced")?.status, "True");
});

Deno.test("values of a copied Secret are in no status, Event or message", async () => {
  const value = "c2VjcmV0LXZhbHVl";
  await using operator = await operatorFor({ box: fromPlatform });
  await makeNamespaces(operator, "platform");
  await makeSecret(operator, "platform", "registry", { a: value });
  await operator.demo("a", { extra: "x" });
  const copy = await operator.until(`${secrets("default")}/copy`, dataIs({ a: value, extra: "eA==" }));
  const cr = await operator.until(`${demos}/a`, conditionIs("True", "Synced"));
  const event = await waitFor("an Event", async () => {
    const events = await operator.request("GET", "/apis/events.k8s.io/v1/events");
    return (events["items"] as unknown[]).length > 0 ? events : undefined;
  });
  const told = JSON.stringify([cr, event, operator.messages]);
  const digest = copy.metadata.annotations!["orkestra.orkspace.io/applied"]!;
  for (const secret of [value, atob(value), digest]) assert.equal(told.includes(secret), false, secret);
});

Deno.test("an operator that starts again writes nothing, wherever the names of its sources come from", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const box = `onReconcile:
  configMaps:
    - { name: named, fromConfigMap: source }
    - { name: chosen, fromConfigMap: "{{ .spec.from }}" }
    - { name: again, fromConfigMap: source, toNamespaces: [default], data: { own: "1" } }`;
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "source" }, data: { a: "b" } };
  await cluster.request("POST", maps("default"), body);
  await cluster.request("POST", demos, demoOf("a", { from: "source" }));
  const writes: string[] = [];
  for (const run of [1, 2]) {
    await using operator = await start(cluster, [{ key: "demo", box, reconciler: "resync: 200ms" }], {
      between: (request, forward) => {
        if (run === 2 && request.method !== "GET") writes.push(`${request.method} ${request.url}`);
        return forward();
      },
    });
    await cluster.until(`${demos}/a`, conditionIs("True", "Synced"));
    for (const name of ["named", "chosen", "again"]) await cluster.until(`${maps("default")}/${name}`, () => true);
    await untilIdle(operator.messages, 4);
  }
  assert.deepEqual(writes, []);
});

Deno.test("a copy whose source is a child of the same object that never rests is throttled as any other", async () => {
  const box = `onReconcile:
  configMaps:
    - { name: source, data: { count: "{{ .status.count }}" } }
    - { name: copy, fromConfigMap: source }
status:
  fields: [{ path: count, value: "{{ add (.status.count | default 0) 1 }}", type: int }]`;
  await using operator = await operatorFor({ box, resync: "1h" });
  await operator.demo("a", {});
  await waitFor("it is reported", async () => {
    const events = await operator.request("GET", "/apis/events.k8s.io/v1/events");
    return JSON.stringify(events).includes("NeverAtRest") ? true : undefined;
  });
});

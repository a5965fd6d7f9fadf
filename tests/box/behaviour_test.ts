import assert from "node:assert/strict";
import type { Condition, KubeObject } from "../../src/k8s/object.ts";
import { waitFor } from "../support/wait_for.ts";
import { demos, operatorFor } from "./operator.ts";

const core = "/api/v1/namespaces/default";
const one = 'onReconcile:\n  configMaps: [{ name: one, data: { text: "{{ .spec.text }}" } }]';

/** The condition Ready of a status. */
function ready(status: KubeObject["status"]): Condition | undefined {
  return status?.conditions?.find((item: Condition) => item.type === "Ready");
}

Deno.test("a CRD without status subresource: children are created, one note, no calls at rest", async () => {
  await using operator = await operatorFor({ box: one }, { status: false });
  await operator.demo("a", { text: "hello" });
  await operator.until(`${core}/configmaps/one`, (object) => object["data"].text === "hello");
  await operator.idle(2);
  operator.calls();
  await operator.idle(3);
  assert.deepEqual(operator.calls(), []);
  assert.equal(operator.messages.filter((message) => message.type === "note").length, 1);
});

Deno.test("a schema that prunes parts of the status, in lists too, causes no calls at rest", async () => {
  const item = { type: "object", properties: { type: { type: "string" }, status: { type: "string" } } };
  const schema = { type: "object", properties: { conditions: { type: "array", items: item } } };
  const box = `${one}\nstatus:\n  fields: [{ path: phase, value: Fine }]`;
  await using operator = await operatorFor({ box }, { schema });
  await operator.demo("a", { text: "hello" });
  await operator.until(`${demos}/a`, (object) => ready(object["status"])?.status === "True");
  await operator.idle(2);
  operator.calls();
  await operator.idle(4);
  assert.deepEqual(operator.calls(), []);
});

Deno.test("a child that the API server refuses does not block others, and the status says why", async () => {
  const box = `onReconcile:
  secrets: [{ name: "{{ .spec.bad }}", type: "kubernetes.io/tls", data: { a: b } }]
  configMaps: [{ name: two, data: { a: b } }]`;
  await using operator = await operatorFor({ box });
  await operator.demo("a", { bad: "refused" });
  await operator.until(`${core}/configmaps/two`, () => true);
  const { status } = await operator.until(`${demos}/a`, (object) => ready(object["status"])?.status === "False");
  assert.match(ready(status)!.message, /Cannot create Secret refused/);
});

const unreadable: [what: string, text: () => string, why: RegExp][] = [
  ["no JSON", () => "<html>It works!</html>", /the response is no JSON$/],
  ["longer than anybody wants to hold", () => " ".repeat(16 * 1024 * 1024 + 1), /longer than 16777216 bytes$/],
];
for (const [what, text, why] of unreadable) {
  Deno.test(`a response to a write that is ${what} is a failure of the pass, no defect, and retried`, async () => {
    let broken = true;
    let tries = 0;
    await using operator = await operatorFor({ box: one }, {}, async (request, forward) => {
      if (!broken || request.method !== "PATCH" || !request.url.includes("/configmaps/")) return await forward();
      tries++;
      return new Response(text());
    });
    await operator.demo("a", { text: "hello" });
    const cr = await operator.until(`${demos}/a`, (object) => ready(object["status"])?.status === "False");
    assert.match(ready(cr["status"])!.message!, why);
    await waitFor("it is retried", () => tries >= 3);
    const event = await waitFor("an Event says so", async () => {
      const { items } = await operator.request("GET", "/apis/events.k8s.io/v1/events") as unknown as {
        items: { reason: string; note: string }[];
      };
      return items.find(({ reason }) => reason === "ReconcileError");
    });
    assert.match(event.note, /^Cannot create ConfigMap one: /);
    assert.match(event.note, why);
    broken = false;
    await operator.until(`${demos}/a`, (object) => ready(object["status"])?.status === "True");
    assert.deepEqual(operator.messages.filter(({ type }) => type === "defect"), []);
  });
}

Deno.test("corrections that another writer always undoes get growing waits, and the status says so", async () => {
  await using operator = await operatorFor({ box: one });
  await operator.demo("a", { text: "ours" });
  for (let round = 0; round <= 10; round++) {
    await operator.until(`${core}/configmaps/one`, (object) => object["data"].text === "ours");
    const theirs = { data: { text: "theirs" } };
    await operator.request("PATCH", `${core}/configmaps/one`, theirs, "application/merge-patch+json");
  }
  const { status } = await operator.until(`${demos}/a`, (object) => ready(object["status"])?.status === "False");
  assert.match(
    ready(status)!.message,
    /ConfigMap one was changed by .* again; it was corrected 10 times within a minute/,
  );
});

Deno.test("a child that another controller has taken over is left alone, and the status says so", async () => {
  await using operator = await operatorFor({ box: one });
  await operator.demo("a", { text: "hello" });
  const child = await operator.until(`${core}/configmaps/one`, () => true);
  const other = await operator.request("POST", `${core}/configmaps`, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "other" },
  });
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "other", uid: other.metadata.uid, controller: true };
  const taken = { ...child, metadata: { ...child.metadata, ownerReferences: [owner], managedFields: undefined } };
  await operator.request("PUT", `${core}/configmaps/one`, taken);
  const { status } = await operator.until(`${demos}/a`, (object) => ready(object["status"])?.status === "False");
  assert.match(
    ready(status)!.message,
    /one is there already, controlled by ConfigMap other; delete it, or declare another name/,
  );
  assert.equal((await operator.get(`${core}/configmaps/one`))!.metadata.ownerReferences![0]!.name, "other");
});

Deno.test("reconciled children are deleted without condition or element, created ones stay", async () => {
  const box = `onCreate:
  secrets: [{ name: kept, data: { a: b }, when: [{ field: spec.on, equals: "true" }] }]
onReconcile:
  configMaps:
    - { name: gated, data: { a: b }, when: [{ field: spec.on, equals: "true" }] }
    - { name: "each-{{ .item }}", forEach: { field: spec.items }, data: { a: b } }`;
  await using operator = await operatorFor({ box });
  await operator.demo("a", { on: true, items: ["x", "y"] });
  for (const name of ["configmaps/gated", "configmaps/each-x", "configmaps/each-y", "secrets/kept"]) {
    await operator.until(`${core}/${name}`, () => true);
  }
  await operator.demo("a", { on: false, items: ["y"] });
  await operator.until(`${demos}/a`, (object) => object["status"]?.observedGeneration === 2);
  assert.equal(await operator.get(`${core}/configmaps/gated`), undefined);
  assert.equal(await operator.get(`${core}/configmaps/each-x`), undefined);
  assert.notEqual(await operator.get(`${core}/configmaps/each-y`), undefined);
  assert.notEqual(await operator.get(`${core}/secrets/kept`), undefined);
});

Deno.test("a child in another namespace is deleted with its CR, by a finalizer for this purpose alone", async () => {
  const box = `onReconcile:\n  configMaps: [{ name: far, namespace: kube-public, data: { a: b } }]`;
  await using operator = await operatorFor({ box });
  await operator.demo("a", {});
  await operator.until(
    "/api/v1/namespaces/kube-public/configmaps/far",
    (object) => object.metadata.ownerReferences === undefined,
  );
  const { metadata } = await operator.until(`${demos}/a`, () => true);
  assert.deepEqual(metadata.finalizers, ["demo.orkestra.orkspace.io/cleanup"]);
  await operator.request("DELETE", `${demos}/a`);
  for (const path of [`${demos}/a`, "/api/v1/namespaces/kube-public/configmaps/far"]) {
    await waitFor(`${path} is gone`, async () => await operator.get(path) === undefined);
  }
  const failures = operator.messages.filter((message) => message.type === "pass" && message.result === "failed");
  assert.deepEqual(failures, []);
});

Deno.test("a denied CR gets one Event and no children, and is no failure", async () => {
  const more = `validation:\n  rules: [{ field: spec.size, lessThanOrEqual: "3", message: "at most 3" }]`;
  await using operator = await operatorFor({ box: one, more });
  await operator.demo("a", { size: 5, text: "hello" });
  const { status } = await operator.until(
    `${demos}/a`,
    (object) => ready(object["status"])?.reason === "ValidationFailed",
  );
  assert.equal(ready(status)!.message, "spec.size: at most 3");
  assert.equal(await operator.get(`${core}/configmaps/one`), undefined);
  await operator.demo("a", { size: 3, text: "hello" });
  await operator.until(`${core}/configmaps/one`, (object) => object["data"].text === "hello");
});

Deno.test("templates for one object have a budget of text, and exceeding it does not end the cell", async () => {
  const box = `onReconcile:
  configMaps:
    - { name: "big-{{ .item }}", forEach: { field: spec.items }, data: { a: '{{ repeat "x" 1000000 }}' } }`;
  await using operator = await operatorFor({ box });
  await operator.demo("a", { items: Array.from({ length: 100 }, (_, index) => index) });
  const { status } = await operator.until(`${demos}/a`, (object) => ready(object["status"])?.status === "False");
  assert.match(ready(status)!.message, /more than 8388608 characters/);
});

Deno.test("forceConflict: false leaves a field to its manager, and the status names it", async () => {
  const box = `onReconcile:\n  configMaps: [{ name: one, adopt: true, forceConflict: false, data: { text: ours } }]`;
  await using operator = await operatorFor({ box });
  const theirs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one" }, data: { text: "theirs" } };
  await operator.request("PATCH", `${core}/configmaps/one?fieldManager=them`, theirs, "application/apply-patch+yaml");
  await operator.demo("a", {});
  const { status } = await operator.until(`${demos}/a`, (object) => ready(object["status"])?.status === "False");
  assert.match(ready(status)!.message, /conflict with "them"/);
  assert.equal((await operator.get(`${core}/configmaps/one`))!["data"].text, "theirs");
});

Deno.test("a CR that leaves the labelSelector is left alone, and still cleaned up when it is deleted", async () => {
  const box = `onReconcile:\n  configMaps: [{ name: far, namespace: kube-public, data: { text: "{{ .spec.text }}" } }]`;
  const far = "/api/v1/namespaces/kube-public/configmaps/far";
  await using operator = await operatorFor({ box, more: "labelSelector: { team: tea }" });
  const label = (team: string | null, text: string) =>
    operator.request(
      "PATCH",
      `${demos}/a`,
      { metadata: { labels: { team } }, spec: { text } },
      "application/merge-patch+json",
    );
  await operator.demo("a", { text: "none" });
  await operator.demo("b", { text: "none" });
  await label("tea", "first");
  await operator.until(far, (object) => object["data"].text === "first");
  assert.equal((await operator.get(`${demos}/b`))!.metadata.finalizers, undefined);
  await label(null, "second");
  await operator.idle(3);
  assert.equal((await operator.get(far))!["data"].text, "first");
  await operator.request("DELETE", `${demos}/a`);
  for (const path of [`${demos}/a`, far]) {
    await waitFor(`${path} is gone`, async () => await operator.get(path) === undefined);
  }
});

Deno.test("a change of a child's metadata that a template reads triggers a pass", async () => {
  const box = `${one}
status:
  fields: [{ path: rev, value: '{{ index .children.configMap.metadata.annotations "rev" }}' }]`;
  await using operator = await operatorFor({ box, resync: "1h" });
  await operator.demo("a", { text: "hello" });
  await operator.until(`${demos}/a`, (object) => ready(object["status"])?.status === "True");
  const annotated = { metadata: { annotations: { rev: "7" } } };
  await operator.request("PATCH", `${core}/configmaps/one`, annotated, "application/merge-patch+json");
  await operator.until(`${demos}/a`, (object) => object["status"].rev === "7");
});

import assert from "node:assert/strict";
import { TimeLimitError } from "../../src/box/mod.ts";
import { waitFor } from "../support/wait_for.ts";
import { changesOf, conditionOf, demos, operatorFor } from "./operator.ts";

// Conditions of a CR for problems that no child of an entry shows (ruling 64).

const core = "/api/v1/namespaces/default";
const one = "onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]";

Deno.test("a requeue.after that cannot be rendered is one failure, and Ready does not flap", async () => {
  const reconciler = 'resync: 1h\nrequeue: { after: "{{ .spec.name.first }}" }';
  await using operator = await operatorFor({ box: one, reconciler });
  await operator.demo("a", { name: "text" });
  const failures = () =>
    operator.messages.filter((message) => message.type === "pass" && message.result === "failed").length;
  await waitFor("it was tried six times", () => failures() >= 6);
  const writes = changesOf(operator.messages).filter((text) => text === "wrote the status");
  assert.equal(writes.length, 1);
  const ready = conditionOf(await operator.get(`${demos}/a`), "Ready");
  assert.deepEqual([ready?.status, ready?.reason], ["False", "ReconcileError"]);
  assert.match(ready!.message, /requeue\.after/);
  assert.notEqual(await operator.get(`${core}/configmaps/one`), undefined);
});

Deno.test("a refusal of the API server is never reported as a change by another writer", async () => {
  const box = `onReconcile:\n  secrets: [{ name: bad, type: "kubernetes.io/tls", data: { a: b } }]`;
  await using operator = await operatorFor({ box, resync: "1h" });
  for (let generation = 1; generation <= 25; generation++) {
    await operator.demo("a", { generation });
    const cr = await operator.until(`${demos}/a`, ({ status }) => status?.["observedGeneration"] === generation);
    assert.match(conditionOf(cr, "Synced")!.message, /Cannot create Secret bad/);
  }
  const wrong = operator.messages.filter((message) =>
    message.type === "pass" && message.message?.includes("another writer")
  );
  assert.deepEqual(wrong, []);
});

Deno.test("the refusal of a Secret is reported with the text that cannot have values of it", async () => {
  const box = `onReconcile:
  secrets:
    - { name: kept, type: "{{ .spec.type }}", data: { a: hunter2 } }
    - { name: bad, type: kubernetes.io/tls, data: { a: hunter2 } }`;
  await using operator = await operatorFor({ box, resync: "1h" });
  await operator.demo("a", { type: "example.com/one" });
  await operator.until(`${core}/secrets/kept`, () => true);
  await operator.demo("a", { type: "example.com/two" });
  const cr = await operator.until(`${demos}/a`, ({ status }) => status?.["observedGeneration"] === 2);
  const { message } = conditionOf(cr, "Synced")!;
  assert.match(message, /Cannot update Secret kept: type: .*field is immutable/);
  assert.match(message, /Cannot create Secret bad: data\[tls\.crt\]: Required value/);
  assert.doesNotMatch(message, /hunter2|aHVudGVyMg/);
});

Deno.test("a condition that cannot be evaluated deletes nothing, and is reported", async () => {
  const box = `onReconcile:
  configMaps:
    - { name: one, data: { a: b }, when: [{ field: "{{ index .spec.regions 0 }}", equals: "eu" }] }
    - { name: two, data: { a: b }, when: [{ field: spec.size, greaterThan: "{{ .spec.minSize }}" }] }`;
  await using operator = await operatorFor({ box, resync: "1h" });
  await operator.demo("a", { regions: ["eu"], size: 5, minSize: 1 });
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "True");
  await operator.demo("a", { regions: [], size: 5, minSize: "one" });
  const cr = await operator.until(`${demos}/a`, (object) => conditionOf(object, "Synced")?.status === "False");
  assert.match(conditionOf(cr, "Synced")!.message, /configMaps\[0\].*configMaps\[1\]/s);
  for (const name of ["one", "two"]) assert.notEqual(await operator.get(`${core}/configmaps/${name}`), undefined);
  assert.deepEqual(changesOf(operator.messages).filter((text) => text.startsWith("deleted")), []);
});

Deno.test("a kind that is not installed, and not desired now, does not block a box", async () => {
  const box = `${one}
  custom:
    - apiVersion: monitoring.dev/v1
      kind: Monitor
      metadata: { name: m }
      spec: { a: b }
      when: [{ field: spec.monitored, equals: "true" }]`;
  await using operator = await operatorFor({ box, resync: "1h" });
  await operator.demo("a", {});
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  assert.notEqual(await operator.get(`${core}/configmaps/one`), undefined);
});

Deno.test("a deny rule whose bound the CR makes unusable denies it, and says why", async () => {
  const more = `validation:
  rules: [{ field: spec.size, lessThanOrEqual: "{{ .spec.limit }}", message: "too large" }]`;
  await using operator = await operatorFor({ box: one, more });
  await operator.demo("a", { size: 99, limit: "x" });
  const cr = await operator.until(`${demos}/a`, (object) => conditionOf(object, "Ready") !== undefined);
  const failed = conditionOf(cr, "ValidationFailed");
  assert.equal(failed?.status, "True");
  assert.match(failed.message, /too large \(cannot be checked: .* a text of 1 character is not a number\)/);
});

Deno.test("a pass that takes too long is reported by the conditions too, not by the Event alone", async () => {
  let isTooLong = false;
  await using operator = await operatorFor({ box: one }, {}, undefined, {
    bounded: (run) => {
      if (isTooLong) throw new TimeLimitError(1);
      return run();
    },
  });
  await operator.demo("a", { size: 1 });
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  isTooLong = true;
  await operator.demo("a", { size: 2 });
  const cr = await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.reason === "ReconcileError");
  assert.match(conditionOf(cr, "Synced")!.message, /took longer than 1 ms/);
  assert.equal(cr["status"].observedGeneration, 2);
});

Deno.test("a CR that is deleted while a pass writes to it is no failure", async () => {
  const box = "onReconcile:\n  configMaps: [{ name: far, namespace: kube-public, data: { a: b } }]";
  const path = `${demos}/a`;
  let deleted = false;
  await using operator = await operatorFor({ box, resync: "1h" }, {}, async (request, forward) => {
    if (!deleted && request.method === "PATCH" && new URL(request.url).pathname === path) {
      deleted = true;
      await operator.request("DELETE", path);
    }
    return await forward();
  });
  await operator.demo("a", {});
  await waitFor("it is gone", () => operator.messages.some(({ type }) => type === "gone"));
  assert.ok(deleted);
  const failed = operator.messages.filter((message) => message.type === "pass" && message.result === "failed");
  assert.deepEqual(failed, []);
  const { items } = await operator.request("GET", "/apis/events.k8s.io/v1/events") as unknown as { items: unknown[] };
  assert.deepEqual(items, []);
});

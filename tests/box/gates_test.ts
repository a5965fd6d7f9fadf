import assert from "node:assert/strict";
import { conditionOf, demos, operatorFor } from "./operator.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const child = 'onReconcile: { configMaps: [{ name: "{{ .metadata.name }}-c", data: { a: "{{ .spec.a }}" } }] }';
const status = 'status: { fields: [{ path: a, value: "{{ .spec.a }}" }] }';

for (const gate of ["enqueueGate", "reconcileGate"]) {
  Deno.test(`while the ${gate} is closed nothing is done for a CR and its status stays; its deletion is not held up`, async () => {
    await using operator = await operatorFor({
      box: `${child}
${status}
preReconcile: { ${gate}: { when: [{ field: spec.paused, notEquals: "true" }] } }`,
    });
    await operator.demo("a", { a: "1" });
    const ready = await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.status === "True");
    await operator.demo("a", { a: "2", paused: true });
    await operator.idle(3);
    assert.equal((await operator.get(`${maps}/a-c`))!["data"].a, "1");
    assert.deepEqual((await operator.get(`${demos}/a`))!["status"], ready["status"]);
    await operator.request("DELETE", `${maps}/a-c`);
    await operator.idle(3);
    await operator.untilGone(`${maps}/a-c`);
    await operator.demo("a", { a: "2", paused: false });
    await operator.until(`${maps}/a-c`, (map) => map["data"].a === "2");
    await operator.until(`${demos}/a`, (cr) => cr["status"].a === "2");
    await operator.demo("a", { a: "3", paused: true });
    await operator.request("DELETE", `${demos}/a`);
    await operator.untilGone(`${demos}/a`);
  });
}

Deno.test("a gate that cannot be evaluated is open, with failPolicy closed it is closed", async () => {
  const broken = (failPolicy: string) =>
    `{ when: [{ field: spec.a, greaterThan: "{{ .spec.limit }}" }], failPolicy: ${failPolicy} }`;
  for (const [policy, made] of [["open", true], ["closed", false]] as const) {
    await using operator = await operatorFor({ box: `${child}\npreReconcile: { reconcileGate: ${broken(policy)} }` });
    await operator.demo("a", { a: "1", limit: "much" });
    await operator.idle(3);
    if (made) await operator.until(`${maps}/a-c`, () => true);
    else await operator.untilGone(`${maps}/a-c`);
  }
});

Deno.test("sentinels say what has changed since the last reconcile; a change in a closed gate is not lost", async () => {
  await using operator = await operatorFor({
    box: `${child}
preReconcile:
  sentinels: [generationChanged, labelsChanged]
  enqueueGate: { when: [{ field: metadata.labels.hold, notEquals: "yes" }] }
  reconcileGate:
    or:
      - { field: "{{ generationChanged }}", equals: "true" }
      - { field: "{{ labelsChanged }}", equals: "true" }`,
  });
  await operator.demo("a", { a: "1" });
  await operator.until(`${maps}/a-c`, () => true);
  await operator.idle(3);
  // Nothing of the CR has changed: its child is not looked at.
  await operator.request("DELETE", `${maps}/a-c`);
  await operator.idle(3);
  await operator.untilGone(`${maps}/a-c`);
  const patch = (metadata: object, spec?: object) =>
    operator.request("PATCH", `${demos}/a`, { metadata, ...spec && { spec } }, "application/merge-patch+json");
  await patch({ annotations: { note: "b" } });
  await operator.idle(3);
  await operator.untilGone(`${maps}/a-c`);
  await patch({ labels: { hold: "yes" } }, { a: "2" });
  await operator.idle(3);
  await operator.untilGone(`${maps}/a-c`);
  await patch({ labels: { hold: null } });
  await operator.until(`${maps}/a-c`, (map) => map["data"].a === "2");
});

Deno.test("sentinels of a gate are asked for before its conditions, and what failed is tried again", async () => {
  await using operator = await operatorFor({
    box: `onReconcile: { configMaps: [{ name: "{{ .spec.name }}" }] }
preReconcile:
  sentinels: [generationChanged, deletionStarted]
  reconcileGate: { sentinels: [generationChanged, deletionStarted] }`,
  });
  await operator.request("POST", maps, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "taken" } });
  await operator.demo("a", { name: "taken" });
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.reason === "NameTaken");
  // The generation is the same as in the pass that failed.
  await operator.request("DELETE", `${maps}/taken`);
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Ready")?.status === "True");
});

Deno.test("cleanup goes before the reconcileGate, and after the enqueueGate", async () => {
  for (const [gate, deleted] of [["reconcileGate", true], ["enqueueGate", false]] as const) {
    await using operator = await operatorFor({
      box: `${child}
cleanup: { when: [{ field: spec.phase, equals: Retired }] }
preReconcile: { ${gate}: { when: [{ field: spec.open, equals: "true" }] } }`,
    });
    await operator.demo("a", { phase: "Active" });
    await operator.idle(3);
    await operator.untilGone(`${maps}/a-c`);
    await operator.demo("a", { phase: "Retired" });
    if (deleted) await operator.untilGone(`${demos}/a`);
    else {
      await operator.idle(3);
      await operator.until(`${demos}/a`, () => true);
    }
  }
});

import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { lateBody } from "../support/late_body.ts";
import { waitFor } from "../support/wait_for.ts";
import { demos, type Operator, operatorFor, othersCondition } from "./operator.ts";

// Other writers between two calls of a pass. No resync corrects anything, and no event comes until the pass is over.

const core = "/api/v1/namespaces/default";
const merge = "application/merge-patch+json";
const box = `onReconcile:
  configMaps: [{ name: "{{ .metadata.name }}-map", data: { text: "{{ .spec.text }}" } }]
status:
  fields: [{ path: url, value: "http://{{ .metadata.name }}" }]`;

type Step = readonly [when: string, meanwhile: () => Promise<unknown>];

/** An operator with writes of other clients before its calls; events are delivered after that pass. */
async function racing(katalog: { box: string; more?: string }) {
  let gate: PromiseWithResolvers<void> | undefined;
  let steps: Step[] = [];
  const passes = () => operator.messages.filter((message) => message.type === "pass").length;
  const release = () => {
    gate?.resolve();
    gate = undefined;
  };
  const operator: Operator = await operatorFor({ ...katalog, resync: "1h" }, {}, async (request, forward) => {
    const { pathname, searchParams } = new URL(request.url);
    if (searchParams.has("watch")) return lateBody(await forward(), () => gate?.promise);
    if (`${request.method} ${pathname}` !== steps[0]?.[0]) return await forward();
    gate ??= Promise.withResolvers();
    await steps.shift()![1]();
    return await forward();
  });
  return {
    operator,
    /** Prepares a race, triggers it, and waits until its pass is over. */
    async race(wanted: readonly Step[], start: () => Promise<unknown>): Promise<void> {
      steps = [...wanted];
      const before = passes();
      await start();
      try {
        await waitFor("the race is over", () => steps.length === 0 && passes() > before, { timeoutMs: 10_000 });
      } finally {
        release();
      }
    },
    async [Symbol.asyncDispose]() {
      release();
      await operator[Symbol.asyncDispose]();
    },
  };
}

const statusOf = (name: string) => `${demos}/${name}/status`;
const isDone = ({ metadata, status }: KubeObject) =>
  status?.observedGeneration === metadata.generation && status?.url !== undefined;

Deno.test("a change of the spec before the status is written is reconciled", async () => {
  await using stage = await racing({ box });
  const { operator } = stage;
  const edit = () => operator.demo("a", { text: "second" });
  await stage.race([[`PATCH ${statusOf("a")}`, edit]], () => operator.demo("a", { text: "first" }));
  await operator.until(`${core}/configmaps/a-map`, (object) => object["data"].text === "second");
  await operator.until(`${demos}/a`, isDone);
});

Deno.test("a status that another client changed meanwhile is neither overwritten nor trusted", async () => {
  await using stage = await racing({ box });
  const { operator } = stage;
  await operator.demo("a", { text: "first" });
  await operator.demo("b", { text: "first" });
  for (const name of ["a", "b"]) await operator.until(`${demos}/${name}`, isDone);
  const change = (status: unknown) => () => operator.request("PATCH", statusOf("a"), { status }, merge);
  const { status } = (await operator.get(`${demos}/a`))!;
  const edits = [
    { url: null },
    { url: "http://wrong" },
    { conditions: [...status!["conditions"], othersCondition] },
  ];
  for (const [at, edit] of edits.entries()) {
    await stage.race([[`PATCH ${statusOf("a")}`, change(edit)]], () => operator.demo("a", { text: `again ${at}` }));
    await operator.until(`${demos}/a`, (object) => isDone(object) && object["status"].url === "http://a");
  }
  const conditions: { type: string }[] = (await operator.get(`${demos}/a`))!["status"].conditions;
  assert.deepEqual(conditions.map(({ type }) => type).sort(), ["Other", "Ready", "Synced"]);
  // The race of one object does not affect the others.
  await operator.demo("b", { text: "again" });
  await operator.until(`${demos}/b`, (object) => isDone(object) && object["status"].url === "http://b");
  assert.deepEqual(operator.messages.filter((message) => message.type === "note"), []);
});

Deno.test("a CR that is deleted and recreated meanwhile has its own status, and its kind keeps one", async () => {
  await using stage = await racing({ box });
  const { operator } = stage;
  const remove = () => operator.request("DELETE", `${demos}/a`);
  const renew = async () => {
    await remove();
    await operator.demo("a", { text: "second" });
  };
  await stage.race([[`PATCH ${statusOf("a")}`, renew]], () => operator.demo("a", { text: "first" }));
  await operator.until(`${demos}/a`, isDone);
  await operator.until(`${core}/configmaps/a-map`, (object) => object["data"].text === "second");
  // Gone when the status is written, recreated when it is read.
  const steps: Step[] = [
    [`PATCH ${statusOf("a")}`, remove],
    [`GET ${demos}/a`, () => operator.demo("a", { text: "fourth" })],
  ];
  await stage.race(steps, () => operator.demo("a", { text: "third" }));
  await operator.until(`${demos}/a`, isDone);
  assert.deepEqual(operator.messages.filter((message) => message.type === "note"), []);
});

Deno.test("a finalizer that is removed meanwhile is restored, and nothing leaks", async () => {
  const far = `onReconcile:\n  configMaps: [{ name: far, namespace: kube-public, data: { text: "{{ .spec.text }}" } }]`;
  await using stage = await racing({ box: far });
  const { operator } = stage;
  const strip = () => operator.request("PATCH", `${demos}/a`, { metadata: { finalizers: [] } }, merge);
  await stage.race([[`PATCH ${statusOf("a")}`, strip]], () => operator.demo("a", { text: "first" }));
  await operator.until(`${demos}/a`, ({ metadata }) => metadata.finalizers?.length === 1);
  await operator.request("DELETE", `${demos}/a`);
  for (const path of [`${demos}/a`, "/api/v1/namespaces/kube-public/configmaps/far"]) {
    await waitFor(`${path} is gone`, async () => await operator.get(path) === undefined);
  }
});

Deno.test("a child that leaves the selection before an own write readds it is not lost", async () => {
  const gated = `onReconcile:
  configMaps:
    - { name: one, data: { text: "{{ .spec.text }}" }, when: [{ field: spec.on, equals: "true" }] }`;
  await using stage = await racing({ box: gated });
  const { operator } = stage;
  const child = `${core}/configmaps/one`;
  await operator.demo("a", { text: "first", on: "true" });
  await operator.until(child, () => true);
  const hide = () =>
    operator.request("PATCH", child, { metadata: { labels: { "orkestra.orkspace.io/managed": null } } }, merge);
  await stage.race([[`PATCH ${child}`, hide]], () => operator.demo("a", { text: "second", on: "true" }));
  await operator.until(child, ({ metadata }) => metadata.labels?.["orkestra.orkspace.io/managed"] === "true");
  await operator.demo("a", { text: "second", on: "false" });
  await waitFor("the child is gone", async () => await operator.get(child) === undefined);
});

Deno.test("drift of a custom child is corrected, in its status, and in its spec beside an applied status", async () => {
  const custom = `onReconcile:
  custom:
    - apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata: { name: web }
      spec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }
      status: { loadBalancer: { ingress: [{ ip: "{{ .spec.ip }}" }] } }`;
  await using stage = await racing({ box: custom });
  const { operator } = stage;
  const child = "/apis/networking.k8s.io/v1/namespaces/default/ingresses/web";
  const has = (ip: string) => (object: KubeObject) =>
    object["status"]?.loadBalancer?.ingress?.[0]?.ip === ip && object["spec"].defaultBackend.service.port.number === 80;
  await operator.demo("a", { ip: "10.0.0.1" });
  await operator.until(child, has("10.0.0.1"));
  const drift = { status: { loadBalancer: { ingress: [{ ip: "10.9.9.9" }] } } };
  await operator.request("PATCH", `${child}/status`, drift, merge);
  await operator.until(child, has("10.0.0.1"));
  const move = () =>
    operator.request("PATCH", child, { spec: { defaultBackend: { service: { port: { number: 81 } } } } }, merge);
  await stage.race([[`PATCH ${child}/status`, move]], () => operator.demo("a", { ip: "10.0.0.2" }));
  await operator.until(child, has("10.0.0.2"));
});

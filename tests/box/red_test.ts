// Each states what should hold, and fails on commit bc329e1. Copy to tests/box/ of that commit, run with
//   deno test -A --no-prompt --no-check tests/box/red_test.ts
import assert from "node:assert/strict";
import type { BoxMessage } from "../../src/box/mod.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { waitFor } from "../support/wait_for.ts";
import { demos, operatorFor } from "./operator.ts";

const core = "/api/v1/namespaces/default";
const pub = "/api/v1/namespaces/kube-public/configmaps";
const merge = "application/merge-patch+json";
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
type Ask = ReturnType<typeof sandboxRequest>;
const has = (ask: Ask, path: string) => ask("GET", path).then(() => true, () => false);

async function crd(ask: Ask, group: string, kind: string, more: Record<string, unknown> = {}, spec?: unknown) {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const plural = `${kind.toLowerCase()}s`;
  await ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", properties: { spec: spec ?? open, status: open } } },
        ...more,
      }],
    },
  });
}

interface Entry {
  key: string;
  group?: string;
  kind?: string;
  more?: string;
  box: string;
}

function start(
  sandbox: Sandbox,
  entries: readonly Entry[],
  fetch?: (url: string, init: RequestInit) => Promise<Response>,
) {
  const indent = (text: string, by: number) => text.split("\n").map((line) => " ".repeat(by) + line).join("\n");
  const text = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: test }
spec:
  crds:
${
    entries.map(({ key, group = "demo.dev", kind = "Demo", more, box }) =>
      `    ${key}:
      apiTypes: { group: ${group}, version: v1, kind: ${kind}, plural: ${kind.toLowerCase()}s }
${more === undefined ? "" : indent(more, 6)}
      operatorBox:
        reconciler: { resync: 1h }
${indent(box, 8)}`
    ).join("\n")
  }
`;
  const source = { path: "katalog.yaml", bytes: new TextEncoder().encode(text) };
  const { findings, katalog } = loadKatalog([source], () => undefined);
  if (katalog === undefined) throw new Error(Deno.inspect(findings));
  const told: BoxMessage[] = [];
  const host = sandboxHost(sandbox, { userAgent: "test/1", ...(fetch === undefined ? {} : { fetch }) });
  const runtime = startRuntime({ plan: derivePlan(katalog), host, report: (message) => void told.push(message) });
  return { runtime, told, findings };
}

/** A sandbox with the CRD Demo, stopped in the end whatever happens. */
async function stage(work: (sandbox: Sandbox, ask: Ask) => Promise<void>, own = false): Promise<void> {
  const sandbox = createSandbox({ clock: realClock });
  const ask = sandboxRequest(sandbox);
  try {
    if (!own) await crd(ask, "demo.dev", "Demo");
    await work(sandbox, ask);
  } finally {
    await sandbox.stop();
  }
}

const demo = (name: string, spec: unknown = {}, labels?: Record<string, string>) => ({
  apiVersion: "demo.dev/v1",
  kind: "Demo",
  metadata: { name, ...(labels === undefined ? {} : { labels }) },
  spec,
});
const far = (name: string) => `onReconcile:\n  configMaps: [{ name: ${name}, namespace: kube-public, data: { t: a } }]`;
const changesOf = (told: readonly BoxMessage[]) =>
  told.flatMap((message) => message.type === "pass" ? message.changes.map(({ text }) => text) : []);

Deno.test("operators of different kinds never delete each other's children, whatever their keys are called", () =>
  stage(async (sandbox, ask) => {
    await crd(ask, "thing.dev", "Thing");
    const a = start(sandbox, [{ key: "app", box: far("a-map") }]);
    const b = start(sandbox, [{ key: "app", group: "thing.dev", kind: "Thing", box: far("b-map") }]);
    await Promise.all([a.runtime.ready, b.runtime.ready]);
    await ask("POST", demos, demo("web"));
    await sleep(300);
    await ask("POST", "/apis/thing.dev/v1/namespaces/default/things", {
      apiVersion: "thing.dev/v1",
      kind: "Thing",
      metadata: { name: "web" },
      spec: {},
    });
    await sleep(1500);
    await Promise.all([a.runtime.stop(500), b.runtime.stop(500)]);
    assert.deepEqual([...changesOf(a.told), ...changesOf(b.told)].filter((text) => text.startsWith("deleted")), []);
  }));

Deno.test("a box does not take the finalizer off for another box of the same kind", () =>
  stage(async (sandbox, ask) => {
    let failures = 1;
    const { runtime, findings } = start(sandbox, [
      { key: "tea", more: "labelSelector: { team: tea }", box: far("tea") },
      { key: "coffee", more: "labelSelector: { team: coffee }", box: far("coffee") },
    ], async (url, init) => {
      if (init.method !== "DELETE" || failures-- <= 0) return await sandbox.fetch(new Request(url, init));
      const status = { kind: "Status", apiVersion: "v1", status: "Failure", code: 500, reason: "InternalError" };
      return Response.json(status, { status: 500 });
    });
    assert.deepEqual(findings.filter(({ severity }) => severity === "error"), []);
    await runtime.ready;
    await ask("POST", demos, demo("c", {}, { team: "coffee" }));
    await waitFor("the child is there", () => has(ask, `${pub}/coffee`));
    await sleep(300);
    await ask("DELETE", `${demos}/c`);
    await sleep(2000);
    await runtime.stop(300);
    assert.equal(await has(ask, `${pub}/coffee`), false, "leaked");
  }));

Deno.test("an object that the CR does not control, in the CR's own namespace, is never deleted (SECURITY.md)", async () => {
  await using op = await operatorFor({
    box: "onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]",
    resync: "1h",
  });
  await op.demo("a", {});
  const { metadata: { labels, annotations } } = await op.until(`${core}/configmaps/one`, () => true);
  const copy = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "backup", labels, annotations },
    data: { x: "y" },
  };
  await op.request("POST", `${core}/configmaps?fieldManager=kubectl-create`, copy);
  await sleep(1000);
  assert.notEqual(await op.get(`${core}/configmaps/backup`), undefined);
});

Deno.test("a requeue.after that cannot be rendered is one failure, and Ready does not flap", () =>
  stage(async (sandbox, ask) => {
    const { runtime, told } = start(
      sandbox,
      [{
        key: "demo",
        box: `onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]\n`.trimEnd(),
        more: "",
      }].map((entry) => ({ ...entry, box: entry.box })),
    );
    await runtime.stop(0);
    told.length = 0;
    const text = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: x }
spec:
  crds:
    demo:
      apiTypes: { group: demo.dev, version: v1, kind: Demo, plural: demos }
      operatorBox:
        reconciler: { resync: 1h, requeue: { after: "{{ .spec.name.first }}" } }
        onReconcile: { configMaps: [{ name: one, data: { a: b } }] }
`;
    const { katalog } = loadKatalog([{ path: "k.yaml", bytes: new TextEncoder().encode(text) }], () => undefined);
    const all: BoxMessage[] = [];
    const host = sandboxHost(sandbox, { userAgent: "test/1" });
    const run = startRuntime({ plan: derivePlan(katalog!), host, report: (message) => void all.push(message) });
    await run.ready;
    await ask("POST", demos, demo("c", { name: "text" }));
    await sleep(2000);
    await run.stop(300);
    const writes = changesOf(all).filter((text) => text === "status").length;
    assert.ok(writes <= 1, `${writes} writes of the status in two seconds`);
  }));

Deno.test("a change of a child's metadata that a template reads triggers a pass", async () => {
  const box = `onReconcile:
  configMaps: [{ name: one, data: { a: b } }]
status:
  fields: [{ path: rev, value: '{{ index .children.configMap.metadata.annotations "rev" }}' }]`;
  await using op = await operatorFor({ box, resync: "1h" });
  await op.demo("a", {});
  await op.until(`${core}/configmaps/one`, () => true);
  await sleep(500);
  await op.request("PATCH", `${core}/configmaps/one`, { metadata: { annotations: { rev: "7" } } }, merge);
  await sleep(1500);
  assert.equal((await op.get(`${demos}/a`))!["status"].rev, "7");
});

Deno.test("what the API server refuses is never told as somebody else's doing", async () => {
  const box = `onReconcile:\n  secrets: [{ name: bad, type: "kubernetes.io/tls", data: { a: b } }]`;
  await using op = await operatorFor({ box, resync: "1h" });
  for (let n = 0; n < 25; n++) {
    await op.demo("a", { n });
    await sleep(60);
  }
  const wrong = op.told.filter((message) => message.type === "pass" && message.message?.includes("somebody else"));
  assert.equal(wrong.length, 0);
});

Deno.test("a CR that leaves the fieldSelector can still be deleted", () =>
  stage(async (sandbox, ask) => {
    const spec = { type: "object", properties: { tier: { type: "string" } } };
    await crd(ask, "demo.dev", "Demo", { selectableFields: [{ jsonPath: ".spec.tier" }] }, spec);
    const { runtime } = start(sandbox, [{ key: "demo", more: "fieldSelector: { spec.tier: gold }", box: far("far") }]);
    await runtime.ready;
    await ask("POST", demos, demo("c", { tier: "gold" }));
    await waitFor("the child is there", () => has(ask, `${pub}/far`));
    await sleep(300);
    await ask("PATCH", `${demos}/c`, { spec: { tier: "silver" } }, merge);
    await sleep(300);
    await ask("DELETE", `${demos}/c`);
    await sleep(1500);
    await runtime.stop(300);
    assert.equal(await has(ask, `${demos}/c`), false, "stuck");
  }, true));

Deno.test("a child elsewhere is pruned, also when it was the last one there and the box has a namespace", () =>
  stage(async (sandbox, ask) => {
    const one = start(sandbox, [{ key: "demo", more: "namespace: default", box: far("m") }]);
    await one.runtime.ready;
    await ask("POST", demos, demo("c"));
    await waitFor("the child is there", () => has(ask, `${pub}/m`));
    await one.runtime.stop(300);
    const box = "onReconcile:\n  configMaps: [{ name: m, data: { t: a } }]";
    const two = start(sandbox, [{ key: "demo", more: "namespace: default", box }]);
    await two.runtime.ready;
    await sleep(800);
    await ask("DELETE", `${demos}/c`);
    await sleep(800);
    await two.runtime.stop(300);
    assert.equal(await has(ask, `${pub}/m`), false, "leaked");
  }));

Deno.test("a condition that cannot be evaluated deletes nothing, and is told", async () => {
  const box = `onReconcile:
  configMaps:
    - { name: one, data: { a: b }, when: [{ field: "{{ index .spec.regions 0 }}", equals: "eu" }] }
    - { name: two, data: { a: b }, when: [{ field: spec.size, greaterThan: "{{ .spec.least }}" }] }`;
  await using op = await operatorFor({ box, resync: "1h" });
  await op.demo("a", { regions: ["eu"], size: 5, least: 1 });
  for (const name of ["one", "two"]) await op.until(`${core}/configmaps/${name}`, () => true);
  await sleep(300);
  await op.demo("a", { regions: [], size: 5, least: "one" });
  await sleep(800);
  assert.deepEqual(changesOf(op.told).filter((text) => text.startsWith("deleted")), []);
});

Deno.test("a child whose name another object has keeps no other child waiting", async () => {
  const box = `onReconcile:
  configMaps:
    - { name: shared, data: { a: b } }
    - { name: "{{ .metadata.name }}-own", data: { a: b } }`;
  await using op = await operatorFor({ box, resync: "1h" });
  await op.demo("a", {});
  await op.until(`${core}/configmaps/a-own`, () => true);
  await op.demo("b", {});
  await sleep(800);
  assert.notEqual(await op.get(`${core}/configmaps/b-own`), undefined);
});

Deno.test("a kind that is not installed, and that nobody wants now, keeps no box from its work", () =>
  stage(async (sandbox, ask) => {
    const { runtime } = start(sandbox, [{
      key: "demo",
      box: `onReconcile:
  configMaps: [{ name: one, data: { t: a } }]
  custom:
    - apiVersion: monitoring.dev/v1
      kind: Monitor
      metadata: { name: m }
      spec: { a: b }
      when: [{ field: spec.monitored, equals: "true" }]`,
    }]);
    await ask("POST", demos, demo("c"));
    await sleep(1500);
    await runtime.stop(300);
    assert.equal(await has(ask, `${core}/configmaps/one`), true);
  }));

Deno.test("a deny rule whose bound cannot be used is told of", async () => {
  const more =
    `validation:\n  rules: [{ field: spec.size, lessThanOrEqual: "{{ .spec.limit }}", message: "too large" }]`;
  await using op = await operatorFor({ box: `onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]`, more });
  await op.demo("a", { size: 99, limit: "x" });
  await sleep(800);
  const { conditions } = (await op.get(`${demos}/a`))!["status"];
  const warned = conditions.some((item: { type: string; status: string }) =>
    ["ValidationFailed", "ValidationWarning"].includes(item.type) && item.status === "True"
  );
  assert.ok(warned || op.told.some(({ type }) => type === "note"));
});

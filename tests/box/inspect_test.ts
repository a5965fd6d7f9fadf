import assert from "node:assert/strict";
import { type DevPorts, runCommandLine } from "../../src/dev/mod.ts";
import { systemFiles } from "../../src/files/mod.ts";
import type { Served } from "../../src/runtime/mod.ts";
import { realClock } from "../support/clock.ts";
import { serveApi } from "../support/served_api.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Cluster, createCluster, demoOf, demos, start } from "./operator.ts";

/** `ork`, asking the HTTP API of a running operator over a port. */
async function askable(served: Served) {
  const api = serveApi(served);
  const unexpected = () => {
    throw new Error("Nothing but the URL was to be asked");
  };
  return await Promise.resolve({
    async ork(...args: string[]) {
      let [out, err] = ["", ""];
      const code = await runCommandLine(
        [...args, "--url", api.url],
        {
          terminal: { out: (text) => out += `${text}\n`, err: (text) => err += `${text}\n`, colour: false },
          clock: realClock,
          files: systemFiles({ input: ReadableStream.from([]) }),
          env: () => undefined,
          versionLine: "ork test",
          until: () => new Promise(() => {}),
          findCluster: unexpected,
          openSandbox: unexpected,
          connect: unexpected,
          forward: unexpected,
          gate: unexpected,
          openGateway: unexpected,
          operate: unexpected,
          startOperator: unexpected,
          stored: unexpected,
          rehearse: unexpected,
          openLab: unexpected,
          podLogs: unexpected,
          openStream: unexpected,
          controlCenter: unexpected,
          openControlCenter: unexpected,
        } satisfies DevPorts,
      );
      return { code, out, err };
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  });
}

type Ork = Awaited<ReturnType<typeof askable>>["ork"];

/** What `ork why` prints once it matches. */
async function whyMatches(ork: Ork, name: string, wanted: RegExp): Promise<string> {
  let last = "";
  return await waitFor(`why ${name} says ${wanted}`, async () => {
    const { out, err } = await ork("why", "demo", name);
    last = out + err;
    return wanted.test(last) ? last : undefined;
  }, { timeoutMs: 10_000, explain: () => last });
}

async function clusterOf(): Promise<Cluster> {
  const cluster = createCluster();
  await cluster.define("Demo");
  return cluster;
}

Deno.test("ork why names the field that another writer changed, the writer, the trigger and the call", async () => {
  await using cluster = await clusterOf();
  await using running = await start(cluster, [{
    key: "demo",
    box: "onReconcile: {deployments: [{name: '{{ .metadata.name }}', image: 'x:1', replicas: 2}]}",
  }]);
  await using asked = await askable(running.served);
  await cluster.request("POST", demos, demoOf("one"));
  const deployments = "/apis/apps/v1/namespaces/default/deployments";
  const created = await whyMatches(asked.ork, "one", /created Deployment one/);
  assert.match(created, /because: the CR changed/);
  assert.match(created, /calls: .*apply Deployment default\/one 201/);

  await cluster.request(
    "PATCH",
    `${deployments}/one?fieldManager=kubectl-scale`,
    { spec: { replicas: 5 } },
    "application/merge-patch+json",
  );
  const text = await whyMatches(asked.ork, "one", /changed by kubectl-scale/);
  assert.match(text, /updated Deployment one \(spec\.replicas, changed by kubectl-scale\)/);
  assert.match(text, /because: Deployment default\/one changed/);
  assert.match(text, /apply Deployment default\/one 200/);
  assert.match(text, /next: resync in \d+/);
  const { out } = await asked.ork("why", "demo", "one", "-n", "default", "-o", "json");
  const drift = JSON.parse(out).passes.flatMap(({ changes }: { changes: { why: string }[] }) => changes)
    .find(({ why }: { why: string }) => why === "drift");
  assert.deepEqual(drift, {
    ...{ action: "update", kind: "Deployment", namespace: "default", name: "one", fields: ["spec.replicas"] },
    ...{ why: "drift", by: "kubectl-scale", text: "updated Deployment one (spec.replicas, changed by kubectl-scale)" },
  });
});

Deno.test("ork why says why a CR fails and when the next try is, ork status and events the same, without secrets", async () => {
  await using cluster = await clusterOf();
  await using running = await start(cluster, [{
    key: "demo",
    reconciler: "resync: 1h\nqueue: {failureThreshold: 2, retryBackoff: {initial: 20ms, max: 30s, multiplier: 8}}",
    box: "onReconcile: {secrets: [{name: '{{ .metadata.name }}', data: {p: hunter2}}]}",
  }], {
    between: async (call, forward) => {
      if (call.method !== "PATCH" || !new URL(call.url).pathname.includes("/secrets/")) return await forward();
      const message = 'admission webhook "strong.example.org" denied the request: "hunter2" is too weak';
      return Response.json({
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        code: 403,
        reason: "Forbidden",
        message,
      }, {
        status: 403,
      });
    },
  });
  await using asked = await askable(running.served);
  await cluster.request("POST", demos, demoOf("one"));
  const text = await whyMatches(asked.ork, "one", /failed in .*times since[\s\S]*/);
  assert.match(text, /next: retry in \d+m?s?, since the last pass failed/);
  assert.match(text, /message: .*Cannot create Secret one: it was refused \(403 Forbidden\)/);
  assert.match(text, /because: retry of the pass before/);
  assert.match(text, /apply Secret default\/one 403/);
  const status = await asked.ork("status");
  assert.equal(status.code, 1, "degraded");
  assert.match(status.out, /^demo {2}degraded {2}\d\/3 .* \d+\/2 /m);
  assert.match(status.out, /^demo is degraded: Demo default\/one: Cannot create Secret one/m);
  assert.doesNotMatch(status.out, /last error/, "it is the reason already");
  const events = await asked.ork("events", "Demo", "one");
  assert.match(events.out, /Warning {2}ReconcileError .*Cannot create Secret one/);
  assert.doesNotMatch(text + status.out + events.out, /hunter2/);
});

Deno.test("ork why says what a CR waits for; ork get lists CRs by key, kind and plural", async () => {
  await using cluster = await clusterOf();
  await using running = await start(cluster, [{
    key: "demo",
    box: `
onReconcile:
  configMaps: [{name: '{{ .metadata.name }}', data: {a: b}}]
  custom: [{apiVersion: demo.dev/v1, kind: Later, metadata: {name: '{{ .metadata.name }}'}}]`,
  }]);
  await using asked = await askable(running.served);
  await cluster.request("POST", demos, demoOf("one"));
  const text = await whyMatches(asked.ork, "one", /waits: .*Later/);
  assert.match(text, /not ready/);
  assert.match(text, /Ready is False: Waiting: .*Later/);
  for (const word of ["demo", "Demo", "demos", "DEMOS"]) {
    const { code, out } = await asked.ork("get", word);
    assert.equal(code, 0);
    assert.match(out, /^NAMESPACE {2}NAME {2}PHASE {2}READY {2}AGE +GENERATION\ndefault {4}one {3}\S+ +false /);
  }
  assert.match((await asked.ork("get", "-n", "elsewhere")).err, /No resources found/);
  assert.equal(JSON.parse((await asked.ork("get", "-A", "-o", "json")).out).items[0].kind, "Demo");
  assert.match((await asked.ork("status")).out, /^demo {2}(healthy|started) /m);
  const unknown = await asked.ork("why", "dmo", "one");
  assert.deepEqual([unknown.code, unknown.out], [1, ""]);
  assert.match(unknown.err, /no operator of "dmo": did you mean "demo"\?; it has demo/);
  const absent = await asked.ork("events", "demo", "two");
  assert.deepEqual([absent.code, absent.out], [1, ""]);
  assert.match(absent.err, /There is no Demo default\/two in the cache; name its namespace with -n/);
});

Deno.test("ork why and ork get say of a CR that it is being deleted, and that its operator has to wait", async () => {
  await using cluster = await clusterOf();
  await cluster.define("Mail");
  const metadata = { finalizers: ["example.org/held"] };
  const entries = (dependsOn: string) => [
    { key: "demo", more: dependsOn, box: "onReconcile: {configMaps: [{name: one, data: {a: b}}]}" },
    { key: "mail", kind: "Mail", box: "onReconcile: {configMaps: [{name: two, data: {a: '{{ .spec.a.b }}'}}]}" },
  ];
  const former = await start(cluster, entries(""));
  const demo = demoOf("one") as Record<string, unknown>;
  await cluster.request("POST", demos, { ...demo, metadata: { name: "one", ...metadata } });
  await cluster.until(`${demos}/one`, ({ status }) => status?.["conditions"] !== undefined);
  await former.stop();
  await cluster.request("DELETE", `${demos}/one`);
  const mail = { apiVersion: "demo.dev/v1", kind: "Mail", metadata: { name: "m" }, spec: { a: "text" } };
  await cluster.request("POST", "/apis/demo.dev/v1/namespaces/default/mails", mail);
  await using running = await start(cluster, entries("dependsOn: [mail]"), { awaitsLead: false });
  await using asked = await askable(running.served);
  const text = await whyMatches(asked.ork, "one", /next: nothing until the operator works: waits for box "mail"/);
  assert.match(text, /^Demo default\/one: being deleted since 20\d\d-\S+Z, /);
  assert.match((await asked.ork("get", "demo")).out, /one {3}\S+ +deleting /);
});

Deno.test("visits that find nothing to do are counted", async () => {
  await using cluster = await clusterOf();
  await using running = await start(cluster, [{
    key: "demo",
    reconciler: "resync: 100ms",
    box: "onReconcile: {configMaps: [{name: '{{ .metadata.name }}', data: {a: b}}]}",
  }]);
  await using asked = await askable(running.served);
  await cluster.request("POST", demos, demoOf("one"));
  const text = await whyMatches(asked.ork, "one", /nothing to do since \S+, ([2-9]|\d\d+) visits/);
  assert.match(text, /created ConfigMap one/, "what was done before is still there");
});

Deno.test("ork why says that a CR which never comes to rest is throttled", async () => {
  await using cluster = await clusterOf();
  await using running = await start(cluster, [{
    key: "demo",
    box: "status: {fields: [{path: count, value: 'x{{ .status.count }}'}]}",
  }]);
  await using asked = await askable(running.served);
  await cluster.request("POST", demos, demoOf("one"));
  await whyMatches(asked.ork, "one", /next: a pass in \S+; it is throttled/);
  await whyMatches(asked.ork, "one", /because: it was due, and had to wait/);
});

Deno.test("ork why has the pass that ended with an error which nobody expected", async () => {
  await using cluster = await clusterOf();
  await using running = await start(cluster, [{
    key: "demo",
    box: "onReconcile: {configMaps: [{name: '{{ .metadata.name }}', data: {a: b}}]}",
  }], {
    between: async (call, forward) => {
      if (call.method === "PATCH") throw new RangeError("Boom");
      return await forward();
    },
  });
  await using asked = await askable(running.served);
  await cluster.request("POST", demos, demoOf("one"));
  await whyMatches(
    asked.ork,
    "one",
    /failed in [\s\S]*message: Unexpected error: Boom; the operator's log has its stack/,
  );
});

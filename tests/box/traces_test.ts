import assert from "node:assert/strict";
import { jsonLog } from "../../src/observe/log.ts";
import { readTraceparent, type SpanRecord, Tracer } from "../../src/observe/trace/mod.ts";
import { logMessages } from "../../src/runtime/mod.ts";
import { realClock } from "../support/clock.ts";
import { assertLogLine } from "../support/log_line.ts";
import { waitFor } from "../support/wait_for.ts";
import { createCluster, demoOf, demos, start } from "./operator.ts";

const box = `onReconcile:
  configMaps: [{name: '{{ .metadata.name }}', data: {a: '{{ .spec.password }}'}}]
  secrets: [{name: '{{ .metadata.name }}', data: {a: '{{ .spec.password }}'}}]`;
const planted = "pl4nt3d-s3cr3t-v4lue";

/** An operator with one kind; what it sends is recorded. */
async function run(sampling: { ratio: number; parentBased: boolean } | undefined) {
  const cluster = createCluster();
  await cluster.define("Demo");
  const spans: SpanRecord[] = [];
  const lines: string[] = [];
  const writes: { path: string; traceparent: string | null }[] = [];
  const others: (string | null)[] = [];
  const options = {
    report: logMessages(jsonLog((line) => lines.push(line), realClock, "debug"), realClock),
    between: (request: Request, forward: () => Promise<Response>) => {
      const traceparent = request.headers.get("traceparent");
      const { pathname } = new URL(request.url);
      if (request.method === "GET" || pathname.includes("/events")) others.push(traceparent);
      else writes.push({ path: pathname, traceparent });
      if (request.method !== "GET" && pathname.endsWith("/configmaps/bad")) {
        return Promise.resolve(Response.json({ kind: "Status", code: 403, message: "no" }, { status: 403 }));
      }
      return forward();
    },
  };
  const running = await start(cluster, [{ key: "demo", box }], {
    ...options,
    ...(sampling === undefined ? {} : {
      tracer: new Tracer({ clock: realClock, random: Math.random, sampling, ended: (span) => spans.push(span) }),
    }),
  });
  for (const name of ["good", "bad"]) await cluster.request("POST", demos, demoOf(name, { password: planted }));
  const parsed = () => lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "pass.ended");
  await waitFor(
    "one pass wrote, the other failed",
    () =>
      parsed().some(({ key, changes }) => key === "default/good" && changes.length > 0) &&
      parsed().some(({ key, result }) => key === "default/bad" && result === "failed"),
  );
  const objects = JSON.stringify(
    await Promise.all([
      cluster.request("GET", demos),
      cluster.request("GET", "/api/v1/namespaces/default/configmaps"),
      cluster.request("GET", "/api/v1/namespaces/default/secrets"),
    ]),
  );
  for (const line of lines) assertLogLine(line);
  return {
    ...{ spans, writes, others, objects },
    passes: parsed(),
    async [Symbol.asyncDispose]() {
      await running.stop();
      await cluster.sandbox.stop();
    },
  };
}

Deno.test("a pass is a trace: its calls are spans below it, the API server gets its context, and the log names it", async () => {
  await using ran = await run({ ratio: 1, parentBased: true });
  const { spans, writes, others, passes, objects } = ran;
  const pass = passes.find(({ key, changes }) => key === "default/good" && changes.length > 0);
  const root = spans.find(({ attributes }) => attributes["ork.pass"] === pass.pass)!;
  assert.equal(root.traceId, pass.trace);
  assert.equal(root.name, "reconcile Demo");
  const { "ork.box": boxName, "ork.key": key, "ork.result": result, "ork.changes": changes } = root.attributes;
  assert.deepEqual([boxName, key, result, changes, root.failed], ["demo", "default/good", "succeeded", 3, false]);
  const calls = spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
  assert.deepEqual(calls.map(({ name }) => name).sort(), ["apply ConfigMap", "apply Secret", "patch Demo"]);
  for (const { traceId, attributes, startMs, endMs, failed } of calls) {
    assert.equal(traceId, root.traceId);
    assert.ok([200, 201].includes(Number(attributes["http.response.status_code"])));
    assert.ok(startMs >= root.startMs && endMs <= root.endMs + 1 && !failed);
  }
  const patch = calls.find(({ name }) => name === "patch Demo")!;
  assert.equal(patch.attributes["ork.object.subresource"], "status");

  // Every write of a pass carries the context of its own span.
  const ids = new Set(spans.map(({ spanId }) => spanId));
  assert.ok(writes.length >= 5);
  for (const { path, traceparent } of writes) assert.ok(ids.has(readTraceparent(traceparent)?.spanId ?? ""), path);
  assert.deepEqual(
    others.filter((traceparent) => traceparent !== null),
    [],
    "lists, watches and Events are of no pass",
  );

  const bad = passes.find(({ key }) => key === "default/bad");
  const failed = spans.find(({ attributes }) => attributes["ork.pass"] === bad.pass)!;
  assert.equal(failed.failed, true);
  const refused = spans.find(({ parentSpanId, name }) => parentSpanId === failed.spanId && name === "apply ConfigMap")!;
  assert.deepEqual([refused.failed, refused.attributes["http.response.status_code"]], [true, 403]);

  // The context stays in the pass, and no value in the spans.
  for (const id of new Set(spans.map(({ traceId }) => traceId))) assert.ok(!objects.includes(id));
  assert.ok(!JSON.stringify(spans).includes(planted));
  assert.ok(objects.includes(btoa(planted)), "the Secret is there");
});

Deno.test("without traces, and for a pass that is not recorded, nothing is sent, recorded or logged of them", async () => {
  for (const sampling of [undefined, { ratio: 0, parentBased: true }]) {
    await using ran = await run(sampling);
    assert.deepEqual(ran.spans, []);
    assert.deepEqual(ran.writes.filter(({ traceparent }) => traceparent !== null), []);
    assert.ok(ran.passes.every(({ trace }) => trace === undefined));
  }
});

import assert from "node:assert/strict";
import { serveOnLoopback } from "../../tests/support/loopback_server.ts";
import { realClock } from "../../tests/support/clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { jsonLog } from "../observe/log.ts";
import type { TraceVariable } from "../observe/trace/mod.ts";
import { openTraces } from "./traces.ts";
import { closedPort } from "../../tests/support/closed_port.ts";

function open(variables: Partial<Record<TraceVariable, string>>) {
  const lines: string[] = [];
  const log = jsonLog((line) => lines.push(line), realClock, "debug");
  const env = (name: TraceVariable) => variables[name];
  return { lines, traces: openTraces({ binary: "ork-runtime", instance: "i-1", clock: realClock, log, env }) };
}

/** A collector on a port of its own. */
function collect(respond: (request: Request) => Response | Promise<Response> = () => Response.json({})) {
  const received: { path: string; headers: Headers; body: string }[] = [];
  const server = serveOnLoopback(async (request) => {
    received.push({ path: new URL(request.url).pathname, headers: request.headers, body: await request.text() });
    return await respond(request);
  });
  return {
    received,
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

Deno.test("openTraces() is nothing without an endpoint", () => {
  assert.deepEqual(open({}), { lines: [], traces: undefined });
});

Deno.test("openTraces() exports spans to the collector, with its headers and the attributes of the process", async () => {
  await using collector = collect();
  const { traces, lines } = open({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20pl4nted",
    OTEL_BSP_SCHEDULE_DELAY: "1",
  });
  traces!.tracer.begin("reconcile Demo", "internal", { "ork.box": "demo" })!.end();
  await waitFor("the collector has it", () => collector.received.length === 1);
  const [{ path, headers, body }] = collector.received as [typeof collector.received[number]];
  assert.equal(path, "/v1/traces");
  assert.deepEqual([headers.get("content-type"), headers.get("authorization")], ["application/json", "Bearer pl4nted"]);
  assert.match(headers.get("user-agent")!, /^ork-runtime\//);
  const [{ resource, scopeSpans }] = JSON.parse(body).resourceSpans;
  const attributes = resource.attributes.map(({ key, value }: { key: string; value: { stringValue: string } }) =>
    `${key}=${value.stringValue}`
  );
  assert.ok(attributes.includes("service.name=ork-runtime") && attributes.includes("service.instance.id=i-1"));
  assert.equal(scopeSpans[0].spans[0].name, "reconcile Demo");
  traces!.add([], 2);
  traces!.tracer.begin("last", "internal", {})!.end();
  await traces!.close();
  assert.equal(collector.received.length, 2, "what waits is exported at the end");
  const [family] = traces!.metrics();
  assert.deepEqual(family!.series.map(({ labels, values }) => [...labels, ...values]), [["exported", 2], [
    "dropped",
    2,
  ]]);
  assert.deepEqual(lines, []);
});

Deno.test("a collector that is away, hangs, redirects or floods is logged once, without credentials, and keeps nothing up", async () => {
  const elsewhere: string[] = [];
  await using target = collect(() => {
    elsewhere.push("was asked");
    return Response.json({});
  });
  const hanging = Promise.withResolvers<void>();
  await using slow = collect(() => hanging.promise.then(() => Response.json({})));
  await using redirecting = collect(() => Response.redirect(target.url));
  await using flooding = collect(() => new Response("x".repeat(10_000_000), { status: 400 }));
  using closed = await closedPort();
  const away = `http://127.0.0.1:${closed.port}`;
  for (const url of [away, slow.url, redirecting.url, flooding.url]) {
    const { traces, lines } = open({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20pl4nted",
      OTEL_EXPORTER_OTLP_TIMEOUT: "100",
      OTEL_BSP_SCHEDULE_DELAY: "1",
    });
    for (let i = 0; i < 10; i++) traces!.tracer.begin("pass", "internal", {})!.end();
    await waitFor("it is logged", () => lines.length === 1);
    const { event, level, error } = JSON.parse(lines[0]!);
    assert.deepEqual([event, level], ["trace.export", "warn"]);
    assert.match(error, /^(?:127\.0\.0\.1:\d+ does not respond|No response within 100 ms|HTTP 302|HTTP 400)$/);
    await traces!.close();
    assert.doesNotMatch(lines.join("\n"), /pl4nted/);
    const [family] = traces!.metrics();
    assert.deepEqual(family!.series.map(({ labels, values }) => [...labels, ...values]), [["exported", 0], [
      "dropped",
      10,
    ]]);
  }
  hanging.resolve();
  assert.deepEqual(elsewhere, []);
});

Deno.test("openTraces() logs what cannot be used, and starts nevertheless", async () => {
  const { traces, lines } = open({
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
    OTEL_TRACES_SAMPLER: "jaeger_remote",
  });
  assert.ok(traces !== undefined);
  assert.match(lines.join(), /"event":"trace\.setting","message":"Cannot use OTEL_TRACES_SAMPLER: use always_on/);
  await traces.close();
  const without = open({
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://127.0.0.1:1",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/none.pem",
  });
  assert.equal(without.traces, undefined);
  assert.match(without.lines.join(), /OTEL_EXPORTER_OTLP_CERTIFICATE: .*; traces are off/);
});

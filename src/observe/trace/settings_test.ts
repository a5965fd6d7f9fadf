import assert from "node:assert/strict";
import { readTraceSettings, type TraceVariable } from "./settings.ts";

const on = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" } as const;

function read(variables: Partial<Record<TraceVariable, string>>) {
  return readTraceSettings((name) => variables[name], "ork-runtime");
}

Deno.test("traces are off unless an endpoint is set, and where it is switched off", () => {
  for (
    const variables of [
      {},
      { OTEL_SERVICE_NAME: "x", OTEL_TRACES_SAMPLER: "always_on" },
      { OTEL_EXPORTER_OTLP_ENDPOINT: " " },
      { ...on, OTEL_SDK_DISABLED: "TRUE" },
      { ...on, OTEL_TRACES_EXPORTER: "none" },
    ] as const
  ) assert.deepEqual(read(variables), { problems: [] });
});

Deno.test("readTraceSettings() has the defaults of OpenTelemetry", () => {
  const { settings, problems } = read(on);
  assert.deepEqual(problems, []);
  assert.equal(settings!.endpoint.href, "http://collector:4318/v1/traces");
  const { timeoutMs, sampling, resource, maxQueue, maxBatch, delayMs, headers } = settings!;
  assert.deepEqual({ timeoutMs, sampling, resource, maxQueue, maxBatch, delayMs, headers }, {
    ...{ timeoutMs: 10_000, maxQueue: 2048, maxBatch: 512, delayMs: 5_000, headers: {} },
    sampling: { ratio: 1, parentBased: true },
    resource: { "service.name": "ork-runtime" },
  });
});

Deno.test("readTraceSettings() reads what is set; what is for traces goes before what is for all signals", () => {
  const { settings, problems } = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://other:4318/base/",
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://collector/custom",
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20x, x-tenant = a",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-tenant=b",
    OTEL_EXPORTER_OTLP_TIMEOUT: "2000",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/ca.pem",
    OTEL_SERVICE_NAME: "shop",
    OTEL_RESOURCE_ATTRIBUTES: "service.name=ignored,k8s.pod.name=runtime-0",
    OTEL_TRACES_SAMPLER: "traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
    OTEL_BSP_MAX_QUEUE_SIZE: "100",
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(settings, {
    endpoint: new URL("https://collector/custom"),
    headers: { authorization: "Bearer x", "x-tenant": "b" },
    ...{ timeoutMs: 2000, caFile: "/ca.pem", maxQueue: 100, maxBatch: 100, delayMs: 5000 },
    sampling: { ratio: 0.25, parentBased: false },
    resource: { "service.name": "shop", "k8s.pod.name": "runtime-0" },
  });
  const base = read({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://other:4318/base/" });
  assert.equal(base.settings!.endpoint.href, "http://other:4318/base/v1/traces");
});

Deno.test("a variable that cannot be used has its default, and is reported without its value", () => {
  const planted = "pl4nted";
  const wrong: Partial<Record<TraceVariable, string>> = {
    OTEL_EXPORTER_OTLP_TIMEOUT: planted,
    OTEL_EXPORTER_OTLP_HEADERS: `${planted},a b=${planted},c=%zz${planted},d=${planted}%0a`,
    OTEL_TRACES_SAMPLER: planted,
    OTEL_BSP_MAX_QUEUE_SIZE: "0",
    OTEL_BSP_SCHEDULE_DELAY: "1e9",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
  };
  const { settings, problems } = read({ ...on, ...wrong });
  assert.deepEqual([settings!.timeoutMs, settings!.headers, settings!.maxQueue, settings!.delayMs], [
    10_000,
    {},
    2048,
    5_000,
  ]);
  assert.deepEqual(settings!.sampling, { ratio: 1, parentBased: true });
  for (const name of Object.keys(wrong)) {
    assert.ok(problems.some((problem) => problem.startsWith(`Cannot use ${name}: `)), name);
  }
  assert.doesNotMatch(problems.join("\n"), new RegExp(planted));
});

Deno.test("an endpoint that cannot be used switches traces off, and is not repeated", () => {
  for (const endpoint of ["collector", "ftp://x", "http://user:pl4nted@collector:4318", "http://"]) {
    const { settings, problems } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    assert.equal(settings, undefined, endpoint);
    assert.match(problems.join(), /^Cannot use OTEL_EXPORTER_OTLP_ENDPOINT: give http/);
    assert.doesNotMatch(problems.join(), /pl4nted/);
  }
  for (const more of [{ OTEL_TRACES_EXPORTER: "zipkin" }, { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }]) {
    const { settings, problems } = read({ ...on, ...more });
    assert.deepEqual([settings, problems.length], [undefined, 1]);
  }
});

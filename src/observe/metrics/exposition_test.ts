import assert from "node:assert/strict";
import { exposition } from "./exposition.ts";
import { Registry } from "./registry.ts";
import type { MetricSpec } from "./metric.ts";
import { lintMetric } from "../../../tests/support/metrics_lint.ts";

const requests: MetricSpec = {
  name: "demo_requests_total",
  type: "counter",
  help: 'Back\\slash, "quotes"\nand a line',
  labels: ["code"],
};
const waits: MetricSpec = {
  name: "demo_wait_seconds",
  type: "histogram",
  help: "Waits",
  labels: [],
  buckets: [0.1, 1],
};

Deno.test("exposition() prints HELP, TYPE and the series of all parts, with labels escaped", () => {
  const one = new Registry();
  one.add(requests).of('2"0\\0\n').inc(3);
  const two = new Registry();
  two.add(requests).of("500").inc();
  const text = exposition([requests], [
    { labels: { crd: "a/v1, Kind=A" }, metrics: one.snapshot() },
    { labels: { crd: "b/v1, Kind=B" }, metrics: two.snapshot() },
  ]);
  assert.deepEqual(text.split("\n"), [
    '# HELP demo_requests_total Back\\\\slash, "quotes"\\nand a line',
    "# TYPE demo_requests_total counter",
    'demo_requests_total{crd="a/v1, Kind=A",code="2\\"0\\\\0\\n"} 3',
    'demo_requests_total{crd="b/v1, Kind=B",code="500"} 1',
    "",
  ]);
});

Deno.test("exposition() prints histograms with cumulative buckets, their sum and their count", () => {
  const registry = new Registry();
  const series = registry.add(waits).of();
  for (const value of [0.1, 0.5, 7]) series.observe(value);
  assert.deepEqual(exposition([waits], [{ labels: {}, metrics: registry.snapshot() }]).trimEnd().split("\n").slice(2), [
    'demo_wait_seconds_bucket{le="0.1"} 1',
    'demo_wait_seconds_bucket{le="1"} 2',
    'demo_wait_seconds_bucket{le="+Inf"} 3',
    "demo_wait_seconds_sum 7.6",
    "demo_wait_seconds_count 3",
  ]);
});

Deno.test("exposition() leaves out what has no series", () => {
  const registry = new Registry();
  registry.add(requests);
  assert.equal(exposition([requests], [{ labels: {}, metrics: registry.snapshot() }]), "");
});

Deno.test("Registry bounds the series of a metric: further label values are counted together", () => {
  const registry = new Registry();
  const family = registry.add({ ...requests, labels: ["verb", "code"] });
  for (let i = 0; i < 500; i++) family.of("GET", String(i)).inc();
  for (let i = 0; i < 500; i++) family.of(String(i), "200").inc();
  const { series } = registry.snapshot()[0]!;
  assert.equal(series.length, 101);
  assert.deepEqual(series.at(-1), { labels: ["other", "other"], values: [900] });
  assert.throws(() => registry.add(requests), TypeError);
});

Deno.test("lintMetric() finds what promtool would", () => {
  const metric = (name: string, type: MetricSpec["type"], help = "Help", labels: string[] = []): MetricSpec => ({
    name,
    type,
    help,
    labels,
  });
  const bad: [MetricSpec, RegExp][] = [
    [metric("x_requests", "counter"), /"_total" suffix/],
    [metric("x_workers_total", "gauge"), /non-counter/],
    [metric("x_resource_count", "gauge"), /"_count"/],
    [metric("x_wait_milliseconds", "gauge"), /base unit "seconds"/],
    [metric("x_wait_ms", "gauge"), /abbreviated/],
    [metric("x_waitTime", "gauge"), /camelCase/],
    [metric("x_depth_gauge", "gauge"), /type/],
    [metric("x_depth", "gauge", ""), /no help/],
    [metric("x:depth", "gauge"), /':'/],
    [metric("x_depth", "gauge", "Help", ["le"]), /"le"/],
    [metric("x_depth", "gauge", "Help", ["a-b"]), /label/],
  ];
  for (const [spec, why] of bad) assert.match(lintMetric(spec).join("; "), why, spec.name);
  const good = [metric("x_workers_total", "untyped"), metric("x_resource_count", "untyped"), requests, waits];
  for (const spec of good) assert.deepEqual(lintMetric(spec), [], spec.name);
});

import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { planOf } from "../../../tests/support/plans.ts";
import { jsonLog } from "../../observe/log.ts";
import { type SpanRecord, Tracer } from "../../observe/trace/mod.ts";
import { webhookApp } from "./app.ts";
import { Reviews } from "./reviews.ts";
import { WebhookMetrics } from "./webhook_metrics.ts";

const shops = `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  validation: {rules: [{field: spec.size, max: 3, message: at most 3}]}
  operatorBox: {}
`;
const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

function serve({ traced = true, sampling = { ratio: 1, parentBased: true } } = {}) {
  const clock = new FakeClock();
  const reviews = new Reviews(planOf(shops, security).gateway!.admission);
  const spans: SpanRecord[] = [];
  const lines: string[] = [];
  const tracer = new Tracer({ clock, random: Math.random, sampling, ended: (span) => spans.push(span) });
  const handler = webhookApp({
    ...{ clock, log: jsonLog((line) => lines.push(line), clock, "info"), metrics: new WebhookMetrics() },
    ...(traced ? { tracer } : {}),
    admission: { "/validate": (request, wallMs) => reviews.validate(request, wallMs) },
  });
  const review = async (size: unknown, traceparent?: string): Promise<number> => {
    const spec = { size, password: "pl4nted" };
    const object = { apiVersion: "shop.example.org/v1", kind: "Shop", metadata: { name: "a", namespace: "n" }, spec };
    const request = {
      ...{ uid: "u1", operation: "CREATE", name: "a", namespace: "n", object, userInfo: { username: "alice" } },
      kind: { group: "shop.example.org", version: "v1", kind: "Shop" },
      resource: { group: "shop.example.org", version: "v1", resource: "shops" },
    };
    const body = size === undefined ? "no" : JSON.stringify({
      ...{ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request },
    });
    const headers = { "content-type": "application/json", ...(traceparent === undefined ? {} : { traceparent }) };
    const sent = new Request("https://g/validate", { method: "POST", headers, body });
    return (await handler(sent, { cut() {} })).status;
  };
  return { spans, lines, review };
}

Deno.test("a review continues the trace of the API server, and the log names it", async () => {
  const { spans, lines, review } = serve();
  await review(2, `00-${traceId}-${spanId}-01`);
  await review(9, `00-${traceId}-${spanId}-01`);
  const [allowed, refused] = spans;
  assert.deepEqual(spans.map(({ parentSpanId, kind, failed }) => [parentSpanId, kind, failed]), [
    [spanId, "server", false],
    [spanId, "server", false],
  ]);
  assert.equal(allowed!.traceId, traceId);
  assert.deepEqual(refused!.attributes, {
    "ork.webhook": "validate",
    "ork.box": "shop",
    "ork.review.uid": "u1",
    "ork.review.operation": "CREATE",
    "ork.review.resource": "shops.shop.example.org",
    "ork.object.key": "n/a",
    "ork.review.dry_run": false,
    "ork.review.allowed": false,
    "ork.review.patches": 0,
    "ork.review.code": 400,
  });
  assert.deepEqual(lines.map((line) => JSON.parse(line).trace), [traceId]);
  assert.doesNotMatch(JSON.stringify(spans), /pl4nted|alice/);
});

Deno.test("a review begins a trace where the API server sends none, or none that can be used", async () => {
  const { spans, review } = serve();
  await review(2);
  await review(2, "no");
  assert.deepEqual(spans.map(({ parentSpanId }) => parentSpanId), [undefined, undefined]);
  assert.notEqual(spans[0]!.traceId, spans[1]!.traceId);
  assert.equal(await review(undefined), 400);
  assert.equal(spans.at(-1)!.failed, true, "what is no review failed");
});

Deno.test("a review is not recorded where the API server does not, or traces are off", async () => {
  const { spans, lines, review } = serve();
  await review(9, `00-${traceId}-${spanId}-00`);
  const off = serve({ traced: false });
  await off.review(9, `00-${traceId}-${spanId}-01`);
  assert.deepEqual([spans, off.spans], [[], []]);
  assert.ok([...lines, ...off.lines].every((line) => JSON.parse(line).trace === undefined));
});

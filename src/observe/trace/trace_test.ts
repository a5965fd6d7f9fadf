import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { readTraceparent, traceparentOf } from "./context.ts";
import { otlpBody, rejectedSpans } from "./otlp.ts";
import { isSampled } from "./sampling.ts";
import type { SpanRecord } from "./span.ts";
import { Tracer } from "./tracer.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const always = { ratio: 1, parentBased: true };

function tracerOf(sampling = always) {
  const clock = new FakeClock();
  const ended: SpanRecord[] = [];
  return {
    clock,
    ended,
    tracer: new Tracer({ clock, random: Math.random, sampling, ended: (span) => ended.push(span) }),
  };
}

Deno.test("readTraceparent() takes what the W3C allows, and nothing else", () => {
  const context = { traceId, spanId, sampled: true };
  assert.deepEqual(readTraceparent(`00-${traceId}-${spanId}-01`), context);
  assert.deepEqual(readTraceparent(`00-${traceId}-${spanId}-00`), { ...context, sampled: false });
  assert.deepEqual(readTraceparent(`cc-${traceId}-${spanId}-09-more`), context, "a later version");
  assert.equal(traceparentOf(context), `00-${traceId}-${spanId}-01`);
  for (
    const header of [
      ...[null, undefined, "", "00", `00-${traceId}-${spanId}`, `00-${traceId}-${spanId}-01-more`],
      ...[`ff-${traceId}-${spanId}-01`, `00-${"0".repeat(32)}-${spanId}-01`, `00-${traceId}-${"0".repeat(16)}-01`],
      ...[
        `00-${traceId.toUpperCase()}-${spanId}-01`,
        `00-${traceId}-${spanId}-0g`,
        `cc-${traceId}-${spanId}-01-${"x".repeat(1000)}`,
      ],
    ]
  ) assert.equal(readTraceparent(header), undefined, String(header));
});

Deno.test("a Tracer continues the trace of its caller, and begins one without", () => {
  const { tracer, ended, clock } = tracerOf();
  const parent = { traceId, spanId, sampled: true };
  const span = tracer.begin("review validate", "server", { a: 1 }, parent)!;
  const child = span.child("get ConfigMap", "client", { b: "x".repeat(1000), c: true })!;
  child.end({ failed: true });
  child.end();
  void clock.advance(5);
  span.end();
  assert.deepEqual(ended.map(({ name }) => name), ["get ConfigMap", "review validate"]);
  const [inner, outer] = ended;
  assert.deepEqual([outer!.traceId, outer!.parentSpanId], [traceId, spanId]);
  assert.deepEqual([inner!.traceId, inner!.parentSpanId, inner!.failed], [traceId, outer!.spanId, true]);
  assert.equal(String(inner!.attributes["b"]).length, 256);

  const [one, two] = [tracer.begin("a", "internal", {})!, tracer.begin("a", "internal", {})!];
  assert.match(one.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.notEqual(one.context.traceId, two.context.traceId);
});

Deno.test("a span has at most 32 attributes and 100 children, and says how many it has not", () => {
  const { tracer, ended } = tracerOf();
  const span = tracer.begin("pass", "internal", {})!;
  for (let i = 0; i < 100; i++) span.set(`k${i % 31}`, i);
  const children = Array.from({ length: 150 }, () => span.child("call", "client", {}));
  assert.equal(children.filter((child) => child !== undefined).length, 100);
  span.end();
  assert.equal(Object.keys(ended.at(-1)!.attributes).length, 32);
  assert.equal(ended.at(-1)!.attributes["ork.spans_omitted"], 50);
  span.set("late", 1);
});

Deno.test("sampling: the ratio decides by the trace id alone, a caller's decision counts where it should", () => {
  const parent = { traceId, spanId, sampled: false };
  assert.equal(isSampled(traceId, parent, { ratio: 1, parentBased: true }), false);
  assert.equal(isSampled(traceId, { ...parent, sampled: true }, { ratio: 0, parentBased: true }), true);
  assert.equal(isSampled(traceId, parent, { ratio: 1, parentBased: false }), true);
  assert.equal(isSampled(traceId, undefined, { ratio: 0, parentBased: true }), false);
  const { tracer } = tracerOf({ ratio: 0.1, parentBased: true });
  const taken = Array.from({ length: 20_000 }, () => tracer.begin("a", "internal", {})).filter((one) =>
    one !== undefined
  );
  assert.ok(Math.abs(taken.length - 2000) < 300, `${taken.length}`);
  for (const { context } of taken) assert.ok(isSampled(context.traceId, undefined, { ratio: 0.1, parentBased: false }));
});

Deno.test("otlpBody() is what OTLP/HTTP takes: ids as hexadecimal, times and integers as texts", () => {
  const { tracer, ended } = tracerOf();
  tracer.begin("pass", "internal", { text: "a", whole: 7, half: 0.5, yes: true }, { traceId, spanId, sampled: true })!
    .end({ failed: true });
  const body = JSON.parse(otlpBody(ended, { "service.name": "ork-runtime" }, "1.2.3"));
  const [{ resource, scopeSpans: [{ scope, spans: [span] }] }] = body.resourceSpans;
  assert.deepEqual(resource.attributes, [{ key: "service.name", value: { stringValue: "ork-runtime" } }]);
  assert.deepEqual(scope, { name: "ork", version: "1.2.3" });
  assert.deepEqual([span.traceId, span.parentSpanId, span.kind, span.status], [traceId, spanId, 1, { code: 2 }]);
  assert.equal(span.startTimeUnixNano, "1767323045000000000");
  assert.deepEqual(span.attributes.map(({ value }: { value: unknown }) => value), [
    { stringValue: "a" },
    { intValue: "7" },
    { doubleValue: 0.5 },
    { boolValue: true },
  ]);
});

Deno.test("rejectedSpans() reads a partial success, and takes anything else for a full one", () => {
  assert.equal(rejectedSpans('{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}'), 3);
  for (const body of ["", "{}", "[]", "no", '{"partialSuccess":{"rejectedSpans":"-3"}}', '{"partialSuccess":3}']) {
    assert.equal(rejectedSpans(body), 0, body);
  }
});

import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { type ExportResponse, SpanExporter } from "./exporter.ts";
import type { SpanRecord } from "./span.ts";

function spans(count: number): SpanRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ traceId: "a".repeat(32), spanId: String(index).padStart(16, "0"), name: "pass", kind: "internal" as const },
    ...{ startMs: 0, endMs: 1, attributes: {}, failed: false },
  }));
}

const ok: ExportResponse = { status: 200, body: "{}" };

function exporterOf(
  respond: (body: string, signal: AbortSignal, n: number) => Promise<ExportResponse> | ExportResponse = () => ok,
) {
  const clock = new FakeClock();
  const sent: number[] = [];
  const lines: string[] = [];
  const exporter = new SpanExporter({
    ...{ clock, resource: {}, version: "0", maxQueue: 10, maxBatch: 4, delayMs: 5_000 },
    log: (level, message) => lines.push(`${level} ${message}`),
    send: async (body, signal) => {
      sent.push(JSON.parse(body).resourceSpans[0].scopeSpans[0].spans.length);
      return await respond(body, signal, sent.length);
    },
  });
  const counted = () => {
    const [family] = exporter.metrics();
    return Object.fromEntries(family!.series.map(({ labels: [result], values: [value] }) => [result, value]));
  };
  return { exporter, clock, sent, lines, counted };
}

Deno.test("SpanExporter sends a batch when it is full, or when its first span has waited", async () => {
  const { exporter, clock, sent, counted } = exporterOf();
  exporter.add(spans(3));
  await clock.advance(4_999);
  assert.deepEqual(sent, []);
  await clock.advance(1);
  assert.deepEqual(sent, [3]);
  exporter.add(spans(4));
  await clock.advance(0);
  assert.deepEqual([sent, counted()], [[3, 4], { exported: 7, dropped: 0 }]);
  await exporter.stop(0);
});

Deno.test("SpanExporter drops and counts what exceeds its queue, while one request is in flight", async () => {
  const gate = Promise.withResolvers<ExportResponse>();
  const { exporter, clock, sent, counted } = exporterOf((_body, _signal, n) => n === 1 ? gate.promise : ok);
  exporter.add(spans(4));
  await clock.advance(0);
  exporter.add(spans(1000), 5);
  assert.deepEqual(counted(), { exported: 0, dropped: 995 });
  assert.deepEqual(sent, [4], "one request at a time");
  gate.resolve(ok);
  await clock.advance(10_000);
  assert.deepEqual([sent, counted()], [[4, 4, 4, 2], { exported: 14, dropped: 995 }]);
  await exporter.stop(0);
});

Deno.test("SpanExporter tries again when it may help, waits as asked, and gives up", async () => {
  const busy = exporterOf((_body, _signal, n) => n === 1 ? { status: 503, retryAfterMs: 7_000, body: "" } : ok);
  busy.exporter.add(spans(4));
  await busy.clock.advance(6_999);
  assert.equal(busy.sent.length, 1);
  await busy.clock.advance(1);
  assert.deepEqual([busy.sent.length, busy.counted()], [2, { exported: 4, dropped: 0 }]);
  assert.deepEqual(busy.lines, [
    "warn Traces cannot be exported: HTTP 503; spans are dropped until they can",
    "info Traces are exported again",
  ]);

  const gone = exporterOf(() => Promise.reject(new Error("No response")));
  gone.exporter.add(spans(4));
  await gone.clock.advance(60_000);
  assert.deepEqual([gone.sent.length, gone.counted()], [4, { exported: 0, dropped: 4 }]);
  assert.equal(gone.lines.filter((line) => line.startsWith("warn")).length, 1, "an outage is one line");

  const refused = exporterOf(() => ({ status: 401, body: "Bearer pl4nted is unknown" }));
  refused.exporter.add(spans(4));
  await refused.clock.advance(60_000);
  assert.deepEqual([refused.sent.length, refused.counted()], [1, { exported: 0, dropped: 4 }]);
  assert.doesNotMatch(refused.lines.join(), /pl4nted/);
  for (const { exporter } of [busy, gone, refused]) await exporter.stop(0);
});

Deno.test("SpanExporter counts what the collector rejects of a batch", async () => {
  const { exporter, clock, counted } = exporterOf(() => ({
    status: 200,
    body: '{"partialSuccess":{"rejectedSpans":3}}',
  }));
  exporter.add(spans(4));
  await clock.advance(0);
  assert.deepEqual(counted(), { exported: 1, dropped: 3 });
  await exporter.stop(0);
});

Deno.test("SpanExporter sends the rest when it stops, and no longer than it may", async () => {
  const { exporter, clock, sent, counted } = exporterOf();
  exporter.add(spans(3));
  await exporter.stop(1_000);
  exporter.add(spans(2));
  assert.deepEqual([sent, counted(), clock.pendingMs], [[3], { exported: 3, dropped: 2 }, []]);

  const hanging = exporterOf((_body, signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))))
  );
  hanging.exporter.add(spans(6));
  const stopped = hanging.exporter.stop(1_000);
  await hanging.clock.advance(1_000);
  await stopped;
  assert.deepEqual([hanging.counted(), hanging.clock.pendingMs], [{ exported: 0, dropped: 6 }, []]);
});

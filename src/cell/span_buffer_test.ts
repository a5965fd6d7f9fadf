import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import type { SpanRecord } from "../observe/trace/mod.ts";
import { SpanBuffer } from "./span_buffer.ts";

const span: SpanRecord = {
  ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), name: "pass", kind: "internal", startMs: 0, endMs: 1 },
  ...{ attributes: {}, failed: false },
};

Deno.test("SpanBuffer makes few messages of many spans, and counts those that are too many", async () => {
  const clock = new FakeClock();
  const sent: [number, number][] = [];
  const buffer = new SpanBuffer(clock, (spans, dropped) => sent.push([spans.length, dropped]));
  for (let i = 0; i < 3000; i++) buffer.add(span);
  assert.deepEqual(sent, []);
  await clock.advance(500);
  assert.deepEqual(sent, [[1024, 1976]]);
  buffer.add(span);
  buffer.flush();
  buffer.flush();
  assert.deepEqual([sent, clock.pendingMs], [[[1024, 1976], [1, 0]], []]);
});

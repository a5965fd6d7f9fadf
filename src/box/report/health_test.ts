import assert from "node:assert/strict";
import { Health } from "./health.ts";

const time = "2026-01-02T03:04:05Z";

Deno.test("Health tells once when the box becomes degraded, and once when it is well again", () => {
  const turns: unknown[] = [];
  const health = new Health(3, (state, reason) => turns.push([state, reason]));
  health.started();
  for (let i = 0; i < 5; i++) health.failed(time, `failure ${i}`);
  assert.deepEqual(turns, [["degraded", "failure 2"]]);
  assert.equal(health.snapshot(0, 0).state, "degraded");
  assert.equal(health.snapshot(0, 0).reason, "failure 4");
  health.succeeded(time);
  health.succeeded(time);
  assert.deepEqual(turns, [["degraded", "failure 2"], ["healthy", undefined]]);
  assert.equal(health.snapshot(0, 0).state, "healthy");
  health.failed(time, "again");
  assert.equal(turns.length, 2);
});

Deno.test("Health says how long keys waited, once there were some", () => {
  const health = new Health(3, () => {});
  assert.equal(health.snapshot(0, 0).queueWaitMs, undefined);
  health.taken(4);
  assert.deepEqual(health.snapshot(0, 0).queueWaitMs, { p50: 4, p99: 4 });
});

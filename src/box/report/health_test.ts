import assert from "node:assert/strict";
import { Health } from "./health.ts";

const time = "2026-01-02T03:04:05Z";

Deno.test("Health reports each transition once: started, degraded, healthy again", () => {
  const turns: unknown[] = [];
  const health = new Health(3, (state, reason) => turns.push([state, reason]));
  assert.equal(health.snapshot(0, 0).state, "pending");
  health.started();
  assert.deepEqual(turns.splice(0), [["started", undefined]]);
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

Deno.test("Health of a box that rests is pending, as a standby, and continues where it was", () => {
  const states: string[] = [];
  const health = new Health(3, (state) => states.push(state));
  health.warm();
  health.started();
  health.succeeded(time);
  health.resting();
  assert.match(health.snapshot(0, 0).reason!, /standby/);
  health.started();
  assert.deepEqual(states, ["started", "healthy", "pending", "healthy"]);
});

Deno.test("Health of a box without CRs is healthy once it leads, whatever failed before", () => {
  const states: string[] = [];
  const health = new Health(3, (state) => states.push(state));
  health.served();
  health.started();
  health.empty();
  for (let i = 0; i < 3; i++) health.failed(time, "failure");
  health.empty();
  assert.deepEqual(states, ["started", "healthy", "degraded", "healthy"]);
  assert.equal(health.snapshot(0, 0).consecutiveFails, 0);
});

Deno.test("Health is pending until the kind of the CRs is served, and degraded when it vanishes", () => {
  const turns: unknown[] = [];
  const health = new Health(3, (state, reason) => turns.push([state, reason]));
  health.unserved("no CRD");
  health.warm();
  health.started();
  assert.deepEqual([health.snapshot(0, 0).state, health.snapshot(0, 0).reason], ["pending", "no CRD"]);
  health.served();
  health.unserved("no CRD");
  health.served();
  assert.deepEqual(turns, [["started", undefined], ["degraded", "no CRD"], ["started", undefined]]);
});

Deno.test("Health reports how long keys waited, once there were some", () => {
  const health = new Health(3, () => {});
  assert.equal(health.snapshot(0, 0).queueWaitMs, undefined);
  health.taken(4);
  assert.deepEqual(health.snapshot(0, 0).queueWaitMs, { p50: 4, p99: 4 });
});

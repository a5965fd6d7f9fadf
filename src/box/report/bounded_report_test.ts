import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { BoundedReport } from "./bounded_report.ts";
import type { BoxHealth, BoxMessage } from "./message.ts";

function bounded() {
  const clock = new FakeClock();
  const reported: BoxMessage[] = [];
  return { clock, reported, report: new BoundedReport((message) => void reported.push(message), clock) };
}

function defect(n: number): BoxMessage {
  return { type: "defect", box: "web", key: `demo/${n}`, error: "Out of the blue", stack: "" };
}

const changed: BoxMessage & { readonly type: "pass" } = {
  type: "pass",
  box: "web",
  kind: "Demo",
  key: "demo/a",
  result: "succeeded",
  changes: [{ action: "status", kind: "Demo", key: "demo/a", fields: [], cause: { why: "declared" }, text: "status" }],
  waitedMs: 0,
  durationMs: 1,
};

Deno.test("BoundedReport reports fifty failures one by one, then the number of the rest and the last", async () => {
  const { clock, reported, report } = bounded();
  for (let i = 0; i < 10_000; i++) report.send(defect(i));
  assert.equal(reported.length, 50);
  await clock.advance(10_000);
  assert.deepEqual(reported.slice(50), [
    { type: "more", box: "web", count: 9950, lastMs: 10_000, last: "demo/9999: Out of the blue" },
  ]);
  report.send(defect(1));
  assert.equal(reported.length, 52);
});

Deno.test("BoundedReport reports every change on the cluster", () => {
  const { reported, report } = bounded();
  for (let i = 0; i < 1000; i++) report.send(changed);
  assert.equal(reported.length, 1000);
});

Deno.test("stop() reports what was only counted", () => {
  const { clock, reported, report } = bounded();
  for (let i = 0; i < 53; i++) report.send({ ...changed, result: "failed", changes: [], message: "Cannot render" });
  report.stop();
  assert.deepEqual(reported.at(-1), {
    type: "more",
    box: "web",
    count: 3,
    lastMs: 0,
    last: "Demo demo/a: Cannot render",
  });
  assert.deepEqual(clock.pendingMs, []);
});

const health = (state: BoxHealth["state"]): BoxMessage => ({ type: "health", box: "web", state });
const started = health("started");
const healthy = health("healthy");
const degraded = health("degraded");

Deno.test("BoundedReport reports a change of health at once, and of many in a second the last", async () => {
  const { clock, reported, report } = bounded();
  report.send(healthy);
  await clock.advance(1000);
  for (let i = 0; i < 5; i++) {
    report.send(degraded);
    report.send(healthy);
  }
  assert.deepEqual(reported.splice(0), [healthy, degraded]);
  await clock.advance(1000);
  assert.deepEqual(reported.splice(0), [healthy]);
  report.send(degraded);
  report.send(healthy);
  report.send(degraded);
  await clock.advance(2000);
  assert.deepEqual(reported, [degraded]);
});

Deno.test("BoundedReport reports at once what other boxes wait for: a start, a rest, the first time that it is healthy", () => {
  const { clock, reported, report } = bounded();
  const messages = [started, degraded, healthy, health("pending"), started, healthy];
  for (const message of messages) report.send(message);
  assert.deepEqual(reported, messages);
  report.send(degraded);
  report.send(health("pending"));
  assert.deepEqual(reported.slice(messages.length), [health("pending")]);
  report.stop();
  assert.deepEqual(clock.pendingMs, []);
});

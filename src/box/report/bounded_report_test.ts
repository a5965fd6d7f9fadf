import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { BoundedReport } from "./bounded_report.ts";
import type { BoxMessage } from "./message.ts";

function bounded() {
  const clock = new FakeClock();
  const told: BoxMessage[] = [];
  return { clock, told, report: new BoundedReport((message) => void told.push(message), clock) };
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

Deno.test("BoundedReport tells fifty failures one by one, and of those that follow how many, and the last", async () => {
  const { clock, told, report } = bounded();
  for (let i = 0; i < 10_000; i++) report.tell(defect(i));
  assert.equal(told.length, 50);
  await clock.advance(10_000);
  assert.deepEqual(told.slice(50), [
    { type: "more", box: "web", count: 9950, lastMs: 10_000, last: "demo/9999: Out of the blue" },
  ]);
  report.tell(defect(1));
  assert.equal(told.length, 52);
});

Deno.test("BoundedReport tells every change on the cluster", () => {
  const { told, report } = bounded();
  for (let i = 0; i < 1000; i++) report.tell(changed);
  assert.equal(told.length, 1000);
});

Deno.test("stop() tells what was only counted", () => {
  const { clock, told, report } = bounded();
  for (let i = 0; i < 53; i++) report.tell({ ...changed, result: "failed", changes: [], message: "Cannot render" });
  report.stop();
  assert.deepEqual(told.at(-1), { type: "more", box: "web", count: 3, lastMs: 0, last: "Demo demo/a: Cannot render" });
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("BoundedReport tells a change of health at once, and of many in a second the last", async () => {
  const { clock, told, report } = bounded();
  const degraded: BoxMessage = { type: "health", box: "web", state: "degraded", reason: "it fails" };
  const healthy: BoxMessage = { type: "health", box: "web", state: "healthy" };
  for (let i = 0; i < 5; i++) {
    report.tell(degraded);
    report.tell(healthy);
  }
  assert.deepEqual(told, [degraded]);
  await clock.advance(1000);
  assert.deepEqual(told, [degraded, healthy]);
  report.tell(degraded);
  report.tell(healthy);
  report.tell(degraded);
  await clock.advance(2000);
  assert.deepEqual(told, [degraded, healthy, degraded]);
});

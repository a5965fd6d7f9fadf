import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { RecentEvents } from "./recent_events.ts";

Deno.test("RecentEvents lists the Events of an object, newest first, and counts repeats", async () => {
  const clock = new FakeClock();
  const events = new RecentEvents(clock);
  events.add("a/one", "Warning", "ReconcileError", "no");
  await clock.advance(1000);
  events.add("a/one", "Normal", "Reconciled", "created ConfigMap a");
  events.add("a/two", "Normal", "Reconciled", "created ConfigMap b");
  await clock.advance(1000);
  events.add("a/one", "Warning", "ReconcileError", "no");
  assert.deepEqual(events.list("a/one", 100), [
    { type: "Warning", reason: "ReconcileError", message: "no", count: 2, time: "2026-01-02T03:04:07Z" },
    { type: "Normal", reason: "Reconciled", message: "created ConfigMap a", count: 1, time: "2026-01-02T03:04:06Z" },
  ]);
  assert.equal(events.list("a/one", 1).length, 1);
});

Deno.test("RecentEvents keeps a bounded number of them, and bounded messages", () => {
  const events = new RecentEvents(new FakeClock());
  for (let i = 0; i < 2000; i++) events.add("a/one", "Warning", "ReconcileError", `${i} ${"x".repeat(5000)}`);
  const kept = events.list("a/one", Infinity);
  assert.equal(kept.length, 500);
  assert.match(kept[0]!.message, /^1999 /);
  assert.ok(kept.every(({ message }) => message.length <= 1024));
});

Deno.test("RecentEvents keeps those of CRs alone, and passes all of them on", () => {
  const events = new RecentEvents(new FakeClock());
  const passed: string[] = [];
  const type = { group: "demo.dev", version: "v1", kind: "Demo", plural: "demos", namespaced: true };
  const recorder = events.of(type, {
    record: ({ regarding }) => void passed.push(regarding.kind),
    dropped: 7,
    stop: () => Promise.resolve(),
  });
  const event = { type: "Normal", reason: "R", message: "m" } as const;
  recorder.record({ ...event, regarding: { apiVersion: "demo.dev/v2", kind: "Demo", metadata: { name: "a" } } });
  recorder.record({ ...event, regarding: { apiVersion: "other/v1", kind: "Demo", metadata: { name: "a" } } });
  assert.deepEqual(passed, ["Demo", "Demo"]);
  assert.equal(events.list("a", 100).length, 1);
  assert.equal(recorder.dropped, 7);
});

import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { WorkQueue } from "./queue.ts";
import { describeTrigger } from "./trigger.ts";

const child = { type: { kind: "Deployment" }, key: "a/web" };

Deno.test("WorkQueue knows why a key was added: the first cause that is no resync", async () => {
  const queue = new WorkQueue({ clock: new FakeClock() });
  queue.add("one", "resync", "resync");
  queue.add("one", "change", child);
  queue.add("one", "change", "cr");
  assert.equal(await queue.take(), "one");
  assert.equal(queue.triggerOf("one"), child);
  // Added again while it is processed: the cause of the next pass.
  queue.add("one", "change", "cr");
  assert.equal(queue.triggerOf("one"), child);
  queue.done("one");
  assert.equal(await queue.take(), "one");
  assert.equal(queue.triggerOf("one"), "cr");
  queue.done("one");
  queue.add("one");
  assert.equal(await queue.take(), "one");
  assert.equal(queue.triggerOf("one"), "event", "no cause stays behind");
});

Deno.test("WorkQueue says when a key is processed next, and why", async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  const next = () => queue.nextVisit("one");
  assert.deepEqual(next(), { why: "change", inMs: undefined });
  queue.resyncAfter("one", 60_000);
  assert.deepEqual(next(), { why: "resync", inMs: 60_000 });
  queue.addAfter("one", 2_000, "requeue");
  assert.deepEqual(next(), { why: "requeue", inMs: 2_000 });
  await clock.advance(2_000);
  assert.deepEqual(next(), { why: "queued", inMs: 0 });
  assert.equal(await queue.take(), "one");
  assert.deepEqual([queue.triggerOf("one"), next()], ["requeue", { why: "processing", inMs: 0 }]);
  queue.resyncAfter("one", 10);
  queue.backOff("one", "v1", 5_000);
  queue.done("one");
  assert.deepEqual(next(), { why: "backoff", inMs: 5_000 }, "a resync does not shorten it");
  await clock.advance(5_000);
  assert.equal(await queue.take(), "one");
  assert.equal(queue.triggerOf("one"), "retry");
  queue.done("one");
  queue.holdBack("one", 9_000);
  assert.deepEqual(next(), { why: "held", inMs: 9_000 });
});

Deno.test("describeTrigger() names the child", () => {
  assert.equal(describeTrigger(child), "Deployment a/web changed");
  assert.equal(describeTrigger("cr"), "the CR changed");
});

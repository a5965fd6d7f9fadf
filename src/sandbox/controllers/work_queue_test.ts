import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { WorkQueue } from "./work_queue.ts";

const unexpected = (what: unknown) => assert.fail(`unexpected result: ${what}`);

Deno.test("WorkQueue runs a key once for several askings, at the earliest time", async () => {
  const clock = new FakeClock();
  const runs: [string, number][] = [];
  const queue = new WorkQueue(clock, (key) => runs.push([key, clock.nowMs()]), unexpected);
  queue.add("a", 3_600_000);
  queue.add("a", 20);
  queue.add("a", 50);
  queue.add("b", 30);
  await clock.advance(10_000);
  assert.deepEqual(runs, [["a", 20], ["b", 30]]);
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("WorkQueue retries a failing job with backoff, and reports it in the end", async () => {
  const clock = new FakeClock();
  const runs: number[] = [];
  const faults: unknown[] = [];
  const fail = () => {
    runs.push(clock.nowMs());
    throw new Error("no");
  };
  new WorkQueue(clock, fail, (error) => faults.push(error)).add("a", 0);
  await clock.advance(60_000);
  assert.deepEqual(runs, [0, 200, 600, 1400, 3000]);
  assert.equal(faults.length, 1);
});

Deno.test("WorkQueue.stop() takes everything back", async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue(clock, unexpected, unexpected);
  queue.add("a", 10);
  queue.stop();
  queue.add("b", 10);
  await clock.advance(100);
  assert.deepEqual(clock.pendingMs, []);
});

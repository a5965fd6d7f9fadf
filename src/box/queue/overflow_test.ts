import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import type { OverflowRule } from "./overflow.ts";
import type { Priority } from "./priority.ts";
import { WorkQueue } from "./queue.ts";

const drop = (depth: number, applies: OverflowRule["applies"] = () => true): OverflowRule => ({
  depth,
  drops: true,
  applies,
});

function queueWith(...rules: OverflowRule[]) {
  const clock = new FakeClock();
  const warnings: string[] = [];
  const overflow = { rules, maxWaitMs: 30_000, report: (message: string) => void warnings.push(message) };
  return { clock, warnings, queue: new WorkQueue({ clock, overflow }) };
}

/** Takes keys until there is none, as one worker does. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const taken: string[] = [];
  for (;;) {
    const key = await Promise.race([queue.take(), settle()]);
    if (key === undefined) {
      // Ends the last take.
      queue.pause();
      queue.open();
      return taken;
    }
    taken.push(key);
    queue.done(key);
  }
}

Deno.test("WorkQueue defers what is added at the limit, and adds it when there is room, in order", async () => {
  const { queue } = queueWith(drop(2));
  for (const key of ["a", "b", "c", "d"]) queue.add(key);
  assert.deepEqual([queue.depth, queue.deferred], [2, 2]);
  queue.add("a");
  queue.add("c");
  assert.deepEqual([queue.depth, queue.deferred], [2, 2]);
  assert.equal(await queue.take(), "a");
  assert.deepEqual([queue.depth, queue.deferred], [3, 1]);
  queue.done("a");
  assert.deepEqual(await drain(queue), ["b", "c", "d"]);
  assert.equal(queue.deferred, 0);
});

Deno.test("WorkQueue defers only keys to which the rule applies, each until its own depth has room", async () => {
  const isLow = (key: string) => key.startsWith("low");
  const { queue } = queueWith(drop(3), drop(1, isLow));
  for (const key of ["a", "low1", "b", "c", "d", "low2"]) queue.add(key);
  assert.deepEqual([queue.depth, queue.deferred], [3, 3]);
  assert.equal(await queue.take(), "a");
  queue.done("a");
  assert.equal(await queue.take(), "b");
  queue.done("b");
  assert.deepEqual(await drain(queue), ["c", "d", "low1", "low2"]);
});

Deno.test("WorkQueue adds a deferred key at the latest after its time, however long the queue is", async () => {
  const { clock, queue } = queueWith(drop(1));
  queue.add("a");
  queue.add("b");
  await clock.advance(29_999);
  assert.deepEqual([queue.depth, queue.deferred], [1, 1]);
  await clock.advance(1);
  assert.deepEqual([queue.depth, queue.deferred], [2, 0]);
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("WorkQueue adds a deferred key at once when the rule does not apply to it any more", async () => {
  let deleting = false;
  const { clock, queue } = queueWith(drop(1, (key) => !(key === "b" && deleting)));
  queue.add("a");
  queue.add("b", "resync");
  await clock.advance(1000);
  deleting = true;
  queue.add("b");
  assert.deepEqual([queue.depth, queue.deferred], [2, 0]);
  assert.equal(await queue.take(), "a");
  assert.equal(await queue.take(), "b");
  assert.equal(queue.waitedMs("b"), 1000);
});

Deno.test("WorkQueue adds deferred changes before resyncs", async () => {
  const { queue } = queueWith(drop(1));
  queue.add("a");
  queue.add("resync", "resync");
  queue.add("change");
  assert.deepEqual(await drain(queue), ["a", "change", "resync"]);
});

Deno.test("WorkQueue does not count what is being processed or held back as waiting", async () => {
  const { queue } = queueWith(drop(1));
  queue.holdBack("suspect", 60_000);
  queue.add("suspect");
  queue.add("a");
  assert.equal(await queue.take(), "a");
  queue.add("b");
  assert.equal(queue.deferred, 0);
  queue.add("a");
  queue.done("a");
  assert.equal(queue.deferred, 1, "it was added again while it was processed");
  assert.deepEqual(await drain(queue), ["b", "a"]);
});

Deno.test("forget() drops a deferred key", async () => {
  const { clock, queue } = queueWith(drop(1));
  queue.add("a");
  queue.add("b");
  queue.forget("b");
  assert.equal(queue.deferred, 0);
  assert.deepEqual(await drain(queue), ["a"]);
  await clock.advance(60_000);
  assert.deepEqual(await drain(queue), []);
});

Deno.test("WorkQueue warns at once, then once a minute with the number since", async () => {
  const { clock, warnings, queue } = queueWith(drop(2));
  for (const key of ["a", "b", "c", "d", "e"]) queue.add(key);
  assert.deepEqual(warnings.splice(0), [
    "the queue is long: 2 keys waiting for a worker; 1 key deferred until it has room; the last: c",
  ]);
  queue.forget("c");
  await clock.advance(29_000);
  queue.add("f");
  assert.deepEqual(warnings, []);
  assert.deepEqual(await drain(queue), ["a", "b", "d", "e", "f"]);
  await clock.advance(31_000);
  for (const key of ["a", "b", "c"]) queue.add(key);
  assert.deepEqual(warnings, [
    "the queue is long: 2 keys waiting for a worker; 4 keys deferred until it has room; the last: c",
  ]);
});

Deno.test("WorkQueue only warns where the rule does not drop", () => {
  const { warnings, queue } = queueWith({ depth: 1, drops: false, applies: () => true });
  queue.add("a");
  queue.add("b");
  assert.deepEqual([queue.depth, queue.deferred], [2, 0]);
  assert.deepEqual(warnings, ["the queue is long: 1 key waiting for a worker; 1 key added nevertheless; the last: b"]);
});

Deno.test("WorkQueue loses no key, whatever is deferred", async () => {
  const operation = fc.record({
    key: fc.constantFrom("a", "b", "c", "d", "e", "f", "g"),
    priority: fc.constantFrom<Priority>("change", "resync"),
    takes: fc.boolean(),
  });
  const lengths = fc.record({ limit: fc.integer({ min: 1, max: 4 }), threshold: fc.integer({ min: 1, max: 4 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 40 }), lengths, async (operations, { limit, threshold }) => {
      const { queue } = queueWith(drop(limit), drop(threshold, (key) => key < "d"));
      const owed = new Set<string>();
      for (const { key, priority, takes } of operations) {
        queue.add(key, priority);
        owed.add(key);
        if (!takes) continue;
        const taken = (await queue.take())!;
        assert.ok(owed.delete(taken), `${taken} was not owed`);
        queue.done(taken);
      }
      assert.deepEqual((await drain(queue)).toSorted(), [...owed].sort());
    }),
  );
});

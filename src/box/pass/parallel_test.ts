import assert from "node:assert/strict";
import { inParallel } from "./parallel.ts";

Deno.test("inParallel() returns results in order and never exceeds its limit", async () => {
  let inFlight = 0;
  let max = 0;
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const done = inParallel([0, 1, 2, 3, 4], 2, async (item) => {
    max = Math.max(max, ++inFlight);
    await gates[item]!.promise;
    inFlight--;
    return item * 10;
  });
  for (const item of [1, 0, 2, 4, 3]) gates[item]!.resolve();
  assert.deepEqual(await done, [0, 10, 20, 30, 40]);
  assert.equal(max, 2);
});

Deno.test("inParallel() waits for items in flight before it throws, and starts no more", async () => {
  const slow = Promise.withResolvers<void>();
  const started: number[] = [];
  let ended = false;
  const done = inParallel([0, 1, 2], 2, async (item) => {
    started.push(item);
    if (item === 1) throw new TypeError("Refused");
    await slow.promise;
    ended = true;
  });
  slow.resolve();
  await assert.rejects(done, TypeError);
  assert.equal(ended, true);
  assert.deepEqual(started, [0, 1]);
});

import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { ParentClock } from "./parent_clock.ts";

Deno.test("ParentClock is never behind the parent's clock, and ahead by no more than the fastest response took", async () => {
  const clock = new FakeClock();
  const aheadMs = 12_345; // the parent started that much earlier
  // Until the parent reads its clock, and until its response.
  const delays = [[30, 500], [400, 10], [70, 20], [2, 5], [0, 0]] as const;
  let n = 0;
  const parent = new ParentClock(clock, async () => {
    const [there, back] = delays[n++]!;
    await clock.advance(there);
    const readMs = clock.nowMs() + aheadMs;
    await clock.advance(back);
    return readMs;
  });
  assert.equal(parent.nowMs(), undefined);
  await parent.synchronize();
  const errorMs = parent.nowMs()! - (clock.nowMs() + aheadMs);
  assert.equal(errorMs, 2);
  assert.equal(n, 4); // one that was fast enough
  await clock.advance(1000);
  assert.equal(parent.nowMs()! - (clock.nowMs() + aheadMs), 2);
});

Deno.test("ParentClock is unknown when the parent does not respond", async () => {
  const parent = new ParentClock(new FakeClock(), () => Promise.reject(new Error("gone")));
  await assert.rejects(parent.synchronize(), /gone/);
  assert.equal(parent.nowMs(), undefined);
});

import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { LoadMeter } from "./load.ts";

Deno.test("read() is the share of the workers' time since the last reading, not a sample of a moment", async () => {
  const clock = new FakeClock();
  const meter = new LoadMeter(clock, 10_000);
  meter.began();
  await clock.advance(2_500);
  meter.began();
  await clock.advance(2_500);
  meter.ended(5_000);
  meter.ended(2_500);
  await clock.advance(5_000);
  const { workersBusyPercent, workersIdlePercent, queueDepth } = meter.read(2, 7);
  assert.deepEqual([workersBusyPercent, workersIdlePercent, queueDepth], [37.5, 62.5, 7]);
  await clock.advance(10_000);
  assert.equal(meter.read(2, 0).workersBusyPercent, 0);
  meter.began(); // in flight all the time
  await clock.advance(10_000);
  assert.equal(meter.read(1, 1).workersBusyPercent, 100);
  assert.equal(meter.read(0, 1).workersBusyPercent, 0, "no workers, no time");
});

Deno.test("read() has durations and failures of the last minute, and forgets what was", async () => {
  const clock = new FakeClock();
  const meter = new LoadMeter(clock, 1_000);
  const pass = (ms: number, failed: boolean) => {
    meter.began();
    meter.ended(ms);
    meter.counted(failed);
  };
  for (let i = 1; i <= 20; i++) pass(i * 10, i > 15);
  const early = meter.read(1, 0);
  assert.deepEqual([early.reconcileDurationP95Ms, early.errorRatePercent], [190, 25]);
  await clock.advance(60_001);
  const late = meter.read(1, 0);
  assert.deepEqual([late.reconcileDurationP95Ms, late.errorRatePercent], [0, 0]);
  for (let i = 0; i < 600; i++) pass(i < 100 ? 1e6 : 5, false);
  assert.equal(meter.read(1, 0).reconcileDurationP95Ms, 5, "the last 512 count");
});

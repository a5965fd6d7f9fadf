import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import type { AutoscalePlan } from "../../conditions/mod.ts";
import { Autoscaler } from "./autoscaler.ts";

const plan: AutoscalePlan = {
  intervalMs: 10_000,
  cooldownMs: 30_000,
  when: [{
    field: { text: "metrics.queueDepth", at: "" },
    operator: "gt",
    value: { text: "5", at: "" },
  }],
  at: "",
};

function autoscaler(change: Partial<AutoscalePlan> = {}) {
  const clock = new FakeClock(Date.parse("2026-01-05T07:59:30Z"));
  const state = { depth: 0 };
  const changes: string[] = [];
  const scaler = new Autoscaler({ ...plan, ...change }, {
    clock,
    load: () => ({
      queueDepth: state.depth,
      workersBusyPercent: 0,
      workersIdlePercent: 100,
      reconcileDurationP95Ms: 0,
      errorRatePercent: 0,
    }),
    changed: (active, load) => void changes.push(`${clock.nowMs() / 1000} s: ${active} at ${load.queueDepth}`),
  });
  return { clock, state, changes, scaler };
}

Deno.test("an Autoscaler is active once its conditions hold, and until they have not held for the cooldown", async () => {
  const { clock, state, changes, scaler } = autoscaler();
  scaler.start();
  scaler.start();
  await clock.advance(25_000);
  state.depth = 6;
  await clock.advance(15_000); // 40 s
  state.depth = 0;
  await clock.advance(30_000); // 70 s: calm since 50 s
  state.depth = 9;
  await clock.advance(10_000); // 80 s: the calm is over
  state.depth = 1;
  await clock.advance(30_000); // 110 s: calm since 90 s
  assert.equal(scaler.active, true);
  await clock.advance(60_000);
  assert.deepEqual(changes, ["30 s: true at 6", "120 s: false at 1"]);
  assert.equal(scaler.active, false);
  assert.equal(clock.pendingMs.length, 1);
});

Deno.test("an Autoscaler that is stopped has no timer, and begins with the declared settings", async () => {
  const { clock, state, changes, scaler } = autoscaler();
  state.depth = 6;
  scaler.start();
  await clock.advance(10_000);
  assert.equal(scaler.active, true);
  scaler.stop();
  assert.deepEqual([scaler.active, clock.pendingMs], [false, []]);
  scaler.start();
  assert.equal(scaler.active, false);
  await clock.advance(10_000);
  assert.deepEqual(changes, ["10 s: true at 6", "20 s: true at 6"]);
});

Deno.test("an Autoscaler follows the clock", async () => {
  const { clock, changes, scaler } = autoscaler({
    when: [{ operator: "clock", time: { after: "08:00", before: "08:00" } }],
    cooldownMs: 0,
  });
  scaler.start();
  await clock.advance(120_000);
  assert.deepEqual(changes, ["30 s: true at 0", "90 s: false at 0"]);
});

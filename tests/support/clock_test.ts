import assert from "node:assert/strict";
import { FakeClock } from "./clock.ts";

Deno.test("FakeClock runs timers in the order of their time, at their time, and lets promises in between", async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  clock.after(20, () => seen.push(`b ${clock.nowMs()}`));
  clock.after(10, () => {
    seen.push(`a ${clock.nowMs()}`);
    void Promise.resolve().then(() => clock.after(5, () => seen.push(`c ${clock.nowMs()}`)));
  });
  const cancel = clock.after(12, () => seen.push("never"));
  cancel();
  await clock.advance(19);
  assert.deepEqual(seen, ["a 10", "c 15"]);
  assert.deepEqual(clock.pendingMs, [1]);
  await clock.advance(1);
  assert.deepEqual(seen, ["a 10", "c 15", "b 20"]);
  assert.equal(clock.nowMs(), 20);
  assert.equal(new Date(clock.wallMs()).toISOString(), "2026-01-02T03:04:05.020Z");
});

import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { Deadlines } from "./deadlines.ts";

Deno.test("Deadlines has one timer for many of one length, and none for none", async () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const ran: string[] = [];
  const cancels: (() => void)[] = [];
  for (const name of ["a", "b", "c"]) {
    cancels.push(deadlines.after(100, () => ran.push(name)));
    await clock.advance(10);
  }
  const other = deadlines.after(500, () => ran.push("other"));
  assert.equal(clock.pendingMs.length, 2);
  cancels[0]!();
  await clock.advance(75); // a's time has come, and it was met
  assert.deepEqual(ran, []);
  await clock.advance(5);
  assert.deepEqual(ran, ["b"]);
  cancels[2]!();
  other();
  assert.deepEqual(clock.pendingMs, []);
  await clock.advance(1_000);
  assert.deepEqual(ran, ["b"]);
});

Deno.test("Deadlines takes new ones from those that have come true", async () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const ran: number[] = [];
  const again = (): void => {
    ran.push(clock.nowMs());
    if (ran.length < 3) deadlines.after(100, again);
  };
  deadlines.after(100, again);
  await clock.advance(1_000);
  assert.deepEqual(ran, [100, 200, 300]);
  assert.deepEqual(clock.pendingMs, []);
});

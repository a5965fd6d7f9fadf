import assert from "node:assert/strict";
import { FakeClock, realClock } from "../../../tests/support/clock.ts";
import { Turns } from "./turns.ts";

Deno.test("Turns does not interrupt short work, and lets timers run that long work delays", async () => {
  const turns = new Turns(realClock);
  let fired = false;
  setTimeout(() => fired = true, 0);
  const spin = (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end;);
  };
  spin(1);
  assert.equal(turns.due(), undefined);
  spin(20);
  await turns.due();
  assert.equal(fired, true);
  assert.equal(turns.due(), undefined, "the time starts again");
  turns.stop();
});

Deno.test("Turns does not count time in which the event loop ran", async () => {
  const clock = new FakeClock();
  const turns = new Turns(clock);
  assert.equal(turns.due(), undefined);
  await clock.advance(1000);
  assert.equal(turns.due(), undefined);
  turns.stop();
  assert.deepEqual(clock.pendingMs, []);
});

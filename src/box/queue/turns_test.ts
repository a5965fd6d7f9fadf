import assert from "node:assert/strict";
import { FakeClock, realClock } from "../../../tests/support/clock.ts";
import { Turns } from "./turns.ts";

Deno.test("Turns lets short work go on, and lets timers run that long work keeps waiting", async () => {
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
  assert.equal(turns.due(), undefined, "the next stretch begins");
  turns.stop();
});

Deno.test("Turns counts no time in which the event loop turned", async () => {
  const clock = new FakeClock();
  const turns = new Turns(clock);
  assert.equal(turns.due(), undefined);
  await clock.advance(1000);
  assert.equal(turns.due(), undefined);
  turns.stop();
  assert.deepEqual(clock.pendingMs, []);
});

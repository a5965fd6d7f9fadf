import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { LostEvents } from "./lost_events.ts";

Deno.test("LostEvents reports the first at once, then the sum once a minute", async () => {
  const clock = new FakeClock();
  const reported: string[] = [];
  const lost = new LostEvents(clock, (message) => reported.push(message));
  lost.add(new Error("Cannot create Events"));
  for (let i = 0; i < 4; i++) lost.add("too many Events wait");
  await clock.advance(60_000);
  lost.add("too many Events wait");
  assert.deepEqual(reported, [
    "1 Event was not sent: Cannot create Events",
    "5 Events were not sent: too many Events wait",
  ]);
});

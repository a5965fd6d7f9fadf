import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { Conflicts } from "./conflicts.ts";

Deno.test("a conflict is lasting from the sixth in a row of an object on", () => {
  const conflicts = new Conflicts(new FakeClock());
  const met = () => conflicts.isLasting("one");
  assert.deepEqual(Array.from({ length: 7 }, met), [false, false, false, false, false, true, true]);
  assert.equal(conflicts.isLasting("two"), false);
  conflicts.over("one");
  assert.equal(met(), false);
});

Deno.test("a conflict is lasting only once it has lasted as long as the caller says", async () => {
  const clock = new FakeClock();
  const conflicts = new Conflicts(clock);
  const met = () => conflicts.isLasting("one", 10_000);
  assert.deepEqual(Array.from({ length: 20 }, met), Array(20).fill(false));
  await clock.advance(9_999);
  assert.equal(met(), false);
  await clock.advance(1);
  assert.equal(met(), true);
  conflicts.over("one");
  assert.deepEqual(Array.from({ length: 7 }, met), Array(7).fill(false), "it begins again");
});

import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { ResyncWheel } from "./resync_wheel.ts";

function wheel(resyncMs: number) {
  const clock = new FakeClock();
  const fired: { key: string; atMs: number; dueMs: number }[] = [];
  const made: ResyncWheel = new ResyncWheel(clock, resyncMs, (key, dueMs) => {
    fired.push({ key, atMs: clock.nowMs(), dueMs });
  });
  return { clock, fired, wheel: made };
}

Deno.test("ResyncWheel fires some times per second, however many keys there are, never early and little late", async () => {
  const { clock, fired, wheel: made } = wheel(30_000);
  const dueOf = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    dueOf.set(`key-${i}`, 30_000 + (i * 7919) % 6_000);
    made.set(`key-${i}`, dueOf.get(`key-${i}`)!);
  }
  await clock.advance(40_000);
  assert.equal(new Set(fired.map(({ key }) => key)).size, 10_000);
  assert.equal(fired.length, 10_000);
  const late = fired.map(({ key, atMs }) => atMs - dueOf.get(key)!);
  assert.ok(Math.min(...late) >= 0 && Math.max(...late) <= 300, `${Math.min(...late)} to ${Math.max(...late)}`);
  assert.ok(new Set(fired.map(({ atMs }) => atMs)).size <= 25);
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("ResyncWheel: the last time that was set counts, and none after cancel() and close()", async () => {
  const { clock, fired, wheel: made } = wheel(1_000);
  made.set("a", 1_000);
  made.set("a", 3_000);
  made.set("b", 1_000);
  made.cancel("b");
  made.set("c", 1_000);
  await clock.advance(2_000);
  assert.deepEqual(fired.map(({ key }) => key), ["c"]);
  await clock.advance(2_000);
  assert.deepEqual(fired.map(({ key }) => key), ["c", "a"]);
  made.set("d", 1_000);
  made.close();
  made.set("e", 1_000);
  await clock.advance(5_000);
  assert.equal(fired.length, 2);
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("ResyncWheel sets keys again while it fires", async () => {
  const clock = new FakeClock();
  const fired: number[] = [];
  const made: ResyncWheel = new ResyncWheel(clock, 1_000, (key) => {
    fired.push(clock.nowMs());
    made.set(key, 1_000);
  });
  made.set("a", 1_000);
  await clock.advance(10_500);
  assert.equal(fired.length, 10);
  assert.ok(fired.every((atMs, n) => n === 0 || atMs - fired[n - 1]! >= 1_000));
  made.close();
});

Deno.test("ResyncWheel makes up for ticks that a busy thread has missed", async () => {
  const { clock, fired, wheel: made } = wheel(1_000);
  for (let i = 0; i < 10; i++) made.set(`key-${i}`, 1_000 + 100 * i);
  // One timer, and ten ticks that are due when it runs.
  await clock.advance(999);
  Object.defineProperty(clock, "nowMs", { value: () => 5_000 });
  await clock.advance(1_000);
  assert.equal(fired.length, 10);
});

import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { WorkQueue } from "./queue.ts";

function newQueue() {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ clock }) };
}

Deno.test("WorkQueue hands a key out once however often it is added", async () => {
  const { queue } = newQueue();
  for (let i = 0; i < 5; i++) queue.add("a");
  queue.add("b");
  assert.equal(await queue.take(), "a");
  assert.equal(await queue.take(), "b");
  queue.close();
  assert.equal(await queue.take(), undefined);
});

Deno.test("WorkQueue never gives one key to two workers, and loses no change made meanwhile", async () => {
  const { queue } = newQueue();
  queue.add("a");
  assert.equal(await queue.take(), "a");
  queue.add("a");
  const second = queue.take();
  let handedOut = false;
  second.then(() => handedOut = true);
  await Promise.resolve();
  assert.equal(handedOut, false);
  queue.done("a");
  assert.equal(await second, "a");
});

Deno.test("WorkQueue hands changes out before resyncs", async () => {
  const { queue } = newQueue();
  queue.add("resynced", "resync");
  queue.add("changed");
  assert.equal(await queue.take(), "changed");
  assert.equal(await queue.take(), "resynced");
});

Deno.test("WorkQueue lets one resync in ten go before the changes of a busy box", async () => {
  const { queue } = newQueue();
  for (const key of ["r1", "r2", "r3"]) queue.add(key, "resync");
  const taken: string[] = [];
  for (let i = 0; i < 20; i++) {
    queue.add(`c${i}`);
    const key = (await queue.take())!;
    taken.push(key);
    queue.done(key);
  }
  assert.deepEqual(taken.flatMap((key, at) => key.startsWith("r") ? [`${key} at ${at}`] : []), ["r1 at 9", "r2 at 19"]);
});

Deno.test("WorkQueue lets a change overtake when the same key waits for its resync", async () => {
  const { queue } = newQueue();
  queue.add("a", "resync");
  queue.add("b");
  queue.add("a");
  assert.equal(await queue.take(), "b");
  assert.equal(await queue.take(), "a");
  assert.equal(queue.depth, 2);
});

Deno.test("backOff() doubles from 5 ms to 60 s and succeed() starts over", () => {
  const { queue } = newQueue();
  const waits = Array.from({ length: 16 }, () => queue.backOff("a", "v1"));
  assert.deepEqual(waits.slice(0, 4), [5, 10, 20, 40]);
  assert.equal(waits.at(-1), 60_000);
  queue.succeed("a");
  assert.equal(queue.backOff("a", "v1"), 5);
});

Deno.test("backOff() starts over for another version of the object", () => {
  const { queue } = newQueue();
  for (let n = 0; n < 20; n++) queue.backOff("a", "v1");
  assert.equal(queue.backOff("a", "v2"), 5);
  assert.equal(queue.backOff("a", "v2"), 10);
});

Deno.test("backOff() waits at least as long as the server asks", () => {
  const { queue } = newQueue();
  assert.equal(queue.backOff("a", "v1", 3000), 3000);
});

Deno.test("WorkQueue does not let a resync cut a backoff short, but lets a change", async () => {
  const { clock, queue } = newQueue();
  for (let i = 0; i < 10; i++) queue.backOff("a", "v1");
  queue.resyncAfter("a", 1);
  await clock.advance(10);
  assert.equal(queue.depth, 0);
  queue.add("a");
  assert.equal(await queue.take(), "a");
});

Deno.test("addAfter() keeps one wait of each kind a key: the later call counts", async () => {
  const { clock, queue } = newQueue();
  queue.resyncAfter("a", 1000);
  queue.resyncAfter("a", 5000);
  await clock.advance(2000);
  assert.equal(queue.depth, 0);
  await clock.advance(3000);
  assert.equal(await queue.take(), "a");
});

Deno.test("forget() drops all state of a key", async () => {
  const { clock, queue } = newQueue();
  queue.backOff("a", "v1");
  queue.resyncAfter("a", 100);
  queue.addAfter("a", 100, "requeue");
  queue.forget("a");
  await clock.advance(100_000);
  assert.equal(queue.depth, 0);
});

Deno.test("WorkQueue wakes ten thousand delayed keys in the order of their time", async () => {
  const { clock, queue } = newQueue();
  const dueOf = (i: number) => 1 + (i * 7919) % 97;
  const order: number[] = [];
  for (let i = 0; i < 10_000; i++) queue.addAfter(`key-${i}`, dueOf(i), "requeue");
  await clock.advance(20_000);
  for (let i = 0; i < 10_000; i++) order.push(dueOf(Number((await queue.take())!.slice(4))));
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
});

Deno.test("backOff() continues a minute apart when the declared attempts are used up", () => {
  const queue = new WorkQueue({
    clock: new FakeClock(),
    initialBackoffMs: 500,
    maxBackoffMs: 30_000,
    multiplier: 3,
    maxAttempts: 3,
  });
  assert.deepEqual(Array.from({ length: 4 }, () => queue.backOff("a", "v1")), [500, 1500, 60_000, 60_000]);
  queue.succeed("a");
  assert.equal(queue.backOff("a", "v1"), 500);
  queue.close();
});

Deno.test("waitedMs() returns how long a key was due before it was taken", async () => {
  const { clock, queue } = newQueue();
  queue.add("a");
  await clock.advance(30);
  queue.add("a");
  await clock.advance(12);
  assert.equal(await queue.take(), "a");
  assert.equal(queue.waitedMs("a"), 42);
  queue.add("a");
  await clock.advance(7);
  queue.done("a");
  assert.equal(await queue.take(), "a");
  assert.equal(queue.waitedMs("a"), 7);
});

Deno.test("waitedMs() counts from when a delayed key was due, not from when it was delayed", async () => {
  const { clock, queue } = newQueue();
  queue.resyncAfter("a", 500);
  await clock.advance(600);
  assert.equal(await queue.take(), "a");
  assert.equal(queue.waitedMs("a"), 100);
  const idle = queue.take();
  queue.add("b");
  assert.equal(await idle, "b");
  assert.equal(queue.waitedMs("b"), 0);
});

Deno.test("WorkQueue requeues a key once for a change and a resync that come while it is processed", async () => {
  const { queue } = newQueue();
  queue.add("a");
  await queue.take();
  queue.add("a", "resync");
  queue.add("a");
  queue.done("a");
  assert.equal(await queue.take(), "a");
  queue.done("a");
  assert.equal(queue.depth, 0);
});

Deno.test("holdBack() keeps a suspect until its wait is over and all other keys were taken", async () => {
  const { clock, queue } = newQueue();
  queue.holdBack("bad", 1000);
  queue.add("bad");
  const idle = queue.take();
  await clock.advance(900);
  queue.add("b");
  queue.add("c", "resync");
  assert.equal(await idle, "b");
  await clock.advance(100);
  assert.equal(await queue.take(), "c");
  assert.equal(await queue.take(), "bad");
  assert.equal(queue.waitedMs("bad"), 0);
});

Deno.test("holdBack() wakes a worker that waits when the wait of a suspect is over", async () => {
  const { clock, queue } = newQueue();
  queue.holdBack("bad", 1000);
  queue.add("bad");
  const idle = queue.take();
  await clock.advance(1000);
  assert.equal(await idle, "bad");
});

Deno.test("WorkQueue never processes two suspects at a time, and clears one whose pass ended", async () => {
  const { queue } = newQueue();
  for (const key of ["bad", "worse"]) {
    queue.holdBack(key, 0);
    queue.add(key);
  }
  assert.equal(await queue.take(), "bad");
  const second = queue.take();
  queue.add("b");
  assert.equal(await second, "b");
  const third = queue.take();
  queue.done("bad");
  assert.equal(await third, "worse");
  const fourth = queue.take();
  queue.add("bad");
  assert.equal(await fourth, "bad", "no suspect any more: it runs beside another one");
});

Deno.test("WorkQueue processes a suspect although other keys are always ready", async () => {
  const { clock, queue } = newQueue();
  queue.holdBack("bad", 1000);
  queue.add("bad");
  await clock.advance(60_999);
  queue.add("b");
  queue.add("c");
  assert.equal(await queue.take(), "b");
  await clock.advance(1);
  assert.equal(await queue.take(), "bad");
});

Deno.test("endWait() lets a suspect run as soon as nothing else is ready", async () => {
  const { clock, queue } = newQueue();
  queue.holdBack("bad", 600_000);
  queue.add("bad");
  const idle = queue.take();
  queue.endWait("bad");
  await clock.advance(0);
  assert.equal(await idle, "bad");
  queue.endWait("good");
  queue.done("bad");
  queue.add("bad");
  assert.equal(await queue.take(), "bad");
});

Deno.test("forget() clears a suspect that is gone: a new object of that name is another one", async () => {
  const { queue } = newQueue();
  queue.holdBack("bad", 600_000);
  queue.add("bad");
  queue.forget("bad");
  assert.equal(await queue.take(), "bad", "the change that was seen is still work");
});

Deno.test("WorkQueue orders what a standby has queued again when it is opened, and counts waits from then on", async () => {
  const { clock, queue } = newQueue();
  queue.pause();
  for (const key of ["a", "b", "unfinished", "c"]) queue.add(key);
  queue.add("d", "resync");
  await clock.advance(60_000);
  queue.open((key) => key === "unfinished");
  const taken: string[] = [];
  for (let n = 0; n < 5; n++) taken.push((await queue.take())!);
  assert.deepEqual(taken, ["unfinished", "a", "b", "c", "d"]);
  assert.deepEqual(taken.map((key) => queue.waitedMs(key)), [0, 0, 0, 0, 0]);
});

Deno.test("dismiss() ends takers that wait, the latest first, and no key is lost", async () => {
  const { queue } = newQueue();
  const takers = [queue.take(), queue.take(), queue.take()];
  assert.equal(queue.dismiss(2), 2);
  queue.add("a");
  assert.deepEqual(await Promise.all(takers), ["a", undefined, undefined]);
  assert.equal(queue.dismiss(5), 0);
  queue.add("b");
  assert.equal(await queue.take(), "b");
});

Deno.test("resyncWithin() brings a resync forward and delays none", async () => {
  const { clock, queue } = newQueue();
  queue.resyncAfter("late", 60_000);
  queue.resyncAfter("early", 2_000);
  for (const key of ["late", "early", "none"]) queue.resyncWithin(key, 5_000);
  const taken: (string | undefined)[] = [];
  for (const _ of [1, 2, 3]) queue.take().then((key) => taken.push(key));
  await clock.advance(2_100);
  assert.deepEqual(taken, ["early"]);
  await clock.advance(3_000);
  assert.deepEqual(taken.sort(), ["early", "late", "none"]);
});

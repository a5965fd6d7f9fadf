import assert from "node:assert/strict";
import { settle } from "../../../tests/support/clock.ts";
import { WorkerPool } from "./worker_pool.ts";

/** Workers that take what `give` gives; `undefined` ends one. */
function pool() {
  const takers: ((work: { readonly done: Promise<void> } | undefined) => void)[] = [];
  const workers = new WorkerPool(async (continues) => {
    while (continues()) {
      const work = await new Promise<{ readonly done: Promise<void> } | undefined>((resolve) => takers.push(resolve));
      if (work === undefined) return;
      await work.done;
    }
  }, (count) => {
    const dismissed = takers.splice(Math.max(0, takers.length - count));
    for (const taker of dismissed) taker(undefined);
    return dismissed.length;
  });
  return { workers, takers };
}

Deno.test("workers that wait end at once, and those in processing after it", async () => {
  const { workers, takers } = pool();
  workers.resize(4);
  await settle();
  const ends = [0, 1, 2].map(() => Promise.withResolvers<void>());
  for (const { promise } of ends) takers.shift()!({ done: promise });
  await settle();
  workers.resize(1);
  await settle();
  assert.deepEqual([workers.running, takers.length], [3, 0]);
  for (const { resolve } of ends) resolve();
  await settle();
  assert.deepEqual([workers.running, takers.length], [1, 1]);
});

Deno.test("workers that were to end continue when there are to be more again", async () => {
  const { workers, takers } = pool();
  workers.resize(3);
  await settle();
  const end = Promise.withResolvers<void>();
  for (let i = 0; i < 3; i++) takers.shift()!({ done: end.promise });
  await settle();
  workers.resize(1);
  workers.resize(4);
  await settle();
  assert.equal(workers.running, 4);
  end.resolve();
  await settle();
  assert.deepEqual([workers.running, takers.length], [4, 4]);
  const ended = workers.ended();
  for (const taker of takers.splice(0)) taker(undefined);
  await ended;
  assert.equal(workers.running, 0);
  workers.resize(2);
  await settle();
  assert.equal(workers.running, 2);
  for (const taker of takers.splice(0)) taker(undefined);
});

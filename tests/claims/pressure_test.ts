/**
 * founding.txt: "Queue pressure in one operatorBox does not affect reconcile latency in another." The figures, for
 * thirteen boxes and a compiled Runtime, are those of `deno task bench:isolation`; this is the same in small.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Double, startDouble } from "../../bench/isolation/processes.ts";
import { badBox, katalogText } from "../../bench/isolation/katalog.ts";
import type { BoxMessage } from "../../src/box/mod.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { cellsFor } from "../support/cells.ts";
import { waitFor } from "../support/wait_for.ts";
import { realClock } from "../support/clock.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const goodBox = "good01";
/** Changes of the good box that make a figure; it has five a second. */
const changes = 20;
const rounds = 5;

/** How long the middle one of the good box's changes took, from the event to the write that follows from it. */
async function reconcileMs(double: Double): Promise<number> {
  await double.samples();
  const taken: number[] = [];
  await waitFor(`${changes} changes of the good box have been written`, async () => {
    const { latencies } = await double.samples();
    taken.push(...latencies.filter(({ box }) => box === goodBox).map(({ ms }) => ms));
    return taken.length >= changes;
  });
  return taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)]!;
}

Deno.test("Queue pressure in one operatorBox does not affect reconcile latency in another", async () => {
  await using double = await startDouble(root);
  const bytes = new TextEncoder().encode(katalogText());
  const { boxes, ...plan } = derivePlan(loadKatalog([{ path: "katalog.yaml", bytes }], () => undefined).katalog!);
  const messages: BoxMessage[] = [];
  const host = cellsFor(double.server, { limits: { startMs: 120_000 } });
  const runtime = startRuntime({
    plan: { ...plan, boxes: boxes.filter(({ name }) => name === goodBox || name === badBox) },
    host,
    clock: realClock,
    report: (message) => void messages.push(message),
  });
  const healthOf = (box: string) => runtime.health().get(box)!;
  try {
    await runtime.lead();
    const before = await reconcileMs(double);
    // Ten objects, changed faster than their passes take, also on a quick machine: each of those makes a megabyte of
    // text.
    await double.set("text");
    await waitFor("the bad box is under pressure", () => {
      const { queueDepth, queueWaitMs } = healthOf(badBox);
      return queueDepth >= 5 && (queueWaitMs?.p50 ?? 0) > 50;
    });
    // On a machine that others keep busy a round may say nothing; without isolation none of them comes near the bound.
    let during = Infinity;
    for (let round = 0; round < rounds && during > 2 * before + 15; round++) during = await reconcileMs(double);
    const { queueWaitMs } = healthOf(badBox);
    assert.ok(queueWaitMs!.p50 > 50, `the pressure lasted: ${queueWaitMs!.p50} ms`);
    assert.ok(during <= 2 * before + 15, `the middle one of ${changes}: ${before} ms before, ${during} ms during`);
    const good = healthOf(goodBox).queueWaitMs!;
    assert.ok(good.p50 < queueWaitMs!.p50 / 5, `waits in the queues: ${good.p50} ms and ${queueWaitMs!.p50} ms`);
    const ill = (message: BoxMessage) =>
      message.type === "cell" || (message.box === goodBox && message.type === "health" && message.state === "degraded");
    assert.deepEqual(messages.filter(ill), []);
  } finally {
    await runtime.stop(1000);
  }
});

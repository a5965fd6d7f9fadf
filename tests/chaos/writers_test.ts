import assert from "node:assert/strict";
import { operatorFor } from "../box/operator.ts";
import { lateBody } from "../support/late_body.ts";
import { waitFor } from "../support/wait_for.ts";
import { randomNumbers } from "./random.ts";
import { differences, writeAll, writersBox } from "./writers.ts";

// Every response and every event of the operator is delayed a little. In the end the children must match the last spec,
// without a resync.

const edits = 800;
/** Maximum delay of a response and of an event. */
const maxResponseDelayMs = 40;
const maxEventDelayMs = 150;

/** A body that is delayed repeatedly, for less than half of the time, so that nothing accumulates. */
function delayed(response: Response, wait: () => Promise<void>): Response {
  let flowsUntilMs = 0;
  return lateBody(response, async () => {
    if (performance.now() < flowsUntilMs) return;
    await wait();
    flowsUntilMs = performance.now() + maxEventDelayMs;
  });
}

async function play(random: () => number): Promise<void> {
  const waits = new Set<Promise<void>>();
  const later = (maxMs: number): Promise<void> => {
    const wait = new Promise<void>((resolve) => setTimeout(resolve, random() * maxMs));
    waits.add(wait);
    return wait.then(() => void waits.delete(wait));
  };
  {
    await using operator = await operatorFor({ box: writersBox, resync: "1h" }, {}, async (request, forward) => {
      const response = await forward();
      if (new URL(request.url).searchParams.has("watch")) return delayed(response, () => later(maxEventDelayMs));
      await later(maxResponseDelayMs);
      return response;
    });
    await writeAll(operator, random, { edits, pause: () => later(maxResponseDelayMs) });
    let found: string[] = [];
    await waitFor("all is as the specs say", async () => (found = await differences(operator)).length === 0, {
      timeoutMs: 40_000,
      explain: () => found,
    });
    // A box that takes a race for an error of the schema notes it; a note on too many Events of an object is expected.
    const wrong = operator.messages.filter((message) =>
      message.type === "defect" || (message.type === "note" && message.message.includes("status"))
    );
    assert.deepEqual(wrong, []);
  }
  await Promise.all(waits);
}

Deno.test("after any writes of many concurrent clients the children match the last specs", async (t) => {
  const first = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 1e6));
  for (const seed of [first, first + 1]) await t.step(`SEED=${seed}`, () => play(randomNumbers(seed)));
});

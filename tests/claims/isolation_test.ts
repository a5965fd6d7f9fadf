/**
 * founding.txt: "Each CRD in a Katalog runs inside its own OperatorBox — an isolated runtime cell … Nothing is shared
 * with any other CRD." What goes wrong in one cell is seen by its host, and felt by no other cell.
 */
import assert from "node:assert/strict";
import type { BoxMessage } from "../../src/box/mod.ts";
import { cellHost } from "../../src/cell/mod.ts";
import type { BoxPlan } from "../../src/plan/plan.ts";
import { realClock } from "../support/clock.ts";
import { waitFor } from "../support/wait_for.ts";

function planNamed(name: string): BoxPlan {
  const type = { group: "demo.dev", version: "v1", kind: "Demo", plural: "demos", namespaced: true };
  return {
    name,
    type,
    reconciler: { workers: 1, resyncMs: 30_000, failureThreshold: 5 },
    normalize: [],
    mutation: [],
    validation: [],
    entries: [],
    status: [],
    writesStatus: true,
    children: [],
    finalizer: false,
  };
}

const limits = { heapMb: 32, silenceMs: 5000, startMs: 120_000, stallMs: 10_000, passMs: 60_000 };

/** Runs a cell that misbehaves beside one that does not, and answers what the host said of the bad one. */
async function beside(fault: string): Promise<{ reason: string; lost: number }> {
  const told: BoxMessage[] = [];
  let lost = 0;
  const host = cellHost({
    cluster: { server: "http://127.0.0.1:9", auth: { kind: "none" }, source: "test" },
    userAgent: "test/1",
    component: "test",
    instance: "test",
    tellsIdle: false,
    clock: realClock,
    limits,
    readTextFile: () => Promise.reject(new Error("No file")),
    reachable: ["127.0.0.1:9"],
    fromSource: true,
    entry: new URL("./faulty_cell.ts", import.meta.url),
    onJailLost: (reason) => {
      throw new Error(`The jail was lost: ${reason}`);
    },
    onLost: (threads) => lost = threads,
  });
  const complaints: BoxMessage[] = [];
  const good = host.start(planNamed("good"), (message) => void complaints.push(message));
  const bad = host.start(planNamed(fault), (message) => void told.push(message));
  try {
    await waitFor("the good cell gives signs of life", () => good.health().state === "healthy");
    const ended = await waitFor(
      `the host speaks of the cell that ${fault}`,
      () => told.find((message) => message.type === "cell"),
    );
    assert.equal(bad.health().state, "degraded");
    await waitFor("the cell is started again", () => bad.health().state !== "degraded" || told.length > 1);
    assert.equal(good.health().state, "healthy");
    assert.equal(ended.restartInMs, 1000);
    assert.deepEqual(complaints, []);
    return { reason: ended.reason, lost };
  } finally {
    await Promise.all([good.stop(100), bad.stop(100)]);
    await host.close();
  }
}

const faults: Readonly<Record<string, RegExp>> = {
  throws: /Out of the blue/,
  rejects: /Nobody listens/,
  exits: /code 3/,
  "goes-silent": /no sign of life/,
  hogs: /memory/,
  "hogs-at-once": /memory|sign of life/,
};

for (const [fault, reason] of Object.entries(faults)) {
  Deno.test(`a cell that ${fault} is ended with a reason and started again, and its neighbour goes on`, async () => {
    const seen = await beside(fault);
    assert.match(seen.reason, reason);
    assert.equal(seen.lost, 0);
  });
}

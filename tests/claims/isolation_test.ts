/**
 * founding.txt: "Each CRD in a Katalog runs inside its own OperatorBox — an isolated runtime cell … Nothing is shared
 * with any other CRD." What goes wrong in one cell is seen by its host, and felt by no other cell.
 */
import assert from "node:assert/strict";
import { BoxBusyError, type BoxHealth, type BoxHost, type BoxMessage, type HostedBox } from "../../src/box/mod.ts";
import type { BoxPlan } from "../../src/plan/plan.ts";
import { cellsFor } from "../support/cells.ts";
import { waitFor as waitForUpTo } from "../support/wait_for.ts";

/** The first cell of a run from source has its code checked and compiled: on a busy machine that takes its time. */
const waitFor: typeof waitForUpTo = (what, probe, options) =>
  waitForUpTo(what, probe, { timeoutMs: 120_000, ...options });

function planNamed(name: string): BoxPlan {
  const type = { group: "demo.dev", version: "v1", kind: "Demo", plural: "demos", namespaced: true };
  return {
    name,
    at: "katalog.yaml:1:1",
    dependsOn: [],
    cross: [],
    crossAccess: true,
    observedBy: [],
    formerNames: [],
    katalog: "demo",
    otherBoxes: [],
    type,
    endpoints: { health: true, info: true },
    reconciler: { workers: 1, resyncMs: 30_000, failureThreshold: 5 },
    allowedNamespaces: [],
    restrictedNamespaces: [],
    normalize: [],
    mutation: [],
    validation: [],
    external: { mutation: [], validation: [], children: [] },
    entries: [],
    status: [],
    writesStatus: true,
    children: [],
    watches: [],
    effects: [],
    finalizer: false,
  };
}

const limits = { heapMb: 32, silenceMs: 5000, startMs: 120_000, stallMs: 10_000, passMs: 60_000 };

interface Beside {
  readonly host: BoxHost;
  readonly messages: readonly BoxMessage[];
  readonly good: HostedBox;
  readonly bad: HostedBox;
  readonly lost: () => number;
  /** Of the bad box, when the host said that its cell was ended: a moment later it may be well again. */
  readonly healthThen: () => BoxHealth | undefined;
}

/** Runs a cell that misbehaves beside one that does not, and looks at what the host says of the bad one. */
async function beside<T>(fault: string, look: (seen: Beside) => Promise<T>): Promise<T> {
  const messages: BoxMessage[] = [];
  let lost = 0;
  const host = cellsFor("http://127.0.0.1:9", {
    limits,
    entry: new URL("./faulty_cell.ts", import.meta.url),
    onLost: (threads) => lost = threads,
  });
  const complaints: BoxMessage[] = [];
  const good = host.start(planNamed("good"), (message) => void complaints.push(message));
  let healthThen: BoxHealth | undefined;
  const bad: HostedBox = host.start(planNamed(fault), (message) => {
    messages.push(message);
    if (message.type === "cell") healthThen ??= bad.health();
  });
  try {
    await waitFor("the good cell gives signs of life", () => good.health().state === "healthy");
    const response = await look({ host, messages, good, bad, lost: () => lost, healthThen: () => healthThen });
    assert.equal(good.health().state, "healthy");
    assert.deepEqual(complaints, []);
    return response;
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
  Deno.test(`a cell that ${fault} is terminated with a reason and restarted, and its neighbour keeps running`, async () => {
    await beside(fault, async ({ messages, bad, lost, healthThen }) => {
      const ended = await waitFor(
        "the host reports the end",
        () => messages.find((message) => message.type === "cell"),
      );
      assert.match(ended.reason, reason);
      assert.equal(ended.restartInMs, 1000);
      assert.deepEqual(ended.suspects, []);
      assert.equal(healthThen()?.state, "degraded");
      assert.match(healthThen()!.reason!, reason);
      await waitFor("it is well again, or ended again", () => bad.health().state !== "degraded" || messages.length > 1);
      assert.equal(lost(), 0);
    });
  });
}

Deno.test("a query of a cell that does not respond is refused in time, and so are those behind it", async () => {
  await beside("deaf", async ({ bad, good }) => {
    await waitFor("the cell gives signs of life", () => bad.health().state === "healthy");
    const query = () => bad.query({ what: "cr", key: "a/b" });
    const texts = await Promise.all(
      Array.from({ length: 10 }, () =>
        query().then(() => "a response", (error: Error) => {
          assert.ok(error instanceof BoxBusyError, String(error));
          return error.message;
        })),
    );
    assert.deepEqual(texts, [
      ...Array.from({ length: 8 }, () => "deaf is busy: no response within 2 s"),
      ...Array.from({ length: 2 }, () => "deaf has 8 queries to respond to already"),
    ]);
    await assert.rejects(good.query({ what: "cr", key: "a/b" }), /good is starting/);
    assert.ok(bad.metrics().some(({ name }) => name === "orkestra_cell_heap_bytes"));
  });
});

Deno.test("a cell gets the reason why its predecessor was terminated, and the box is healthy when the suspect is cleared", async () => {
  await beside("poisoned", async ({ messages, bad }) => {
    const note = await waitFor(
      "the next cell has its orders",
      () => messages.find((message) => message.type === "note"),
    );
    const [ended] = messages;
    assert.deepEqual(ended, {
      type: "cell",
      box: "poisoned",
      reason: "its thread ended with code 3",
      restartInMs: 1000,
      suspects: ["demo/poison"],
    });
    assert.deepEqual(JSON.parse(note.message), {
      reason: "its thread ended with code 3",
      suspects: [{ key: "demo/poison", generation: 7, waitMs: 5000, fresh: true }],
    });
    assert.equal(bad.health().state, "degraded");
    assert.equal(bad.health().reason, "Its cell was ended: its thread ended with code 3; held back: demo/poison");
    await waitFor("the box is well again", () => bad.health().state === "healthy");
    assert.deepEqual(messages.at(-1), { type: "health", box: "poisoned", state: "healthy" });
  });
});

Deno.test("a box rests and leads also while its cell is gone", async () => {
  await beside("exits", async ({ messages, bad }) => {
    await waitFor("the cell is ended", () => messages.some((message) => message.type === "cell"));
    let rested = false;
    void bad.rest(0).then(() => rested = true);
    await waitFor("it rests", () => rested, { timeoutMs: 20_000 });
    let led = false;
    void bad.lead("all").then(() => led = true, () => {/* stopped before: the test has failed then */});
    const before = messages.length;
    await waitFor("the next cell leads, or ended before it could", () => led || messages.length > before);
  });
});

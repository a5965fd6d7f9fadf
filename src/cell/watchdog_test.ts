import assert from "node:assert/strict";
import type { CellBeat } from "./protocol.ts";
import { Watchdog } from "./watchdog.ts";

const limits = { heapMb: 100, silenceMs: 1000, startMs: 3000, stallMs: 2000, passMs: 5000 };
const health: CellBeat["health"] = {
  state: "healthy",
  totalReconciles: 0,
  failedReconciles: 0,
  consecutiveFails: 0,
  queueDepth: 0,
  resourceCount: 0,
  warm: true,
  missing: false,
  workers: { running: 0, processing: 0 },
};

function beat(change: Partial<CellBeat> = {}): CellBeat {
  return { type: "beat", heapUsed: 1_048_576, oldestPassMs: 0, stalledMs: 0, health, metrics: [], ...change };
}

Deno.test("Watchdog lets a cell be that gives signs of life", () => {
  const dog = new Watchdog(limits, 0);
  dog.beat(beat(), 900);
  assert.equal(dog.verdict(1800), undefined);
});

Deno.test("Watchdog ends a cell that is silent, also one that never said a word", () => {
  const dog = new Watchdog(limits, 0);
  assert.equal(dog.verdict(3000), undefined);
  assert.match(dog.verdict(3001)!, /no sign of life/);
  dog.beat(beat(), 5000);
  assert.match(dog.verdict(6500)!, /no sign of life for 2 s/);
});

Deno.test("Watchdog does not take it for silence when the whole process was suspended", () => {
  const dog = new Watchdog(limits, 0);
  dog.beat(beat(), 900);
  dog.wasAway(20_000);
  assert.equal(dog.verdict(21_000), undefined);
  assert.equal(dog.verdict(21_900), undefined);
  assert.match(dog.verdict(21_901)!, /no sign of life for 1 s/);
});

Deno.test("Watchdog ends a cell before its heap is full", () => {
  const dog = new Watchdog(limits, 0);
  dog.beat(beat({ heapUsed: 89 * 1_048_576 }), 100);
  assert.equal(dog.verdict(200), undefined);
  dog.beat(beat({ heapUsed: 91 * 1_048_576 }), 300);
  assert.equal(dog.verdict(400), "91 MB of its 100 MB of memory in use");
});

Deno.test("Watchdog ends a cell whose pass hangs", () => {
  const dog = new Watchdog(limits, 0);
  dog.beat(beat({ oldestPassMs: 5001 }), 100);
  assert.equal(dog.verdict(200), "a pass takes longer than 5 s");
});

Deno.test("Watchdog ends a cell whose pass has died without a word: a full heap may stop code that awaits", () => {
  const dog = new Watchdog(limits, 0);
  dog.beat(beat({ oldestPassMs: 2500, stalledMs: 2000 }), 100);
  assert.equal(dog.verdict(200), undefined);
  dog.beat(beat({ oldestPassMs: 2501, stalledMs: 2001 }), 300);
  assert.equal(dog.verdict(400), "a pass has stopped for 2 s, waiting for nothing");
});

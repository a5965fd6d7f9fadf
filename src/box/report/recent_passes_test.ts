import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import type { DoneChange } from "../../reconcile/mod.ts";
import { type EndedPass, maxPasses, RecentPasses } from "./recent_passes.ts";

const drifted: DoneChange = {
  ...{ action: "update", kind: "Deployment", key: "a/web", fields: ["spec.replicas"] },
  cause: { why: "drift", by: "kubectl-scale" },
};
const pass: EndedPass = {
  id: "run-1",
  ...{ trigger: "cr", result: "succeeded", changes: [], calls: [], callsOmitted: 0, waitedMs: 0.4, durationMs: 12.6 },
};
const failed: EndedPass = { ...pass, result: "failed", message: "no", trigger: "retry" };

Deno.test("RecentPasses keeps passes that did something, newest first, and counts the visits that did nothing", async () => {
  const clock = new FakeClock();
  const passes = new RecentPasses(clock);
  passes.add("a/one", { ...pass, changes: [drifted], trigger: { type: { kind: "Deployment" }, key: "a/web" } });
  await clock.advance(1000);
  passes.add("a/one", pass);
  await clock.advance(1000);
  passes.idle("a/one");
  assert.deepEqual(passes.of("a/one"), {
    passes: [{
      id: "run-1",
      ...{ trigger: "Deployment a/web changed", result: "succeeded", message: undefined, changes: [drifted] },
      ...{ changesOmitted: 0, calls: [], callsOmitted: 0, waitedMs: 0, durationMs: 13, count: 1 },
      ...{ firstTime: "2026-01-02T03:04:05Z", time: "2026-01-02T03:04:05Z" },
    }],
    idle: { since: "2026-01-02T03:04:06Z", last: "2026-01-02T03:04:07Z", count: 2 },
  });
  passes.add("a/one", failed);
  const { passes: [newest], idle } = passes.of("a/one");
  assert.deepEqual([newest?.result, idle], ["failed", undefined]);
  passes.forget("a/one");
  assert.deepEqual(passes.of("a/one"), { passes: [], idle: undefined });
});

Deno.test("RecentPasses counts passes that end alike as one, so that retries do not push out what was done", async () => {
  const clock = new FakeClock();
  const passes = new RecentPasses(clock);
  passes.add("a/one", { ...pass, changes: [drifted] });
  for (let i = 0; i < 20; i++) {
    passes.add("a/one", failed);
    await clock.advance(1000);
  }
  passes.add("a/one", { ...failed, message: "another" });
  const kept = passes.of("a/one").passes;
  assert.deepEqual(kept.map(({ message, count }) => [message, count]), [["another", 1], ["no", 20], [undefined, 1]]);
  assert.deepEqual([kept[1]?.firstTime, kept[1]?.time], ["2026-01-02T03:04:05Z", "2026-01-02T03:04:24Z"]);
});

Deno.test("RecentPasses has the CRs whose last pass failed, was refused or waits, the latest first", async () => {
  const clock = new FakeClock();
  const passes = new RecentPasses(clock);
  const results = { "a/failed": "failed", "a/fine": "succeeded", "a/denied": "denied", "a/waits": "waiting" } as const;
  for (const [key, result] of Object.entries(results)) {
    passes.add(key, { ...failed, result });
    await clock.advance(1000);
  }
  const keys = () => passes.failing(10).items.map(({ key }) => key);
  assert.deepEqual(keys(), ["a/waits", "a/denied", "a/failed"]);
  assert.equal(passes.failing(10).items[2]!.pass.time, "2026-01-02T03:04:05Z");
  assert.deepEqual([passes.failing(1).items.length, passes.failing(1).total], [1, 3]);
  passes.add("a/failed", failed);
  assert.deepEqual(keys(), ["a/failed", "a/waits", "a/denied"]);
  passes.add("a/failed", pass);
  passes.forget("a/waits");
  assert.deepEqual(keys(), ["a/denied"]);
});

Deno.test("RecentPasses bounds what it keeps of a pass, of a CR and in all", () => {
  const passes = new RecentPasses(new FakeClock());
  const huge: EndedPass = {
    ...failed,
    trigger: { type: { kind: "K".repeat(10_000) }, key: "a" },
    message: "m".repeat(100_000),
    changes: Array.from({ length: 1000 }, () => ({ ...drifted, fields: Array(100).fill("f".repeat(10_000)) })),
  };
  for (let i = 0; i < 20; i++) passes.add("a/one", huge);
  const { passes: kept } = passes.of("a/one");
  assert.equal(kept.length, maxPasses);
  assert.equal(kept[0]!.changesOmitted, 988);
  assert.ok(JSON.stringify(kept).length < 60_000);

  for (let i = 0; i < 499; i++) passes.add(`a/${i}`, failed);
  passes.add("a/one", failed); // is the most recent now
  passes.add("a/new", failed);
  assert.equal(passes.size, 500);
  assert.deepEqual(passes.of("a/0").passes, [], "the least recent");
  assert.notDeepEqual(passes.of("a/one").passes, []);
  passes.idle("a/idle");
  assert.equal(passes.of("a/idle").idle, undefined, "an idle visit takes no place of another CR");
});

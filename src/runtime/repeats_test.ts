import assert from "node:assert/strict";
import type { Clock } from "../base/clock.ts";
import { Repeats } from "./repeats.ts";

/** A clock without timers. */
function watch(): Clock & { advance(ms: number): void } {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    after: () => assert.fail("nothing waits"),
    advance: (ms) => void (nowMs += ms),
  };
}

Deno.test("Repeats reports the same failure with backoff, and the number of repeats in between", () => {
  const clock = watch();
  const repeats = new Repeats(clock);
  const reports: string[] = [];
  for (let s = 0; s < 3600; s++) {
    const occurrence = repeats.failed("web shop", "no");
    if (occurrence !== undefined) reports.push(`${s} s: ${occurrence.more}`);
    clock.advance(1000);
  }
  assert.deepEqual(reports, [
    ...["0 s: 0", "10 s: 9", "70 s: 59", "670 s: 599", "1270 s: 599", "1870 s: 599", "2470 s: 599", "3070 s: 599"],
  ]);
  assert.deepEqual(repeats.succeeded("web shop"), { failures: 3600, lastedMs: 3_600_000 });
  assert.equal(repeats.succeeded("web shop"), undefined);
  clock.advance(10_000);
  assert.deepEqual(repeats.failed("web shop", "no"), { more: 0 });
  assert.deepEqual(repeats.succeeded("web shop"), { failures: 1, lastedMs: 0 });
});

Deno.test("Repeats reports an object that alternately fails and recovers no more often than one that fails", () => {
  const clock = watch();
  const repeats = new Repeats(clock);
  let [reports, over] = [0, 0];
  for (let n = 0; n <= 100; n++) {
    if (repeats.failed("web a", "no") !== undefined) reports++;
    clock.advance(50);
    if (repeats.succeeded("web a") !== undefined) over++;
    clock.advance(50);
  }
  assert.deepEqual([reports, over], [2, 2]);
});

Deno.test("Repeats reports new failures at once, of each object, and of two that alternate each on its own", () => {
  const repeats = new Repeats(watch());
  assert.deepEqual(repeats.failed("web a", "no"), { more: 0 });
  assert.deepEqual(repeats.failed("web b", "no"), { more: 0 });
  assert.deepEqual(repeats.failed("web a", "never"), { more: 0 });
  for (let n = 0; n < 10; n++) {
    assert.equal(repeats.failed("web a", "no"), undefined);
    assert.equal(repeats.failed("web a", "never"), undefined);
  }
});

Deno.test("Repeats is not flooded by texts that are all different, however long they are", () => {
  const clock = watch();
  const repeats = new Repeats(clock);
  let reports = 0;
  for (let n = 0; n < 1000; n++) if (repeats.failed("web a", `at ${n}`) !== undefined) reports++;
  assert.equal(reports, 4);
  clock.advance(10_000);
  assert.deepEqual(repeats.failed("web a", "at last"), { more: 996 });
  const long = (end: string) => "x".repeat(100_000) + end;
  assert.deepEqual(repeats.failed("web b", long("a")), { more: 0 });
  assert.deepEqual(repeats.failed("web b", long("b")), { more: 0 });
  assert.equal(repeats.failed("web b", long("a")), undefined);
});

Deno.test("Repeats keeps waiting and failing apart, and forgets what is gone", () => {
  const repeats = new Repeats(watch());
  assert.deepEqual(repeats.waits("web a", "for b"), { more: 0 });
  assert.equal(repeats.waits("web a", "for b"), undefined);
  assert.equal(repeats.succeeded("web a"), undefined);
  repeats.failed("web a", "no");
  repeats.gone("web a");
  assert.equal(repeats.succeeded("web a"), undefined);
});

Deno.test("Repeats remembers a bounded number of objects, the most recent", () => {
  const repeats = new Repeats(watch());
  for (let n = 0; n < 2000; n++) repeats.failed(`web ${n}`, "no");
  assert.equal(repeats.failed("web 0", "no"), undefined);
  repeats.failed("web 2000", "no");
  assert.equal(repeats.failed("web 0", "no"), undefined);
  assert.deepEqual(repeats.failed("web 1", "no"), { more: 0 });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import type { LogEntry } from "./entry.ts";
import { mergeSorted } from "./merge_sorted.ts";
import { MergeWindow } from "./merge_window.ts";

function window(windowMs: number, maxLines = 1000) {
  const emitted: string[] = [];
  const clock = { nowMs: 0 };
  const merge = new MergeWindow({
    nowMs: () => clock.nowMs,
    windowMs,
    maxLines,
    emit: ({ text }) => emitted.push(text),
  });
  return { merge, emitted, clock };
}

function entry(source: string, atMs: number): LogEntry {
  return { source, atMs, text: `${source}${atMs}` };
}

Deno.test("MergeWindow holds a line until no earlier one can come, or it has waited for the window", () => {
  const { merge, emitted, clock } = window(1000);
  merge.open("a");
  merge.open("b");
  merge.add(entry("a", 10));
  assert.deepEqual(emitted, []);
  merge.add(entry("b", 5));
  assert.deepEqual(emitted, ["b5"]);
  clock.nowMs = 999;
  merge.flush();
  assert.deepEqual(emitted, ["b5"]);
  clock.nowMs = 1000;
  merge.flush();
  assert.deepEqual(emitted, ["b5", "a10"]);
  merge.add(entry("a", 20));
  merge.end("b");
  assert.deepEqual(emitted, ["b5", "a10", "a20"]);
});

Deno.test("MergeWindow keeps the order of a source whose clock goes back, and bounds what waits", () => {
  const { merge, emitted } = window(Infinity, 3);
  merge.open("silent");
  for (const at of [5, 3, 9, 1]) merge.add(entry("a", at));
  assert.deepEqual(emitted, ["a5"]);
  assert.equal(merge.size, 3);
  merge.drain();
  assert.deepEqual(emitted, ["a5", "a3", "a9", "a1"]);
  assert.equal(merge.size, 0);
});

Deno.test("MergeWindow and mergeSorted() lose and repeat nothing, and sort what is sorted in each source", async () => {
  const sorted = fc.array(fc.nat(1000), { maxLength: 20 }).map((times) => times.sort((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(fc.array(sorted, { minLength: 1, maxLength: 4 }), fc.nat(), async (sources, seed) => {
      const named = sources.map((times, n) => times.map((at) => entry("abcd"[n]!, at)));
      const all = named.flat().toSorted((a, b) => a.atMs - b.atMs).map(({ atMs }) => atMs);
      const merged: number[] = [];
      const each = async function* (entries: readonly LogEntry[]) {
        for (const one of entries) yield await Promise.resolve(one);
      };
      for await (const { atMs } of mergeSorted(named.map(each))) merged.push(atMs);
      assert.deepEqual(merged, all);

      const emitted: number[] = [];
      const merge = new MergeWindow({
        nowMs: () => 0,
        windowMs: Infinity,
        maxLines: 1000,
        emit: (one) => emitted.push(one.atMs),
      });
      named.forEach((_, n) => merge.open("abcd"[n]!));
      const left = named.map((entries) => [...entries]);
      for (let step = seed; left.some((entries) => entries.length > 0); step++) {
        const next = left[step % left.length]!.shift();
        if (next !== undefined) merge.add(next);
      }
      named.forEach((_, n) => merge.end("abcd"[n]!));
      assert.deepEqual(emitted, all);
    }),
  );
});

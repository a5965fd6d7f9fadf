import assert from "node:assert/strict";
import { Suspects } from "./suspects.ts";

Deno.test("Suspects lets an object wait twice as long every time, for half an hour at most", () => {
  const suspects = new Suspects();
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    suspects.blame([{ key: "demo/bad" }]);
    waits.push(suspects.orders([])[0]!.waitMs / 1000);
  }
  assert.deepEqual(waits.slice(0, 4), [5, 10, 20, 40]);
  assert.equal(waits.at(-1), 1800);
  suspects.clear("demo/bad");
  assert.equal(suspects.size, 0);
  suspects.blame([{ key: "demo/bad" }]);
  assert.equal(suspects.orders([])[0]!.waitMs, 5000);
});

Deno.test("Suspects blames the object that was suspect before, not those processed beside it", () => {
  const suspects = new Suspects();
  assert.deepEqual(suspects.blame([{ key: "demo/bad", generation: 2 }, { key: "demo/b" }]), ["demo/bad", "demo/b"]);
  suspects.clear("demo/b");
  assert.deepEqual(suspects.blame([{ key: "demo/c" }, { key: "demo/bad", generation: 3 }]), ["demo/bad"]);
  assert.deepEqual(suspects.orders(["demo/bad"]), [
    { key: "demo/bad", generation: 3, waitMs: 10_000, fresh: true },
  ]);
});

Deno.test("Suspects names the first three, and says how many more there are", () => {
  const suspects = new Suspects();
  assert.equal(suspects.describe(), "");
  suspects.blame([{ key: "demo/1" }, { key: "demo/2" }, { key: "demo/3" }]);
  assert.equal(suspects.describe(), "demo/1, demo/2, demo/3");
  suspects.blame([{ key: "demo/4" }]);
  assert.equal(suspects.describe(), "demo/1, demo/2, demo/3 and 1 more");
});

Deno.test("Suspects remembers a bounded number, the most recently blamed the longest", () => {
  const suspects = new Suspects();
  for (let i = 0; i < 300; i++) suspects.blame([{ key: `demo/${i}` }]);
  const keys = suspects.orders([]).map(({ key }) => key);
  assert.equal(keys.length, 256);
  assert.equal(keys.at(-1), "demo/299");
  assert.equal(keys[0], "demo/44");
});

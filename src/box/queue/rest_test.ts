import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { Rest } from "./rest.ts";

const own = { isOwn: () => true };
const others = { isOwn: () => false };

Deno.test("Rest never throttles passes that write because an input changed", async () => {
  const clock = new FakeClock();
  const rest = new Rest(clock);
  for (let n = 0; n < 10; n++) {
    assert.equal(rest.waitMs("a"), 0);
    assert.equal(rest.passed("a", 1), false);
    rest.childChanged("a", others);
    await clock.advance(1000);
  }
});

Deno.test("Rest throttles from the third pass on that writes although no input changed, and reports once", async () => {
  const clock = new FakeClock();
  const rest = new Rest(clock);
  const reported: number[] = [];
  const waits: number[] = [];
  for (let n = 0; n < 9; n++) {
    const waitMs = rest.waitMs("a");
    waits.push(waitMs);
    await clock.advance(waitMs);
    if (rest.passed("a", 1)) reported.push(n);
  }
  assert.deepEqual(waits, [0, 0, 0, 250, 500, 1000, 2000, 4000, 8000]);
  assert.deepEqual(reported, [4]);
});

Deno.test("Rest does not count echoes of own writes as input, whether event or response comes first", async () => {
  const clock = new FakeClock();
  const rest = new Rest(clock);
  for (let n = 0; n < 5; n++) {
    rest.passed("a", 1);
    rest.childChanged("a", own);
    await clock.advance(100);
  }
  assert.ok(rest.waitMs("a") > 0);
  rest.childChanged("a", others);
  assert.equal(rest.waitMs("a"), 0, "another writer changed a child");
});

Deno.test("Rest stops throttling a CR that its user changed, and one that came to rest", async () => {
  const clock = new FakeClock();
  const rest = new Rest(clock);
  const restless = async () => {
    for (let n = 0; n < 6; n++) rest.passed("a", 1);
    await clock.advance(1);
    assert.ok(rest.waitMs("a") > 0);
  };
  await restless();
  rest.crChanged("a");
  assert.equal(rest.waitMs("a"), 0);
  await restless();
  rest.passed("a", 0);
  assert.equal(rest.waitMs("a"), 0);
  await restless();
  rest.forget("a");
  assert.equal(rest.waitMs("a"), 0);
});

Deno.test("Rest allows twenty writes in ten seconds if each pass writes, whatever triggers it", async () => {
  const clock = new FakeClock();
  const rest = new Rest(clock);
  let writes = 0;
  for (let ms = 0; ms < 10_000; ms += 200) {
    rest.childChanged("a", others);
    if (rest.waitMs("a") === 0) {
      rest.passed("a", 2);
      writes += 2;
    }
    await clock.advance(200);
  }
  assert.equal(writes, 20);
});

Deno.test("Rest bounds the writes of boxes that chase each other, though passes that write nothing are in between", async () => {
  const chase = async (hops: (round: number) => number) => {
    const clock = new FakeClock();
    const rest = new Rest(clock);
    let [writes, reports] = [0, 0];
    for (let round = 0; round < 100; round++) {
      rest.observed("a", hops(round));
      if (rest.waitMs("a") === 0) {
        if (rest.passed("a", 1)) reports++;
        writes++;
      }
      if (rest.waitMs("a") === 0) rest.passed("a", 0); // for the event of that write
      await clock.advance(100);
    }
    return [writes, reports];
  };
  assert.deepEqual(await chase(() => 0), [100, 0], "another writer changes what it reads");
  assert.deepEqual(await chase((round) => Math.min(2 * round, 18)), [100, 0], "a chain that ends");
  const [writes, reports] = await chase((round) => 2 * round);
  assert.ok(writes! <= 10 + 20 + 1, `${writes} writes`);
  assert.equal(reports, 1);
});

Deno.test("Rest forgets a chain once its CR was changed, is gone, or was left alone for a minute", async () => {
  const clock = new FakeClock();
  const rest = new Rest(clock);
  assert.equal(rest.hopsOf("a"), 0);
  for (const end of [() => rest.crChanged("a"), () => rest.forget("a"), () => clock.advance(60_001)]) {
    rest.observed("a", 30);
    assert.deepEqual([rest.hopsOf("a"), rest.isCircular("a")], [31, true]);
    await end();
    assert.deepEqual([rest.hopsOf("a"), rest.isCircular("a")], [0, false]);
  }
});

Deno.test("Rest throttles each object on its own", () => {
  const rest = new Rest(new FakeClock());
  for (let n = 0; n < 6; n++) rest.passed("a", 1);
  assert.ok(rest.waitMs("a") > 0);
  assert.equal(rest.waitMs("b"), 0);
});

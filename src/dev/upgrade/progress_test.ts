import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { Progress } from "./progress.ts";

const crd = "shops.example.org";

Deno.test("progress is one line on a screen, replaced five times a second", async () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const progress = new Progress({ err: () => assert.fail("not on a screen"), line: (text) => lines.push(text) }, clock);
  for (let done = 0; done <= 100; done++) {
    progress.show({ crd, done, total: 100 });
    await clock.advance(50);
  }
  progress.clear();
  assert.deepEqual(lines.slice(0, 3), [
    `${crd}: 0 of 100`,
    `${crd}: 4 of 100, 20/s, 5s left`,
    `${crd}: 8 of 100, 20/s, 5s left`,
  ]);
  assert.deepEqual(lines.slice(-2), [`${crd}: 100 of 100, 20/s`, ""]);
  assert.equal(lines.length, 27);
});

Deno.test("progress is JSON lines elsewhere, one in two seconds, and begins again with the next pass", async () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const progress = new Progress({ err: (text) => lines.push(text) }, clock);
  const pass = async () => {
    for (let done = 0; done <= 5; done++) {
      progress.show({ crd, done, total: 5 });
      await clock.advance(1000);
    }
  };
  await pass();
  await pass();
  progress.clear();
  const once = [
    { crd, done: 0, total: 5 },
    { crd, done: 2, total: 5, perSecond: 1, secondsLeft: 3 },
    { crd, done: 4, total: 5, perSecond: 1, secondsLeft: 1 },
    { crd, done: 5, total: 5, perSecond: 1, secondsLeft: 0 },
  ];
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [...once, ...once]);
});

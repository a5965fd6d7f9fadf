import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { againMs, ErrorReport } from "./error_report.ts";

function reportOn() {
  const clock = new FakeClock();
  const texts: string[] = [];
  const report = new ErrorReport(clock, (text) => texts.push(text));
  return { clock, report, since: () => texts.splice(0) };
}

Deno.test("ErrorReport reports a failure that lasts at once, and then every 30 s", async () => {
  const { clock, report, since } = reportOn();
  report.failed(new Error("Refused"));
  assert.equal(since().length, 1);
  for (let ms = 1_000; ms < againMs; ms += 1_000) {
    await clock.advance(1_000);
    report.failed(new Error("Refused"));
  }
  assert.deepEqual(since(), []);
  await clock.advance(1_000);
  report.failed(new Error("Refused"));
  assert.equal(since().length, 1);
  report.failed(new Error("Refused"));
  assert.deepEqual(since(), []);
});

Deno.test("ErrorReport reports another failure at once, and two that alternate no more often than one", async () => {
  const { clock, report, since } = reportOn();
  for (let ms = 0; ms < againMs; ms += 1_000) {
    report.failed(new Error("No watch"));
    report.failed(new Error("No write"));
    await clock.advance(1_000);
  }
  assert.equal(since().length, 2);
});

Deno.test("ErrorReport remembers a bounded number of texts, the latest", () => {
  const { report, since } = reportOn();
  for (let n = 0; n < 20; n++) report.failed(new Error(`Failure ${n}`));
  assert.equal(since().length, 20);
  report.failed(new Error("Failure 19"));
  assert.deepEqual(since(), []);
  report.failed(new Error("Failure 0"));
  assert.equal(since().length, 1, "forgotten");
});

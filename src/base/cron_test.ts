import assert from "node:assert/strict";
import { cronProblem, nextDue } from "./cron.ts";

const at = (text: string) => Date.parse(text);

const due: readonly [schedule: string, after: string, next: string][] = [
  ["* * * * *", "2026-01-01T00:00:30Z", "2026-01-01T00:01:00Z"],
  ["*/5 * * * *", "2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"],
  ["0 3 * * *", "2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"],
  ["30 2 1 * *", "2026-01-01T02:30:00Z", "2026-02-01T02:30:00Z"],
  ["0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"],
  ["0 12 * * mon-fri", "2026-01-02T12:00:00Z", "2026-01-05T12:00:00Z"],
  // Both days restricted: either will do.
  ["0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
  ["0 0 1 jan *", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"],
  ["@hourly", "2026-01-01T00:59:59Z", "2026-01-01T01:00:00Z"],
  ["@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"],
  ["@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"],
  ["10-20/5 * * * *", "2026-01-01T00:10:00Z", "2026-01-01T00:15:00Z"],
];

for (const [schedule, after, next] of due) {
  Deno.test(`nextDue() of "${schedule}" after ${after} is ${next}`, () => {
    assert.equal(new Date(nextDue(schedule, at(after))!).toISOString().replace(".000Z", "Z"), next);
  });
}

Deno.test("nextDue() of a day that never comes is undefined, at once", () => {
  assert.equal(nextDue("0 0 31 2 *", at("2026-01-01T00:00:00Z")), undefined);
});

for (
  const schedule of [
    "x",
    "* * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 7",
    "5-1 * * * *",
    "*/0 * * * *",
    "@never",
    "a b c d e",
  ]
) {
  Deno.test(`cronProblem() finds one in "${schedule}"`, () => assert.ok(cronProblem(schedule)));
}

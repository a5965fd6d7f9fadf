import assert from "node:assert/strict";
import schedules from "../../tests/golden/resources/cron_schedules.json" with { type: "json" };
import { cronProblem, isCronSchedule } from "./cron_schedule.ts";

// tests/e2e/resources_dry_run_test.ts asks a real API server about the same schedules.

Deno.test("isCronSchedule() takes what a CronJob takes", () => {
  for (const schedule of schedules.good) assert.equal(isCronSchedule(schedule), true, schedule);
});

Deno.test("isCronSchedule() refuses what a CronJob refuses", () => {
  // An API server takes ", * * * *", a schedule that never comes.
  for (const schedule of [...schedules.bad, "", ", * * * *", `0 3 * * ${"1,".repeat(200)}1`]) {
    assert.equal(isCronSchedule(schedule), false, schedule);
  }
});

Deno.test("cronProblem() names the field that is wrong, and how many there are", () => {
  const table: [schedule: string, problem: RegExp][] = [
    ["60 3 * * *", /^the minute, "60", is not within 0 to 59$/],
    ["0 25 * * *", /^the hour, "25", is not within 0 to 23$/],
    ["0 3 0 * *", /^the day of the month, "0", is not within 1 to 31$/],
    ["0 3 * dez *", /^the month, "dez", is not within 1 to 12$/],
    ["0 3 * * 7", /^the day of the week, "7", is not within 0 to 6$/],
    ["0 3 * *", /^it has 4 fields: /],
    ["0 0 3 * * *", /^it has 6 fields: /],
    ["@dayly", /^write @yearly, .*@every/],
  ];
  for (const [schedule, problem] of table) assert.match(cronProblem(schedule) ?? "", problem, schedule);
});

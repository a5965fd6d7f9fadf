import assert from "node:assert/strict";
import schedules from "../../tests/golden/resources/cron_schedules.json" with { type: "json" };
import { isCronSchedule } from "./cron_schedule.ts";

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

import assert from "node:assert/strict";
import { describeMoment, inTimeWindow, isAfterDue, nextTurn, onDay, parseDay, parseTimeOfDay } from "./window.ts";

const at = (text: string): number => Date.parse(`${text}Z`);

Deno.test("inTimeWindow() counts whole minutes in UTC, ends included, and may cross midnight", () => {
  const office = { after: "09:00", before: "17:30" };
  const night = { after: "22:00", before: "06:00" };
  const table: [window: { after?: string; before?: string }, time: string, open: boolean][] = [
    [office, "08:59:59.999", false],
    [office, "09:00:00", true],
    [office, "17:30:59", true],
    [office, "17:31:00", false],
    [night, "21:59:59", false],
    [night, "22:00:00", true],
    [night, "23:59:59", true],
    [night, "00:00:00", true],
    [night, "06:00:30", true],
    [night, "06:01:00", false],
    [{ after: "12:00" }, "23:59:59", true],
    [{ after: "12:00" }, "11:59:59", false],
    [{ before: "12:00" }, "00:00:00", true],
    [{ before: "12:00" }, "12:01:00", false],
    [{ after: "12:00", before: "12:00" }, "12:00:10", true],
    [{ after: "noon" }, "12:00:00", false],
  ];
  for (const [window, time, open] of table) {
    assert.equal(inTimeWindow(window, at(`2025-03-04T${time}`)), open, `${JSON.stringify(window)} at ${time}`);
  }
});

Deno.test("onDay() knows the days of the week in UTC", () => {
  const [tuesday, saturday, sunday] = [at("2025-03-04T23:59:59"), at("2025-03-08T00:00:00"), at("2025-03-09T12:00:00")];
  assert.equal(onDay({ weekday: true }, tuesday), true);
  assert.equal(onDay({ weekday: true }, saturday), false);
  assert.equal(onDay({ weekday: false }, sunday), true);
  assert.equal(onDay({ weekend: true }, sunday), true);
  assert.equal(onDay({ weekend: false }, tuesday), true);
  assert.equal(onDay({ weekend: true }, tuesday), false);
  assert.equal(onDay({ in: ["Monday", "TUE"] }, tuesday), true);
  assert.equal(onDay({ in: ["Monday"] }, tuesday), false);
  assert.equal(onDay({ notIn: ["saturday", "Sunday"] }, saturday), false);
  assert.equal(onDay({ notIn: ["saturday", "Sunday"] }, tuesday), true);
});

Deno.test("parseDay() and parseTimeOfDay() read what the window reads", () => {
  assert.equal(parseDay(" Sun "), 0);
  assert.equal(parseDay("saturday"), 6);
  assert.equal(parseDay("s"), undefined);
  assert.equal(parseTimeOfDay("7:05"), 425);
  assert.equal(parseTimeOfDay("23:59"), 1439);
  for (const text of ["24:00", "7", "7:5", "12:60", "07:00:00"]) assert.equal(parseTimeOfDay(text), undefined, text);
});

Deno.test("describeMoment() names the day and the minute", () => {
  assert.equal(describeMoment(at("2025-03-04T07:05:59")), "Tuesday 07:05 UTC");
  assert.equal(describeMoment(0), "Thursday 00:00 UTC");
});

Deno.test("isAfterDue() holds from the moment at which a schedule is due, for its duration", () => {
  const cron = { schedule: "0 3 * * *", durationMs: 2 * 3_600_000 };
  for (
    const [time, open] of [["02:59:59", false], ["03:00:00", true], ["04:59:59", true], ["05:00:00", false]] as const
  ) assert.equal(isAfterDue(cron, at(`2025-03-04T${time}`)), open, time);
  const often = { schedule: "*/5 * * * *", durationMs: 60_000 };
  assert.equal(isAfterDue(often, at("2025-03-04T12:05:30")), true);
  assert.equal(isAfterDue(often, at("2025-03-04T12:06:00")), false);
  assert.equal(
    isAfterDue({ schedule: "0 0 30 2 *", durationMs: 60_000 }, at("2025-03-04T12:06:00")),
    false,
    "never due",
  );
});

Deno.test("nextTurn() is when the clock may open or close a condition", () => {
  const table: [condition: Parameters<typeof nextTurn>[0], now: string, turn: string | undefined][] = [
    [{}, "2025-03-04T12:00:00", undefined],
    [{ time: { after: "09:00", before: "17:30" } }, "2025-03-04T08:00:00", "2025-03-04T09:00:00"],
    [{ time: { after: "09:00", before: "17:30" } }, "2025-03-04T09:00:00", "2025-03-04T17:31:00"],
    [{ time: { after: "09:00", before: "17:30" } }, "2025-03-04T17:31:00", "2025-03-05T09:00:00"],
    [{ time: { after: "22:00", before: "06:00" } }, "2025-03-04T23:00:00", "2025-03-05T06:01:00"],
    [{ time: { after: "12:00" } }, "2025-03-04T12:30:00", "2025-03-05T12:00:00"],
    [{ time: { before: "12:00" } }, "2025-03-04T12:30:00", "2025-03-05T00:00:00"],
    [{ time: { before: "23:59" } }, "2025-03-04T12:30:00", "2025-03-05T00:00:00"],
    [{ dayOfWeek: { weekend: true } }, "2025-03-04T12:30:00", "2025-03-05T00:00:00"],
    [{ cron: { schedule: "0 3 * * *", durationMs: 600_000 } }, "2025-03-04T02:00:00", "2025-03-04T03:00:00"],
    [{ cron: { schedule: "0 3 * * *", durationMs: 600_000 } }, "2025-03-04T03:00:00", "2025-03-04T03:10:00"],
    [{ cron: { schedule: "0 3 * * *", durationMs: 600_000 } }, "2025-03-04T03:10:00", "2025-03-05T03:00:00"],
  ];
  for (const [condition, now, turn] of table) {
    const found = nextTurn(condition, at(now));
    assert.equal(found, turn === undefined ? undefined : at(turn), `${JSON.stringify(condition)} at ${now}`);
  }
});

Deno.test("a condition of the clock is the same from one turn to the next", () => {
  const holds = ({ time, dayOfWeek, cron }: Parameters<typeof nextTurn>[0], wallMs: number): boolean =>
    (time === undefined || inTimeWindow(time, wallMs)) && (dayOfWeek === undefined || onDay(dayOfWeek, wallMs)) &&
    (cron === undefined || isAfterDue(cron, wallMs));
  const conditions: Parameters<typeof nextTurn>[0][] = [
    { time: { after: "22:15", before: "06:30" } },
    { time: { after: "12:00", before: "12:00" }, dayOfWeek: { in: ["sat", "tue"] } },
    { cron: { schedule: "*/40 7-9 * * 1-5", durationMs: 47 * 60_000 } },
    { cron: { schedule: "5 0 * * *", durationMs: 90_000 }, time: { before: "11:11" } },
  ];
  for (const condition of conditions) {
    for (let nowMs = at("2025-03-03T00:00:00"), turns = 0; turns < 40; turns++) {
      const turnMs = nextTurn(condition, nowMs)!;
      assert.ok(turnMs > nowMs);
      for (let ms = nowMs; ms < turnMs; ms += 30_000) {
        assert.equal(
          holds(condition, ms),
          holds(condition, nowMs),
          `${JSON.stringify(condition)} at ${new Date(ms).toISOString()}`,
        );
      }
      nowMs = turnMs;
    }
  }
});

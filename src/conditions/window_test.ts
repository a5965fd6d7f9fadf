import assert from "node:assert/strict";
import { describeMoment, inTimeWindow, onDay, parseDay, parseTimeOfDay } from "./window.ts";

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

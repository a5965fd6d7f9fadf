import { nextDue } from "../base/cron.ts";
import type { ConditionPlan } from "./condition.ts";

const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;

/** Minutes since midnight of `HH:MM`; `undefined` when the text is not a time of day. */
export function parseTimeOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim()) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

/** The day that a name means, 0 for Sunday; English, any case, whole or its first three letters. */
export function parseDay(text: string): number | undefined {
  const name = text.trim().toLowerCase();
  const index = days.findIndex((day) => day === name || day.slice(0, 3) === name);
  return index < 0 ? undefined : index;
}

/**
 * Whether the minute of `wallMs` lies in the window, in UTC, both ends included; a window whose end comes before its
 * beginning crosses midnight (ruling 17). A bound that is not a time of day leaves the window shut.
 */
export function inTimeWindow(window: NonNullable<ConditionPlan["time"]>, wallMs: number): boolean {
  const after = window.after === undefined ? 0 : parseTimeOfDay(window.after);
  const before = window.before === undefined ? 1439 : parseTimeOfDay(window.before);
  if (after === undefined || before === undefined) return false;
  const minute = Math.floor(modulo(wallMs, dayMs) / minuteMs);
  return after <= before ? minute >= after && minute <= before : minute >= after || minute <= before;
}

/** Whether the day of `wallMs`, in UTC, is one that all declared keys allow. */
export function onDay(rule: NonNullable<ConditionPlan["dayOfWeek"]>, wallMs: number): boolean {
  const today = dayOf(wallMs);
  const weekend = today === 0 || today === 6;
  return (rule.weekday === undefined || rule.weekday === !weekend) &&
    (rule.weekend === undefined || rule.weekend === weekend) &&
    (rule.in === undefined || rule.in.some((day) => parseDay(day) === today)) &&
    (rule.notIn === undefined || !rule.notIn.some((day) => parseDay(day) === today));
}

/** `Tuesday 22:05 UTC`, for reasons. */
export function describeMoment(wallMs: number): string {
  const day = days[dayOf(wallMs)]!;
  const minute = Math.floor(modulo(wallMs, dayMs) / minuteMs);
  const clock = `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  return `${day[0]!.toUpperCase()}${day.slice(1)} ${clock} UTC`;
}

/** 1970-01-01 was a Thursday. */
function dayOf(wallMs: number): number {
  return modulo(Math.floor(wallMs / dayMs) + 4, 7);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** Whether a schedule was due within the last `durationMs`, the moment at which it is due included. */
export function isAfterDue({ schedule, durationMs }: NonNullable<ConditionPlan["cron"]>, wallMs: number): boolean {
  const due = nextDue(schedule, wallMs - durationMs);
  return due !== undefined && due <= wallMs;
}

/**
 * The first time after `wallMs` at which the clock may change whether a condition holds, in UTC milliseconds; it may
 * turn out to change nothing. `undefined`: the clock does not decide.
 */
export function nextTurn({ time, dayOfWeek, cron }: Pick<ConditionPlan, "time" | "dayOfWeek" | "cron">, wallMs: number):
  | number
  | undefined {
  const midnightMs = wallMs - modulo(wallMs, dayMs);
  const turns: number[] = [];
  if (dayOfWeek !== undefined) turns.push(midnightMs + dayMs);
  const after = time?.after === undefined ? undefined : parseTimeOfDay(time.after);
  const before = time?.before === undefined ? undefined : parseTimeOfDay(time.before);
  // The minute of the end is still inside.
  for (const minute of [time === undefined ? undefined : after ?? 0, before === undefined ? undefined : before + 1]) {
    if (minute === undefined) continue;
    const turnMs = midnightMs + minute * minuteMs;
    turns.push(turnMs > wallMs ? turnMs : turnMs + dayMs);
  }
  if (cron !== undefined) {
    const next = nextDue(cron.schedule, wallMs);
    if (next !== undefined) turns.push(next);
    const open = nextDue(cron.schedule, wallMs - cron.durationMs);
    if (open !== undefined && open <= wallMs) turns.push(open + cron.durationMs);
  }
  return turns.length === 0 ? undefined : Math.min(...turns);
}

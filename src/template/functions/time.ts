import { cronProblem, nextDue } from "../../base/cron.ts";
import { unitMs } from "../../base/duration.ts";
import type { Budget } from "../budget.ts";
import { wallMs } from "../environment.ts";
import { Failure } from "../failure.ts";
import { type Value } from "../values.ts";
import { textArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";
import { formatLayout } from "./time_layout.ts";

const domain = "Time";

/** Functions on times (RFC 3339, UTC) and durations (Go's, and `d`, `w`, `mo`, `y`). */
export const time: readonly LibraryFunction[] = [
  define(domain, "timeAgo(time)", "How long ago it was, as kubectl says it, such as 5m ago", ([value], budget) => {
    return `${short(Math.max(0, wallMs() - instant(value, budget)))} ago`;
  }),
  define(domain, "timeSince(time)", "Whole seconds since then", ([value], budget) => {
    return Math.floor((wallMs() - instant(value, budget)) / 1000);
  }),
  define(domain, "timeUntil(time)", "The duration until then, 0s when it is past", ([value], budget) => {
    return goDuration(Math.max(0, Math.floor((instant(value, budget) - wallMs()) / 1000) * 1000));
  }),
  define(
    domain,
    "timeFormat(time, layout)",
    "The time in a layout of Go, such as 2006-01-02",
    ([value, layout], budget) => {
      const text = textArgument(layout, budget);
      budget.make(text.length * 4);
      return formatLayout(instant(value, budget), text);
    },
  ),
  define(
    domain,
    "isExpired(time, duration)",
    "Whether the duration since then is over",
    ([value, duration], budget) => {
      return wallMs() >= instant(value, budget) + milliseconds(duration, budget);
    },
  ),
  define(domain, "durationSeconds(duration)", "The seconds of a duration", ([value], budget) => {
    return Math.floor(milliseconds(value, budget) / 1000);
  }),
  define(domain, "durationAdd(a, b)", "The sum of two durations, as Go prints it", ([a, b], budget) => {
    return goDuration(milliseconds(a, budget) + milliseconds(b, budget));
  }),
  define(domain, "durationValid(text)", "Whether it is a duration", ([value], budget) => {
    return parseExtended(textArgument(value, budget)) !== undefined;
  }),
  define(domain, "nextCron(schedule)", "The next time that a cron schedule is due", ([value], budget) => {
    const text = textArgument(value, budget).trim();
    // Not what is wrong: it has parts of the text, which may be a secret.
    if (cronProblem(text) !== undefined) throw new Failure("it is no cron schedule of five fields");
    budget.spend(1000);
    const due = nextDue(text, wallMs());
    return due === undefined ? "" : formatLayout(due, rfc3339);
  }),
  define(
    domain,
    "timeInWindow(after, before)",
    "Whether it is from the one time of the day on and before the other (HH:MM, UTC); may cross midnight",
    ([after, before], budget) => inWindow(after, before, budget),
  ),
  define(
    domain,
    "timeNotInWindow(after, before)",
    "Whether it is not between the two times of the day",
    ([after, before], budget) => !inWindow(after, before, budget),
  ),
  define(domain, "weekday()", "Whether it is Monday to Friday (UTC)", () => isWeekday()),
  define(domain, "weekend()", "Whether it is Saturday or Sunday (UTC)", () => !isWeekday()),
];

const rfc3339 = "2006-01-02T15:04:05Z07:00";

const extendedUnitMs: Readonly<Record<string, number>> = {
  ...unitMs,
  mo: 30 * unitMs["d"]!,
  y: 365 * unitMs["d"]!,
};

/** A duration with days, weeks, months of 30 and years of 365 days; a bare integer is seconds. */
function parseExtended(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 64) return undefined;
  if (/^-?\d+$/.test(trimmed)) return Number(trimmed) * 1000;
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|mo|s|m|h|d|w|y))+)$/.exec(trimmed);
  if (match === null) return undefined;
  let total = 0;
  for (const [, amount, unit] of match[2]!.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|mo|s|m|h|d|w|y)/g)) {
    total += Number(amount) * extendedUnitMs[unit!]!;
  }
  return match[1] === "-" ? -total : total;
}

function milliseconds(value: Value, budget: Budget): number {
  const text = textArgument(value, budget);
  const parsed = text.trim() === "" ? 0 : parseExtended(text);
  if (parsed === undefined) throw new Failure(`a text of ${text.length} characters is not a duration`);
  return parsed;
}

/** RFC 3339, or seconds since 1970. */
function instant(value: Value, budget: Budget): number {
  const text = textArgument(value, budget).trim();
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text);
  const parsed = isTime ? Date.parse(text) : NaN;
  if (Number.isNaN(parsed)) {
    throw new Failure(
      text === "" ? "there is no time" : `a text of ${text.length} characters is not a time (RFC 3339)`,
    );
  }
  return parsed;
}

/** As `time.Duration.String()` prints it: `1h30m0s`, `1.5s`, `0s`. */
function goDuration(ms: number): string {
  const sign = ms < 0 ? "-" : "";
  const left = Math.abs(ms);
  if (left === 0) return "0s";
  if (left < 1) return `${sign}${Math.round(left * 1e6) / 1000}µs`;
  if (left < 1000) return `${sign}${Math.round(left * 1e6) / 1e6}ms`;
  const hours = Math.floor(left / 3_600_000);
  const minutes = Math.floor(left / 60_000) % 60;
  const seconds = Math.round((left % 60_000) * 1e6) / 1e9;
  const head = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : "";
  return `${sign}${head}${seconds}s`;
}

/** As kubectl prints an age (k8s.io/apimachinery, `duration.HumanDuration`). */
function short(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return minutes * 60 === seconds ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 && days % 365 > 0 ? `${years}y${days % 365}d` : `${years}y`;
}

function inWindow(after: Value, before: Value, budget: Budget): boolean {
  const [from, to] = [minuteOfDay(after, budget), minuteOfDay(before, budget)];
  const now = Math.floor(wallMs() / 60_000) % 1440;
  return from <= to ? from <= now && now < to : now >= from || now < to;
}

function minuteOfDay(value: Value, budget: Budget): number {
  const match = /^(\d{1,2}):(\d{2})$/.exec(textArgument(value, budget).trim());
  const [hours, minutes] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || hours > 24 || minutes > 59 || hours * 60 + minutes > 1440) {
    throw new Failure("a time of the day is written HH:MM");
  }
  return hours * 60 + minutes;
}

/** 1 January 1970 was a Thursday. */
function isWeekday(): boolean {
  const day = (Math.floor(wallMs() / 86_400_000) + 4) % 7;
  return day !== 0 && day !== 6;
}

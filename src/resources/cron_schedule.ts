import { parseDuration } from "../base/duration.ts";

interface Field {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, from `min` on. */
  readonly names?: readonly string[];
}

const fields: readonly Field[] = [
  { what: "minute", min: 0, max: 59 },
  { what: "hour", min: 0, max: 23 },
  { what: "day of the month", min: 1, max: 31 },
  {
    what: "month",
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { what: "day of the week", min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

const descriptors = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/**
 * Tells whether a CronJob takes this schedule: five fields, a descriptor such as `@daily`, or `@every 1h`
 * (the standard parser of github.com/robfig/cron v3, which the API server validates with).
 */
export function isCronSchedule(text: string): boolean {
  if (text.length > 256) return false;
  if (text.startsWith("@every ")) {
    const every = text.slice("@every ".length).trim();
    return /[a-zµμ]$/.test(every) && !/[dw]/.test(every) && parseDuration(every) !== undefined;
  }
  if (text.startsWith("@")) return descriptors.includes(text);
  const parts = text.trim().split(/\s+/);
  return parts.length === fields.length && fields.every((field, i) => isField(parts[i]!, field));
}

/** What is wrong with a text that is no schedule, as a hint; `undefined` when the expected form says it all. */
export function cronProblem(text: string): string | undefined {
  if (text.startsWith("@")) return `write ${descriptors.join(", ")}, or @every with a duration such as 90m`;
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    return `it has ${parts.length} ${parts.length === 1 ? "field" : "fields"}: write minute, hour, day of the month, ` +
      "month and day of the week";
  }
  const wrong = fields.findIndex((field, i) => !isField(parts[i]!, field));
  if (wrong < 0) return undefined;
  const { what, min, max } = fields[wrong]!;
  return `the ${what}, "${parts[wrong]!}", is not within ${min} to ${max}`;
}

function isField(text: string, field: Field): boolean {
  return text.split(",").every((part) => isRange(part, field));
}

/** `*`, `?`, `a`, `a-b`, each with an optional `/step`. */
function isRange(text: string, field: Field): boolean {
  const [span, step, ...more] = text.split("/") as [string, string | undefined, ...string[]];
  if (more.length > 0) return false;
  if (step !== undefined && !(/^\d{1,4}$/.test(step) && Number(step) > 0)) return false;
  if (span === "*" || span === "?") return true;
  const [from, to, ...rest] = span.split("-") as [string, string | undefined, ...string[]];
  const low = valueOf(from, field);
  const high = to === undefined ? low : valueOf(to, field);
  return rest.length === 0 && low !== undefined && high !== undefined && low <= high;
}

function valueOf(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return field.min + named;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= field.min && value <= field.max ? value : undefined;
}

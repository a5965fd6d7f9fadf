/** A field of a cron schedule: its smallest and largest value and the names of some. */
const fields = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  { min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
] as const;

const named: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** The next due minute is looked for no further ahead than this: 29 February comes within eight years. */
const furthestMinutes = 9 * 366 * 24 * 60;

interface Schedule {
  readonly sets: readonly ReadonlySet<number>[];
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

/** What is wrong with a schedule, in the words of robfig/cron; `undefined` when nothing is. */
export function cronProblem(text: string): string | undefined {
  const parsed = parse(text);
  return typeof parsed === "string" ? parsed : undefined;
}

/** The first time after `afterMs` at which a schedule is due, in UTC milliseconds; `undefined` when there is none. */
export function nextDue(text: string, afterMs: number): number | undefined {
  const every = /^@every (\d+)(s|m|h)$/.exec(text);
  if (every !== null) {
    return afterMs + Number(every[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[every[2] as "s" | "m" | "h"];
  }
  const schedule = parse(text);
  if (typeof schedule === "string") return undefined;
  let at = (Math.floor(afterMs / 60_000) + 1) * 60_000;
  for (let steps = 0; steps < furthestMinutes; steps++) {
    const time = new Date(at);
    if (!schedule.sets[3]!.has(time.getUTCMonth() + 1)) at = Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 1);
    else if (!isDay(schedule, time)) at = Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate() + 1);
    else if (!schedule.sets[1]!.has(time.getUTCHours())) at = (Math.floor(at / 3_600_000) + 1) * 3_600_000;
    else if (!schedule.sets[0]!.has(time.getUTCMinutes())) at += 60_000;
    else return at;
    if (at > afterMs + furthestMinutes * 60_000) return undefined;
  }
  return undefined;
}

/** Day of the month and day of the week: one suffices when both are restricted. */
function isDay({ sets, anyDay, anyWeekday }: Schedule, time: Date): boolean {
  const day = sets[2]!.has(time.getUTCDate());
  const weekday = sets[4]!.has(time.getUTCDay());
  return anyDay || anyWeekday ? day && weekday : day || weekday;
}

function parse(text: string): Schedule | string {
  if (text.length > 256) return "the schedule is too long";
  if (/^@every \d+(?:s|m|h)$/.test(text)) return { sets: [], anyDay: true, anyWeekday: true };
  if (text.startsWith("@") && named[text] === undefined) return `unrecognized descriptor: ${text}`;
  const parts = (named[text] ?? text).trim().split(/\s+/);
  if (parts.length !== 5) return `expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`;
  const sets: Set<number>[] = [];
  for (const [i, part] of parts.entries()) {
    const set = parseField(part, fields[i]!);
    if (typeof set === "string") return set;
    sets.push(set);
  }
  const open = (part: string) => /^[*?]/.test(part);
  return { sets, anyDay: open(parts[2]!), anyWeekday: open(parts[4]!) };
}

function parseField(text: string, { min, max, names }: typeof fields[number]): Set<number> | string {
  const out = new Set<number>();
  const valueOf = (word: string) => {
    const index = (names as readonly string[]).indexOf(word.toLowerCase());
    if (index >= 0) return index + (min === 0 ? 0 : 1);
    return /^\d{1,4}$/.test(word) ? Number(word) : NaN;
  };
  for (const part of text.split(",")) {
    const [range, step = "1", ...more] = part.split("/");
    const ends = range!.split("-");
    const star = range === "*" || range === "?";
    const from = star ? min : valueOf(ends[0]!);
    const to = star ? max : ends.length > 1 ? valueOf(ends[1]!) : part.includes("/") ? max : from;
    const by = Number(step);
    if (more.length > 0 || ends.length > 2) return `too many hyphens or slashes: ${part}`;
    if (Number.isNaN(from) || Number.isNaN(to) || !/^\d+$/.test(step)) return `failed to parse int from ${part}`;
    if (from < min) return `beginning of range (${from}) below minimum (${min}): ${part}`;
    if (to > max) return `end of range (${to}) above maximum (${max}): ${part}`;
    if (from > to) return `beginning of range (${from}) beyond end of range (${to}): ${part}`;
    if (by === 0) return `step of range should be a positive number: ${part}`;
    for (let value = from; value <= to; value += by) out.add(value);
  }
  return out;
}

/** The five fields of a schedule, descriptors such as `@daily` written out; `undefined` when it is none of those. */
export function expandCron(text: string): string[] | undefined {
  if (text.startsWith("@every") || typeof parse(text) === "string") return undefined;
  return (named[text] ?? text).trim().split(/\s+/);
}

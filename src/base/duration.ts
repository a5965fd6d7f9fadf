/** Units that `parseDuration` reads, in milliseconds. */
export const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  "μs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The maximum duration of a timer or in a Katalog: ten years. */
export const maxDurationMs = 10 * 365 * unitMs["d"]!;

/**
 * Reads a duration: Go's syntax (`1h30m`, `1.5s`, `250ms`) plus `d` and `w`; a bare integer is seconds (ruling 32).
 * Returns milliseconds, or `undefined` when the text is not a duration or is longer than ten years. Never negative.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 64) return undefined;
  if (/^\d+$/.test(trimmed)) return bounded(Number(trimmed) * 1000);
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)/g)) {
    total += Number(amount) * unitMs[unit!]!;
  }
  return bounded(total);
}

/** What `parseDuration` reads, for hints. */
export const durationHint = 'write a duration such as "30s", "5m", "1h30m" or "2d"; a bare number is seconds';

/** Prints milliseconds in the shortest form that `parseDuration` reads: `1h30m`, `2d`, `250ms`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1000) return `${Math.round(ms * 1000) / 1000}ms`;
  const days = Math.floor(ms / unitMs["d"]!);
  const hours = Math.floor(ms / unitMs["h"]!) % 24;
  const minutes = Math.floor(ms / unitMs["m"]!) % 60;
  const seconds = Math.round(ms % unitMs["m"]!) / 1000;
  const parts = [[days, "d"], [hours, "h"], [minutes, "m"], [seconds, "s"]] as const;
  return parts.filter(([amount]) => amount !== 0).map(([amount, unit]) => `${amount}${unit}`).join("");
}

function bounded(ms: number): number | undefined {
  return ms <= maxDurationMs ? ms : undefined;
}

/** Shortest time in ms between two passes over one object that a Katalog, or its author, can ask for. */
export const minIntervalMs = 100;

const yearMs = 365 * unitMs["d"]!;

/** Milliseconds of a duration, or of up to ten years of 365 days (`1y`), as certificates have them. */
export function parseLifetime(text: string): number | undefined {
  const years = /^([1-9]|10)y$/.exec(text.trim());
  return years === null ? parseDuration(text) : Number(years[1]) * yearMs;
}

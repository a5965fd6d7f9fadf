import type { Crd } from "./documents.ts";
import { type Buckets, bucketsBetween, quantile } from "./latency.ts";

/** How a box was at one reading. */
export interface Point {
  /** Wall-clock ms. */
  readonly atMs: number;
  readonly queueDepth: number;
  /** Passes per second since the reading before; absent at the first one, and after a restart. */
  readonly rate?: number | undefined;
  /** Share of the passes since the reading before that failed; absent where there was none. */
  readonly errorShare?: number | undefined;
  /** Of the passes of the last `windowMs`, in ms; absent where there was none. */
  readonly p95Ms?: number | undefined;
}

/** Points of one box that are kept. */
export const maxPoints = 300;
/** Passes of this time make a 95th percentile: those of one reading may be few. */
const windowMs = 60_000;
/** Readings of a histogram that are kept, whatever the interval. */
const maxReadings = 64;

interface Counted {
  readonly atMs: number;
  readonly total: number;
  readonly failed: number;
}

/** The last readings of one box, as a short history. */
export class BoxSeries {
  readonly #points: Point[] = [];
  readonly #readings: { readonly atMs: number; readonly buckets: Buckets }[] = [];
  #before: Counted | undefined;
  #p95Ms: number | undefined;

  get points(): readonly Point[] {
    return this.#points;
  }

  /**
   * `buckets`: those of the duration of its passes, in seconds. They are not read every time, nor by every version: the
   * percentile before holds meanwhile.
   */
  add(atMs: number, crd: Crd, buckets: Buckets | undefined): void {
    const { queueDepth = 0, totalReconciles: total = 0, failedReconciles: failed = 0 } = crd;
    const before = this.#before;
    const counted = this.#before = { atMs, total, failed };
    if (buckets !== undefined) this.#p95Ms = this.#p95(atMs, buckets);
    const p95Ms = this.#p95Ms;
    this.#points.push({ atMs, queueDepth, ...changeOf(before, counted), ...(p95Ms === undefined ? {} : { p95Ms }) });
    if (this.#points.length > maxPoints) this.#points.shift();
  }

  /** Another process leads: the next reading is no continuation. */
  interrupt(): void {
    this.#before = undefined;
    this.#p95Ms = undefined;
    this.#readings.length = 0;
  }

  #p95(atMs: number, buckets: Buckets): number | undefined {
    const readings = this.#readings;
    while (readings.length > 1 && (readings[1]!.atMs <= atMs - windowMs || readings.length >= maxReadings)) {
      readings.shift();
    }
    const oldest = readings[0];
    readings.push({ atMs, buckets });
    // The first reading covers the whole life of the box, which is better than nothing.
    const seconds = quantile(bucketsBetween(oldest?.buckets, buckets), 0.95);
    return seconds === undefined ? undefined : seconds * 1000;
  }
}

function changeOf(before: Counted | undefined, now: Counted): Pick<Point, "rate" | "errorShare"> {
  if (before === undefined || now.total < before.total || now.atMs <= before.atMs) return {};
  const passes = now.total - before.total;
  const failed = Math.max(0, now.failed - before.failed);
  return {
    rate: passes / ((now.atMs - before.atMs) / 1000),
    ...(passes === 0 ? {} : { errorShare: Math.min(1, failed / passes) }),
  };
}

/** The histories of one box in several processes as one: each has points of the time in which it led. */
export function joined(series: readonly (readonly Point[])[]): readonly Point[] {
  const [only] = series;
  if (only !== undefined && series.length === 1) return only;
  return series.flat().sort((a, b) => a.atMs - b.atMs).slice(-maxPoints);
}

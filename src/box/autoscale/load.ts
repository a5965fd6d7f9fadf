import type { Clock } from "../../base/clock.ts";
import type { LoadName } from "../../conditions/mod.ts";

/** What conditions of `operatorBox.autoscale` read under `metrics`. */
export type Load = Readonly<Record<LoadName, number>>;

/** Passes that count, at most. */
const maxPasses = 512;
/** They count for this long after they ended, or for one interval where that is longer. */
const minWindowMs = 60_000;

interface Ended {
  readonly atMs: number;
  readonly durationMs: number;
}

interface Counted {
  readonly atMs: number;
  readonly failed: boolean;
}

/**
 * Measures how busy a box is: the share of its workers' time from one reading to the next, not a sample of a moment, and
 * durations and failures of the passes of the last minute. Without passes both are 0, so that what was is forgotten.
 */
export class LoadMeter {
  readonly #clock: Clock;
  readonly #windowMs: number;
  #ended: Ended[] = [];
  #counted: Counted[] = [];
  #busy = 0;
  #busyMs = 0;
  #sinceMs: number;
  #readMs: number;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#windowMs = Math.max(minWindowMs, intervalMs);
    this.#sinceMs = this.#readMs = clock.nowMs();
  }

  /** A worker took a key. */
  began(): void {
    this.#add();
    this.#busy++;
  }

  /** A worker has finished with a key. */
  ended(durationMs: number): void {
    this.#add();
    this.#busy--;
    this.#ended.push({ atMs: this.#clock.nowMs(), durationMs });
    if (this.#ended.length > maxPasses) this.#ended.shift();
  }

  /** A pass counted as a success or a failure, as in the health of the box. */
  counted(failed: boolean): void {
    this.#counted.push({ atMs: this.#clock.nowMs(), failed });
    if (this.#counted.length > maxPasses) this.#counted.shift();
  }

  /** The load now, with these workers since the last reading; the next reading begins. */
  read(workers: number, queueDepth: number): Load {
    this.#add();
    const nowMs = this.#clock.nowMs();
    const givenMs = workers * (nowMs - this.#readMs);
    const busy = givenMs <= 0 ? 0 : Math.min(100, 100 * this.#busyMs / givenMs);
    this.#busyMs = 0;
    this.#readMs = nowMs;
    const isRecent = ({ atMs }: { readonly atMs: number }): boolean => nowMs - atMs <= this.#windowMs;
    this.#ended = this.#ended.filter(isRecent);
    this.#counted = this.#counted.filter(isRecent);
    const durations = this.#ended.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
    const failures = this.#counted.filter(({ failed }) => failed).length;
    return {
      queueDepth,
      workersBusyPercent: busy,
      workersIdlePercent: 100 - busy,
      reconcileDurationP95Ms: durations[Math.ceil(0.95 * durations.length) - 1] ?? 0,
      errorRatePercent: failures === 0 ? 0 : 100 * failures / this.#counted.length,
    };
  }

  #add(): void {
    const nowMs = this.#clock.nowMs();
    this.#busyMs += this.#busy * (nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
  }
}

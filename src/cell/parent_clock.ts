import type { Clock } from "../base/clock.ts";

/** Samples bring the estimate closer to the parent's clock; it is safe after the first. */
const minSamples = 3;
/** A busy parent responds late: it is asked again until one of them took less than `closeMs`. */
const maxSamples = 20;
const closeMs = 50;

/**
 * The monotonic clock of the parent, as this isolate estimates it: never earlier than it is. Every isolate counts
 * `performance.now()` from its own start, at the same pace.
 */
export class ParentClock {
  readonly #clock: Clock;
  readonly #ask: () => Promise<number>;
  /** Upper bound of the parent's clock minus ours. */
  #offsetMs: number | undefined;

  /** `ask` returns the parent's clock at some moment between its call and its result. */
  constructor(clock: Clock, ask: () => Promise<number>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Rejects when the parent does not respond. */
  async synchronize(): Promise<void> {
    let fastestMs = Infinity;
    for (let n = 0; n < maxSamples && (n < minSamples || fastestMs > closeMs); n++) {
      const sentMs = this.#clock.nowMs();
      // Read after that moment: subtracting it makes the offset too large by the time that passed, never too small.
      const offsetMs = await this.#ask() - sentMs;
      this.#offsetMs = Math.min(this.#offsetMs ?? Infinity, offsetMs);
      fastestMs = Math.min(fastestMs, this.#clock.nowMs() - sentMs);
    }
  }

  /** `undefined` before `synchronize`. */
  nowMs(): number | undefined {
    return this.#offsetMs === undefined ? undefined : this.#clock.nowMs() + this.#offsetMs;
  }
}

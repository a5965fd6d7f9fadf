import type { Clock } from "../../base/clock.ts";

/** Minimum interval between reports of lost Events. */
const minIntervalMs = 60_000;

/** Reports Events that did not reach the API server: the first at once, then their number, once a minute at most. */
export class LostEvents {
  readonly #clock: Clock;
  readonly #report: (message: string) => void;
  #count = 0;
  #reportedMs = -Infinity;

  constructor(clock: Clock, report: (message: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Adds one. `why` is an error or a text. */
  add(why: unknown): void {
    this.#count++;
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#reportedMs < minIntervalMs) return;
    const what = this.#count === 1 ? "1 Event was" : `${this.#count} Events were`;
    this.#report(`${what} not sent: ${why instanceof Error ? why.message : String(why)}`);
    this.#count = 0;
    this.#reportedMs = nowMs;
  }
}

import type { Clock } from "../../base/clock.ts";

/** So often at most it is told that Events are lost. */
const againMs = 60_000;

/** Tells that Events do not reach the API server: at once, then what came together since, once a minute at most. */
export class LostEvents {
  readonly #clock: Clock;
  readonly #tell: (message: string) => void;
  #count = 0;
  #toldMs = -Infinity;

  constructor(clock: Clock, tell: (message: string) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** One more. `why` is an error, or says it in words. */
  add(why: unknown): void {
    this.#count++;
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#toldMs < againMs) return;
    const what = this.#count === 1 ? "1 Event was" : `${this.#count} Events were`;
    this.#tell(`${what} not sent: ${why instanceof Error ? why.message : String(why)}`);
    this.#count = 0;
    this.#toldMs = nowMs;
  }
}

import type { Clock } from "../../base/clock.ts";

/** The longest that passes which wait for nothing keep a thread to themselves. */
const longestMs = 15;

/**
 * Passes that change nothing wait for nothing, so ten thousand of them in a row would be one piece of work to the event
 * loop: no timer, no answer and no sign of life would come through for seconds.
 */
export class Turns {
  readonly #clock: Clock;
  #sinceMs = 0;
  #turn: Promise<void> | undefined;
  #cancel = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called between two passes. Something to wait for, when the event loop has not turned for too long. */
  due(): Promise<void> | undefined {
    if (this.#turn === undefined) {
      this.#sinceMs = this.#clock.nowMs();
      this.#turn = new Promise((resolve) => {
        this.#cancel = this.#clock.after(0, () => {
          this.#turn = undefined;
          resolve();
        });
      });
    }
    return this.#clock.nowMs() - this.#sinceMs > longestMs ? this.#turn : undefined;
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#cancel();
  }
}

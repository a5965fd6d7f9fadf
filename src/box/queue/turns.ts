import type { Clock } from "../../base/clock.ts";

/**
 * How long passes without a call may block the event loop. A pass that writes needs some twenty turns of it for its
 * calls, so this is the twentieth part of what it may wait for others.
 */
const maxBlockMs = 4;

/**
 * Passes that change nothing await no I/O, so ten thousand of them in a row would block the event loop: no timer, no
 * response and no heartbeat would be handled for seconds.
 */
export class Turns {
  readonly #clock: Clock;
  #sinceMs = 0;
  #turn: Promise<void> | undefined;
  #cancel = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called between two passes. A promise to await when the event loop has been blocked for too long. */
  due(): Promise<void> | undefined {
    if (this.#turn === undefined) {
      this.#sinceMs = this.#clock.nowMs();
      this.#turn = new Promise((resolve) => {
        this.#cancel = this.#clock.after(0, () => {
          this.#turn = undefined;
          resolve();
        });
      });
      return undefined;
    }
    return this.#clock.nowMs() - this.#sinceMs > maxBlockMs ? this.#turn : undefined;
  }

  /** Cancels the timer. */
  stop(): void {
    this.#cancel();
  }
}

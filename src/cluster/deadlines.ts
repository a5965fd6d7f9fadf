import type { Clock } from "../base/clock.ts";

interface Deadline {
  readonly dueMs: number;
  readonly run: () => void;
}

/**
 * Time-outs that rarely expire, one for each request: those of the same length expire in the order in which
 * they were set, so one timer of the platform serves all of them.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #queues = new Map<number, DeadlineQueue>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As `Clock.after`. */
  after(delayMs: number, run: () => void): () => void {
    let queue = this.#queues.get(delayMs);
    if (queue === undefined) {
      queue = new DeadlineQueue(delayMs, this.#clock, () => this.#queues.delete(delayMs));
      this.#queues.set(delayMs, queue);
    }
    return queue.add(run);
  }
}

/** Deadlines of one length, first set, first due. */
class DeadlineQueue {
  readonly #delayMs: number;
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  readonly #waiting = new Set<Deadline>();
  #cancelTimer: () => void = () => {};

  constructor(delayMs: number, clock: Clock, onEmpty: () => void) {
    this.#delayMs = delayMs;
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  add(run: () => void): () => void {
    const deadline = { dueMs: this.#clock.nowMs() + this.#delayMs, run };
    this.#waiting.add(deadline);
    if (this.#waiting.size === 1) this.#arm(this.#delayMs);
    return () => {
      if (this.#waiting.delete(deadline) && this.#waiting.size === 0) this.#end();
    };
  }

  #arm(waitMs: number): void {
    this.#cancelTimer = this.#clock.after(waitMs, () => this.#fire());
  }

  #fire(): void {
    const due: Deadline[] = [];
    let leftMs = 0;
    for (const deadline of this.#waiting) {
      leftMs = deadline.dueMs - this.#clock.nowMs();
      if (leftMs > 0) break; // those that the timer was set for were met
      due.push(deadline);
      this.#waiting.delete(deadline);
    }
    if (this.#waiting.size === 0) this.#end();
    else this.#arm(leftMs);
    for (const { run } of due) run();
  }

  #end(): void {
    this.#cancelTimer();
    this.#onEmpty();
  }
}

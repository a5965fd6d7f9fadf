import type { Clock } from "../../base/clock.ts";

/** How often a job is tried when it throws. */
const maxFailures = 5;

/**
 * Runs one job per key, each after a delay, never two for one key at a time. Of several askings for one key the
 * earliest counts; so nothing is forgotten and nothing is busy.
 */
export class WorkQueue {
  readonly #waiting = new Map<string, { dueMs: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  readonly #clock: Clock;
  readonly #work: (key: string) => void;
  readonly #onFault: (error: unknown) => void;
  #stopped = false;

  /** `onFault` is called with a job that failed every time. */
  constructor(clock: Clock, work: (key: string) => void, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#work = work;
    this.#onFault = onFault;
  }

  add(key: string, delayMs: number): void {
    if (this.#stopped) return;
    const dueMs = this.#clock.nowMs() + delayMs;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined && waiting.dueMs <= dueMs) return;
    waiting?.cancel();
    this.#waiting.set(key, { dueMs, cancel: this.#clock.after(delayMs, () => this.#run(key)) });
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  #run(key: string): void {
    this.#waiting.delete(key);
    if (this.#stopped) return;
    try {
      this.#work(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      if (failures < maxFailures) {
        this.#failures.set(key, failures);
        this.add(key, 100 * 2 ** failures);
      } else {
        this.#failures.delete(key);
        this.#onFault(error);
      }
    }
  }
}

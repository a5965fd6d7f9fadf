import type { Clock } from "../../base/clock.ts";

/** Consecutive conflicts that count as ordinary races. */
export const maxConflicts = 5;
/** Objects that are remembered; the oldest is evicted first. */
const maxObjects = 10_000;

/**
 * Distinguishes a conflict that another read resolves from one that lasts: a quota or a webhook that returns 409
 * whenever an object is written, or another client that always writes it first. The latter is a failure, and is
 * reported.
 */
export class Conflicts {
  readonly #clock: Clock;
  readonly #met = new Map<string, { readonly count: number; readonly sinceMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * A write of the object conflicted. True after too many in a row to be resolved by another read, and not before the
   * first of them was this long ago.
   */
  isLasting(id: string, afterMs = 0): boolean {
    const nowMs = this.#clock.nowMs();
    const { count, sinceMs } = this.#met.get(id) ?? { count: 0, sinceMs: nowMs };
    this.#met.delete(id);
    this.#met.set(id, { count: count + 1, sinceMs });
    if (this.#met.size > maxObjects) {
      const [oldest] = this.#met.keys();
      this.#met.delete(oldest!);
    }
    return count >= maxConflicts && nowMs - sinceMs >= afterMs;
  }

  /** A write of the object did not conflict. */
  over(id: string): void {
    this.#met.delete(id);
  }
}

import type { Clock } from "../base/clock.ts";
import type { Fence } from "./fence.ts";

/** Writes in flight, which are aborted when the right to write ends before their response comes. */
export class FencedCalls {
  readonly #fence: Fence;
  readonly #clock: Clock;
  readonly #aborts = new Set<() => void>();
  #armed = false;

  constructor(fence: Fence, clock: Clock) {
    this.#fence = fence;
    this.#clock = clock;
  }

  /** `abort` is called once, when the deadline passes; the returned function takes the call out again. */
  add(abort: () => void): () => void {
    this.#aborts.add(abort);
    if (!this.#armed) this.#arm();
    return () => void this.#aborts.delete(abort);
  }

  /** One timer for all calls, set again at most once per deadline: renewals are seen when it fires. */
  #arm(): void {
    this.#armed = true;
    this.#clock.after(this.#fence.leftMs(), () => {
      this.#armed = false;
      if (this.#aborts.size === 0) return;
      if (this.#fence.leftMs() > 0) return this.#arm();
      const aborts = [...this.#aborts];
      this.#aborts.clear();
      for (const abort of aborts) abort();
    });
  }
}

import type { Clock } from "../../base/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that passes only when a simulation says so: what waits for it happens in one order, however fast the machine. */
export class StepClock implements Clock {
  readonly #startWallMs: number;
  readonly #settle: () => Promise<void>;
  readonly #timers = new Set<Timer>();
  #nowMs = 0;
  #order = 0;

  /** `settle`: resolves when everything is done that waits for no timer of this clock. */
  constructor(startWallMs: number, settle: () => Promise<void>) {
    this.#startWallMs = startWallMs;
    this.#settle = settle;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#startWallMs + this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Passes time and runs the timers that are due, in their order. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.#settle();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.run();
      await this.#settle();
    }
    this.#nowMs = endMs;
  }

  #next(endMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs > endMs) continue;
      const isEarlier = first === undefined || timer.atMs < first.atMs ||
        (timer.atMs === first.atMs && timer.order < first.order);
      if (isEarlier) first = timer;
    }
    return first;
  }
}

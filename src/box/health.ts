import type { BoxHealth } from "./message.ts";

/** Counts what a box does and says how it is. */
export class Health {
  readonly #threshold: number;
  #started = false;
  #pendingReason: string | undefined = "waiting for the first lists";
  #total = 0;
  #failed = 0;
  #consecutive = 0;
  #lastError: string | undefined;
  #lastReconcile: string | undefined;

  constructor(failureThreshold: number) {
    this.#threshold = failureThreshold;
  }

  pending(reason: string): void {
    this.#pendingReason = reason;
  }

  started(): void {
    this.#started = true;
    this.#pendingReason = undefined;
  }

  succeeded(time: string): void {
    this.#total++;
    this.#consecutive = 0;
    this.#lastReconcile = time;
  }

  failed(time: string, error: string): void {
    this.#total++;
    this.#failed++;
    this.#consecutive++;
    this.#lastError = error;
    this.#lastReconcile = time;
  }

  snapshot(queueDepth: number, resourceCount: number): BoxHealth {
    const degraded = this.#consecutive >= this.#threshold;
    const reason = this.#pendingReason ?? (degraded ? this.#lastError : undefined);
    return {
      state: !this.#started ? "pending" : degraded ? "degraded" : this.#total > this.#failed ? "healthy" : "started",
      ...(reason === undefined ? {} : { reason }),
      totalReconciles: this.#total,
      failedReconciles: this.#failed,
      consecutiveFails: this.#consecutive,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      ...(this.#lastReconcile === undefined ? {} : { lastReconcile: this.#lastReconcile }),
      queueDepth,
      resourceCount,
    };
  }
}

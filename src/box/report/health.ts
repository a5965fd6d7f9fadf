import type { BoxHealth } from "./message.ts";
import { WaitWindow } from "./wait_window.ts";

/** Counts what a box does and says how it is. */
export class Health {
  readonly #threshold: number;
  readonly #turned: (state: "degraded" | "healthy", reason?: string) => void;
  readonly #waits = new WaitWindow();
  #started = false;
  #pendingReason: string | undefined = "waiting for the first lists";
  #total = 0;
  #failed = 0;
  #consecutive = 0;
  #lastError: string | undefined;
  #lastReconcile: string | undefined;

  /** `turned` hears when the box becomes degraded, and when it is well again. */
  constructor(failureThreshold: number, turned: (state: "degraded" | "healthy", reason?: string) => void) {
    this.#threshold = failureThreshold;
    this.#turned = turned;
  }

  pending(reason: string): void {
    this.#pendingReason = reason;
  }

  /** The caches are filled; the workers do not run yet. */
  warm(): void {
    this.#pendingReason = "standby: another instance leads, or it has not been asked to";
  }

  started(): void {
    this.#started = true;
    this.#pendingReason = undefined;
  }

  /** The workers have ended. */
  resting(): void {
    this.#started = false;
    this.warm();
  }

  /** A worker took a key that was due for so long. */
  taken(waitedMs: number): void {
    this.#waits.add(waitedMs);
  }

  succeeded(time: string): void {
    const wasDegraded = this.#consecutive >= this.#threshold;
    this.#total++;
    this.#consecutive = 0;
    this.#lastReconcile = time;
    if (wasDegraded) this.#turned("healthy");
  }

  failed(time: string, error: string): void {
    this.#total++;
    this.#failed++;
    this.#consecutive++;
    this.#lastError = error;
    this.#lastReconcile = time;
    if (this.#consecutive === this.#threshold) this.#turned("degraded", error);
  }

  snapshot(queueDepth: number, resourceCount: number): BoxHealth {
    const degraded = this.#consecutive >= this.#threshold;
    const reason = this.#pendingReason ?? (degraded ? this.#lastError : undefined);
    return {
      state: !this.#started ? "pending" : degraded ? "degraded" : this.#total > this.#failed ? "healthy" : "started",
      reason,
      totalReconciles: this.#total,
      failedReconciles: this.#failed,
      consecutiveFails: this.#consecutive,
      lastError: this.#lastError,
      lastReconcile: this.#lastReconcile,
      queueDepth,
      queueWaitMs: this.#waits.snapshot(),
      resourceCount,
    };
  }
}

import type { BoxHealth } from "./message.ts";
import { WaitWindow } from "./wait_window.ts";

/** Counts the passes of a box and derives its state; every transition is reported. */
export class Health {
  readonly #threshold: number;
  readonly #onTransition: (state: BoxHealth["state"], reason: string | undefined) => void;
  readonly #waits = new WaitWindow();
  #leading = false;
  #pendingReason: string | undefined = "waiting for the first lists";
  #state: BoxHealth["state"] = "pending";
  #total = 0;
  #failed = 0;
  #consecutive = 0;
  #lastError: string | undefined;
  #lastReconcile: string | undefined;

  constructor(
    failureThreshold: number,
    onTransition: (state: BoxHealth["state"], reason: string | undefined) => void,
  ) {
    this.#threshold = failureThreshold;
    this.#onTransition = onTransition;
  }

  /** What it waits for before it can lead. */
  pending(reason: string): void {
    this.#pendingReason = reason;
  }

  /** The caches have synced; the workers do not run yet. */
  warm(): void {
    this.#pendingReason = "standby: its caches are filled, and its workers do not run";
  }

  started(): void {
    this.#leading = true;
    this.#pendingReason = undefined;
    this.#transition();
  }

  /** The workers have stopped. */
  resting(): void {
    this.#leading = false;
    this.warm();
    this.#transition();
  }

  /** A worker took a key that had been due for this long. */
  taken(waitedMs: number): void {
    this.#waits.add(waitedMs);
  }

  succeeded(time: string): void {
    this.#total++;
    this.#consecutive = 0;
    this.#lastReconcile = time;
    this.#transition();
  }

  failed(time: string, error: string): void {
    this.#total++;
    this.#failed++;
    this.#consecutive++;
    this.#lastError = error;
    this.#lastReconcile = time;
    this.#transition();
  }

  snapshot(queueDepth: number, resourceCount: number): Omit<BoxHealth, "warm" | "missing" | "startedAt" | "workers"> {
    return {
      state: this.#state,
      reason: this.#reason(),
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

  #reason(): string | undefined {
    return this.#pendingReason ?? (this.#consecutive >= this.#threshold ? this.#lastError : undefined);
  }

  #transition(): void {
    const state = !this.#leading
      ? "pending"
      : this.#consecutive >= this.#threshold
      ? "degraded"
      : this.#total > this.#failed
      ? "healthy"
      : "started";
    if (state === this.#state) return;
    this.#state = state;
    this.#onTransition(state, this.#reason());
  }
}

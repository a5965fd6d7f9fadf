import type { BoxHealth } from "./message.ts";
import { WaitWindow } from "./wait_window.ts";

/** `pass`: the pass whose end changed the state. */
type OnTransition = (state: BoxHealth["state"], reason: string | undefined, pass: string | undefined) => void;

/** Counts the passes of a box and derives its state; every transition is reported. */
export class Health {
  readonly #threshold: number;
  readonly #onTransition: OnTransition;
  readonly #waits = new WaitWindow();
  #leading = false;
  #pendingReason: string | undefined = "waiting for the first lists";
  /** Why the CRs cannot exist: their kind is not served. */
  #unserved: string | undefined;
  #wasServed = false;
  /** It has reconciled successfully, or there was nothing to reconcile. */
  #proven = false;
  #state: BoxHealth["state"] = "pending";
  #total = 0;
  #failed = 0;
  #consecutive = 0;
  #lastError: string | undefined;
  #lastReconcile: string | undefined;

  constructor(
    failureThreshold: number,
    onTransition: OnTransition,
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

  /** The kind of the CRs is served, and all of them are listed. */
  served(): void {
    this.#wasServed = true;
    this.#unserved = undefined;
    this.#transition();
  }

  /**
   * The kind of the CRs is not served, for this reason. Until it is served for the first time the box is pending; a
   * kind that vanishes makes it degraded.
   */
  unserved(reason: string): void {
    this.#unserved = reason;
    this.#transition();
  }

  /**
   * There is no CR, and the kind is served: as good as a successful pass (ruling 91). Failures of CRs that are gone do
   * not count any more.
   */
  empty(): void {
    this.#proven = true;
    this.#consecutive = 0;
    this.#transition();
  }

  /** The workers have stopped. */
  resting(): void {
    if (this.#leading) this.warm();
    this.#leading = false;
    this.#transition();
  }

  /** A worker took a key that had been due for this long. */
  taken(waitedMs: number): void {
    this.#waits.add(waitedMs);
  }

  succeeded(time: string, pass?: string): void {
    this.#total++;
    this.#proven = true;
    this.#consecutive = 0;
    this.#lastReconcile = time;
    this.#transition(pass);
  }

  failed(time: string, error: string, pass?: string): void {
    this.#total++;
    this.#failed++;
    this.#consecutive++;
    this.#lastError = error;
    this.#lastReconcile = time;
    this.#transition(pass);
  }

  snapshot(queueDepth: number, resourceCount: number): Omit<BoxHealth, "warm" | "startedAt" | "workers"> {
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
      missing: this.#unserved !== undefined,
    };
  }

  #reason(): string | undefined {
    return this.#unserved ?? this.#pendingReason ??
      (this.#consecutive >= this.#threshold ? this.#lastError : undefined);
  }

  #transition(pass?: string): void {
    const state = this.#current();
    if (state === this.#state) return;
    this.#state = state;
    this.#onTransition(state, this.#reason(), pass);
  }

  #current(): BoxHealth["state"] {
    if (!this.#leading) return "pending";
    if (this.#unserved !== undefined) return this.#wasServed ? "degraded" : "pending";
    if (this.#consecutive >= this.#threshold) return "degraded";
    return this.#proven ? "healthy" : "started";
  }
}

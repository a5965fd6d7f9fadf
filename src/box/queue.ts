import type { Clock } from "../base/clock.ts";
import type { ObjectKey } from "../k8s/object.ts";
import { DelayHeap, type Wait } from "./delay_heap.ts";

/** `change`: somebody changed something, goes first. `resync`: the safety net. */
export type Priority = "change" | "resync";

export interface QueueOptions {
  readonly clock: Clock;
  /** First and longest wait between failures of one key (ruling 24: 5 ms doubling to 60 s). */
  readonly firstBackoffMs?: number;
  readonly longestBackoffMs?: number;
  /** By which the wait grows with every failure in a row. */
  readonly multiplier?: number;
  /** So many tries in a row, the first one included, come at these waits; later ones at `slowMs`. */
  readonly attempts?: number;
}

/** The longest wait between failures (ruling 24); work is never given up. */
const slowMs = 60_000;

/**
 * The work of one box: keys of CRs. A key is there once however often it is added; one that is added while it is
 * being worked on comes back when that is done, so two workers never hold the same key. Nothing is ever dropped.
 */
export class WorkQueue {
  readonly #options: Required<QueueOptions>;
  readonly #ready: Record<Priority, Set<ObjectKey>> = { change: new Set(), resync: new Set() };
  readonly #inWork = new Set<ObjectKey>();
  /** Added again while in work. */
  readonly #again = new Map<ObjectKey, Priority>();
  readonly #failures = new Map<ObjectKey, number>();
  readonly #delays: DelayHeap;
  readonly #takers: ((key: ObjectKey | undefined) => void)[] = [];
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = { firstBackoffMs: 5, longestBackoffMs: slowMs, multiplier: 2, attempts: Infinity, ...options };
    this.#delays = new DelayHeap(options.clock, (key, wait) => this.add(key, wait === "resync" ? "resync" : "change"));
  }

  /** Keys that are ready or in work. */
  get depth(): number {
    return this.#ready.change.size + this.#ready.resync.size + this.#inWork.size;
  }

  add(key: ObjectKey, priority: Priority = "change"): void {
    if (this.#closed) return;
    if (this.#inWork.has(key)) {
      if (this.#again.get(key) !== "change") this.#again.set(key, priority);
      return;
    }
    // A key that waits out a backoff is not run earlier by a resync (it would hammer what fails).
    if (priority === "resync" && this.#delays.has(key, "backoff")) return;
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      this.#inWork.add(key);
      return taker(key);
    }
    if (priority === "change") {
      this.#ready.resync.delete(key);
      this.#ready.change.add(key);
    } else if (!this.#ready.change.has(key)) this.#ready.resync.add(key);
  }

  /** Adds the key after a while; a later call of the same kind takes the place of an earlier one. */
  addAfter(key: ObjectKey, delayMs: number, wait: Wait): void {
    if (!this.#closed) this.#delays.set(key, wait, delayMs);
  }

  /** The next key, or `undefined` once the queue is closed. The taker calls `done` when it has finished. */
  take(): Promise<ObjectKey | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    for (const ready of [this.#ready.change, this.#ready.resync]) {
      const [key] = ready;
      if (key === undefined) continue;
      ready.delete(key);
      this.#inWork.add(key);
      return Promise.resolve(key);
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: ObjectKey): void {
    this.#inWork.delete(key);
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (again !== undefined) this.add(key, again);
  }

  /** The key failed: it comes back after its own wait, which doubles with every failure in a row. Answers the wait. */
  backOff(key: ObjectKey, atLeastMs = 0): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const { firstBackoffMs, longestBackoffMs, multiplier, attempts } = this.#options;
    const growing = Math.min(longestBackoffMs, firstBackoffMs * multiplier ** Math.min(failures, 30));
    const delayMs = Math.max(atLeastMs, failures + 1 < attempts ? growing : Math.max(longestBackoffMs, slowMs));
    this.addAfter(key, delayMs, "backoff");
    return delayMs;
  }

  /** The key succeeded: its next failure starts from the first wait again. */
  succeed(key: ObjectKey): void {
    this.#failures.delete(key);
    this.#delays.cancel(key, "backoff");
  }

  /** The object is gone: nothing of it stays. */
  forget(key: ObjectKey): void {
    this.#failures.delete(key);
    for (const wait of ["resync", "again", "backoff"] as const) this.#delays.cancel(key, wait);
  }

  /** No more work is handed out; every waiting taker gets `undefined`. */
  close(): void {
    this.#closed = true;
    this.#delays.close();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }
}

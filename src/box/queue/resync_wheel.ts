import type { Clock } from "../../base/clock.ts";
import type { ObjectKey } from "../../k8s/object.ts";

/** Ticks in the shortest time between two resyncs of a key: a resync is late by a hundredth of it at most. */
const ticksPerResync = 100;

/**
 * When each key is due for its resync. Keys that are due within one tick are due together, so that ten thousand of them
 * need a few timers per second, and a visit of each costs a map lookup and no allocation. Never early, and late by one
 * tick at most.
 */
export class ResyncWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #fire: (key: ObjectKey, dueMs: number) => void;
  /** Tick → keys that were due then when they were set; those that were set again since are skipped. */
  readonly #buckets = new Map<number, ObjectKey[]>();
  readonly #due = new Map<ObjectKey, number>();
  #timer: { readonly tick: number; readonly cancel: () => void } | undefined;
  #closed = false;

  /** `resyncMs`: the shortest delay that is set. */
  constructor(clock: Clock, resyncMs: number, fire: (key: ObjectKey, dueMs: number) => void) {
    this.#clock = clock;
    this.#tickMs = Math.max(1, resyncMs / ticksPerResync);
    this.#fire = fire;
  }

  /** Replaces what was set for the key before. */
  set(key: ObjectKey, delayMs: number): void {
    if (this.#closed) return;
    const tick = Math.ceil((this.#clock.nowMs() + delayMs) / this.#tickMs);
    if (this.#due.get(key) === tick) return;
    this.#due.set(key, tick);
    const bucket = this.#buckets.get(tick);
    if (bucket === undefined) this.#buckets.set(tick, [key]);
    else bucket.push(key);
    if (this.#timer === undefined || tick < this.#timer.tick) this.#arm(tick);
  }

  /** In ms; `undefined`: none is set. */
  leftMs(key: ObjectKey): number | undefined {
    const tick = this.#due.get(key);
    return tick === undefined ? undefined : Math.max(0, tick * this.#tickMs - this.#clock.nowMs());
  }

  cancel(key: ObjectKey): void {
    this.#due.delete(key);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#buckets.clear();
    this.#due.clear();
  }

  #arm(tick: number): void {
    this.#timer?.cancel();
    const delayMs = Math.max(0, tick * this.#tickMs - this.#clock.nowMs());
    this.#timer = { tick, cancel: this.#clock.after(delayMs, () => this.#run()) };
  }

  #run(): void {
    this.#timer = undefined;
    const now = Math.floor(this.#clock.nowMs() / this.#tickMs);
    // A busy thread may have missed ticks. What they fire may set keys again, always for a later tick than now.
    const late = [...this.#buckets.keys()].filter((tick) => tick <= now).sort((a, b) => a - b);
    for (const tick of late) {
      const keys = this.#buckets.get(tick)!;
      this.#buckets.delete(tick);
      for (const key of keys) {
        if (this.#due.get(key) !== tick) continue;
        this.#due.delete(key);
        this.#fire(key, tick * this.#tickMs);
      }
    }
    let next = Infinity;
    for (const tick of this.#buckets.keys()) if (tick < next) next = tick;
    if (!this.#closed && next < Infinity) this.#arm(next);
  }
}

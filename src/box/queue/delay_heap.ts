import type { Clock } from "../../base/clock.ts";
import type { ObjectKey } from "../../k8s/object.ts";

/**
 * Why a key waits, besides its resync; at most one wait of each kind for a key. `throttled`: its passes
 * change something each time. `held`: suspected of having terminated
 * the box. `deferred`: kept out of a queue that is too long.
 */
export type Wait = "requeue" | "throttled" | "backoff" | "held" | "deferred";

interface Slot {
  readonly key: ObjectKey;
  readonly wait: Wait;
  readonly dueMs: number;
}

/**
 * Keys that are due later, in a binary heap with one timer for all. A slot that was replaced stays in the heap until it
 * is due and is skipped then.
 */
export class DelayHeap {
  readonly #clock: Clock;
  readonly #fire: (key: ObjectKey, wait: Wait, dueMs: number) => void;
  readonly #heap: Slot[] = [];
  readonly #current = new Map<string, Slot>();
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  #closed = false;

  constructor(clock: Clock, fire: (key: ObjectKey, wait: Wait, dueMs: number) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(key: ObjectKey, wait: Wait, delayMs: number): void {
    if (this.#closed) return;
    const slot = { key, wait, dueMs: this.#clock.nowMs() + delayMs };
    this.#current.set(`${wait} ${key}`, slot);
    push(this.#heap, slot);
    if (this.#heap.length > 4 * this.#current.size + 64) this.#compact();
    this.#arm();
  }

  has(key: ObjectKey, wait: Wait): boolean {
    return this.#current.has(`${wait} ${key}`);
  }

  /** In ms; `undefined`: there is no such wait. */
  leftMs(key: ObjectKey, wait: Wait): number | undefined {
    const slot = this.#current.get(`${wait} ${key}`);
    return slot === undefined ? undefined : Math.max(0, slot.dueMs - this.#clock.nowMs());
  }

  cancel(key: ObjectKey, wait: Wait): void {
    this.#current.delete(`${wait} ${key}`);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#heap.length = 0;
    this.#current.clear();
  }

  #arm(): void {
    const next = this.#heap[0];
    if (next === undefined || (this.#timer !== undefined && this.#timer.dueMs <= next.dueMs)) return;
    this.#timer?.cancel();
    const delayMs = Math.max(0, next.dueMs - this.#clock.nowMs());
    this.#timer = { dueMs: next.dueMs, cancel: this.#clock.after(delayMs, () => this.#run()) };
  }

  #run(): void {
    this.#timer = undefined;
    const now = this.#clock.nowMs();
    while (this.#heap.length > 0 && this.#heap[0]!.dueMs <= now) {
      const slot = pop(this.#heap);
      const id = `${slot.wait} ${slot.key}`;
      if (this.#current.get(id) !== slot) continue;
      this.#current.delete(id);
      this.#fire(slot.key, slot.wait, slot.dueMs);
    }
    if (!this.#closed) this.#arm();
  }

  /** Replaced slots must not accumulate when keys are rescheduled over and over. */
  #compact(): void {
    this.#heap.length = 0;
    for (const slot of this.#current.values()) push(this.#heap, slot);
  }
}

function push(heap: Slot[], slot: Slot): void {
  let at = heap.length;
  heap.push(slot);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]!.dueMs <= slot.dueMs) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = slot;
}

function pop(heap: Slot[]): Slot {
  const top = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.dueMs < heap[child]!.dueMs) child++;
    if (heap[child]!.dueMs >= last.dueMs) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return top;
}

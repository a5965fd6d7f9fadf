import type { Clock } from "../../base/clock.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import { DelayHeap, type Wait } from "./delay_heap.ts";

/** `change`: somebody changed something, goes first. `resync`: the safety net. */
export type Priority = "change" | "resync";

export interface QueueOptions {
  readonly clock: Clock;
  /** First and longest wait between failures of one key (ruling 24: 5 ms doubling to 60 s). */
  readonly initialBackoffMs?: number | undefined;
  readonly maxBackoffMs?: number | undefined;
  /** By which the wait grows with every failure in a row. */
  readonly multiplier?: number | undefined;
  /** Number of tries in a row, the first one included, that come at these waits; later ones at `slowMs`. */
  readonly maxAttempts?: number | undefined;
}

/** The longest wait between failures (ruling 24); work is never given up. */
const slowMs = 60_000;
/** A suspect whose wait is over lets the others go first for so long, no longer: a busy box is never without work. */
const patienceMs = 60_000;

/** So many changes go before one resync that waits. */
const changesPerResync = 9;

/** Keys and when each became due, in monotonic ms: the first one added is the first one out. */
type Line = Map<ObjectKey, number>;

/**
 * The work of one box: keys of CRs. A key is there once however often it is added; one that is added while it is
 * being worked on comes back when that is done, so two workers never hold the same key. Nothing is ever dropped.
 *
 * A key that is suspected of having brought the box down is held back: until its wait is over and the others had their
 * turn, and never together with another suspect.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #backoff: { readonly initialMs: number; readonly maxMs: number; readonly multiplier: number };
  readonly #maxAttempts: number;
  readonly #ready: Record<Priority | "suspect", Line> = { change: new Map(), resync: new Map(), suspect: new Map() };
  /** Key in work → how long it waited before. */
  readonly #inWork = new Map<ObjectKey, number>();
  /** Added again while in work. */
  readonly #again: Record<Priority, Line> = { change: new Map(), resync: new Map() };
  /** Suspects → when their wait is over; 0 for one that is in work. */
  readonly #suspects = new Map<ObjectKey, number>();
  readonly #failures = new Map<ObjectKey, number>();
  readonly #delays: DelayHeap;
  readonly #takers: ((key: ObjectKey | undefined) => void)[] = [];
  #suspectInWork: ObjectKey | undefined;
  /** Handed out while resyncs waited. */
  #changesInARow = 0;
  #closed = false;
  #paused = false;

  constructor(options: QueueOptions) {
    const { initialBackoffMs: initialMs = 5, maxBackoffMs: maxMs = slowMs, multiplier = 2 } = options;
    this.#clock = options.clock;
    this.#backoff = { initialMs, maxMs, multiplier };
    this.#maxAttempts = options.maxAttempts ?? Infinity;
    this.#delays = new DelayHeap(options.clock, (key, wait, dueMs) => {
      if (wait === "held") this.#handOut();
      else this.#add(key, wait === "resync" ? "resync" : "change", dueMs);
    });
  }

  /** Keys that are ready, held back or in work. */
  get depth(): number {
    const { change, resync, suspect } = this.#ready;
    return change.size + resync.size + suspect.size + this.#inWork.size;
  }

  add(key: ObjectKey, priority: Priority = "change"): void {
    this.#add(key, priority, this.#clock.nowMs());
  }

  #add(key: ObjectKey, priority: Priority, dueMs: number): void {
    if (this.#closed) return;
    if (this.#inWork.has(key)) return join(this.#again[priority], key, dueMs);
    // A key that waits out a backoff is not run earlier by a resync (it would hammer what fails).
    if (priority === "resync" && this.#delays.has(key, "backoff")) return;
    const { change, resync, suspect } = this.#ready;
    if (this.#suspects.has(key)) join(suspect, key, dueMs);
    else if (priority === "change") {
      join(change, key, Math.min(dueMs, resync.get(key) ?? dueMs));
      resync.delete(key);
    } else if (!change.has(key)) join(resync, key, dueMs);
    this.#handOut();
  }

  /** Adds the key after a while; a later call of the same kind takes the place of an earlier one. */
  addAfter(key: ObjectKey, delayMs: number, wait: Wait): void {
    if (!this.#closed) this.#delays.set(key, wait, delayMs);
  }

  /** Treats a key as a suspect from now on, until a pass of it has come to an end. */
  holdBack(key: ObjectKey, waitMs: number): void {
    this.#suspects.set(key, this.#clock.nowMs() + waitMs);
    this.#delays.set(key, "held", waitMs);
  }

  /** Ends the wait of a suspect: there is reason to think that it does no harm any more. */
  endWait(key: ObjectKey): void {
    if (this.#suspects.has(key)) this.holdBack(key, 0);
  }

  /** No more work is handed out, every waiting taker gets `undefined`; what there is stays. */
  pause(): void {
    this.#paused = true;
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /** Hands out work again. */
  open(): void {
    this.#paused = false;
  }

  /** The next key, or `undefined` once the queue is paused or closed. The taker calls `done` when it has finished. */
  take(): Promise<ObjectKey | undefined> {
    if (this.#closed || this.#paused) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#handOut();
    });
  }

  /** How long a key in work had waited, from when it was due until it was taken. */
  waitedMs(key: ObjectKey): number {
    return this.#inWork.get(key) ?? 0;
  }

  done(key: ObjectKey): void {
    this.#inWork.delete(key);
    if (this.#suspectInWork === key) {
      this.#suspectInWork = undefined;
      this.#suspects.delete(key);
    }
    const { change, resync } = this.#again;
    const changedMs = change.get(key);
    const resyncMs = resync.get(key);
    change.delete(key);
    resync.delete(key);
    if (changedMs !== undefined) this.#add(key, "change", changedMs);
    else if (resyncMs !== undefined) this.#add(key, "resync", resyncMs);
    this.#handOut();
  }

  /**
   * The key failed: it comes back after its own wait, which doubles with every failure in a row, within these bounds.
   * Returns the wait.
   */
  backOff(key: ObjectKey, atLeastMs = 0, atMostMs = Infinity): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const { initialMs, maxMs, multiplier } = this.#backoff;
    const growing = Math.min(maxMs, initialMs * multiplier ** Math.min(failures, 30));
    const ownMs = Math.min(atMostMs, failures + 1 < this.#maxAttempts ? growing : Math.max(maxMs, slowMs));
    const delayMs = Math.max(atLeastMs, ownMs);
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
    for (const wait of ["resync", "again", "backoff", "held"] as const) this.#delays.cancel(key, wait);
    if (this.#suspectInWork === key) return; // until it is done
    this.#suspects.delete(key);
    const dueMs = this.#ready.suspect.get(key);
    this.#ready.suspect.delete(key);
    if (dueMs !== undefined) this.#add(key, "change", dueMs);
  }

  /** No more work is handed out; every waiting taker gets `undefined`. */
  close(): void {
    this.#closed = true;
    this.#delays.close();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /** Gives waiting takers what there is. */
  #handOut(): void {
    while (this.#takers.length > 0) {
      const line = this.#nextLine();
      if (line === undefined) return;
      const [key, dueMs] = line;
      this.#inWork.set(key, Math.max(0, this.#clock.nowMs() - dueMs));
      this.#takers.shift()!(key);
    }
  }

  #nextLine(): [ObjectKey, number] | undefined {
    const { change, resync } = this.#ready;
    const overdue = this.#suspect(patienceMs);
    if (overdue !== undefined) return overdue;
    // However busy the box is, the safety net moves on.
    const resyncFirst = resync.size > 0 && this.#changesInARow >= changesPerResync;
    this.#changesInARow = resync.size === 0 || resyncFirst ? 0 : this.#changesInARow + 1;
    return resyncFirst ? first(resync) : first(change) ?? first(resync) ?? this.#suspect(0);
  }

  /** A suspect whose wait was over so long ago, unless another one is in work. */
  #suspect(overdueMs: number): [ObjectKey, number] | undefined {
    const { suspect } = this.#ready;
    if (suspect.size === 0 || this.#suspectInWork !== undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    for (const [key, dueMs] of suspect) {
      const endMs = this.#suspects.get(key) ?? 0;
      if (endMs + overdueMs > nowMs) continue;
      suspect.delete(key);
      this.#suspectInWork = key;
      // Time in which it was not allowed to run is no wait for a worker.
      return [key, Math.max(dueMs, endMs)];
    }
    return undefined;
  }
}

/** The oldest time counts: a key that waits has waited since then. */
function join(line: Line, key: ObjectKey, dueMs: number): void {
  if (!line.has(key)) line.set(key, dueMs);
}

function first(line: Line): [ObjectKey, number] | undefined {
  for (const entry of line) {
    line.delete(entry[0]);
    return entry;
  }
  return undefined;
}

import type { Clock } from "../../base/clock.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import { DelayHeap, type Wait } from "./delay_heap.ts";
import { Overflow, type OverflowOptions } from "./overflow.ts";
import type { Priority } from "./priority.ts";
import { ResyncWheel } from "./resync_wheel.ts";
import type { Trigger } from "./trigger.ts";

export interface QueueOptions {
  readonly clock: Clock;
  /** Initial and maximum backoff of one key (ruling 24: 5 ms doubling to 60 s). */
  readonly initialBackoffMs?: number | undefined;
  readonly maxBackoffMs?: number | undefined;
  /** Factor by which the wait grows with every consecutive failure. */
  readonly multiplier?: number | undefined;
  /** Number of consecutive tries, including the first, with these waits; later ones wait `slowMs`. */
  readonly maxAttempts?: number | undefined;
  /** The shortest delay of `resyncAfter`. */
  readonly resyncMs?: number | undefined;
  /** Called when a resync is due; true: it needs no pass now, and the caller has set the next one. */
  readonly skipsResync?: ((key: ObjectKey) => boolean) | undefined;
  /** Which keys are deferred while the queue is long; absent: none (ruling 23). */
  readonly overflow?:
    | Omit<OverflowOptions, "clock"> & {
      /** A deferred key is added after this time, however long the queue is. */
      readonly maxWaitMs: number;
    }
    | undefined;
}

/** For a queue that is not told how far resyncs are apart. */
const defaultResyncMs = 1_000;
/** The maximum backoff (ruling 24); a key is retried without end. */
const slowMs = 60_000;
/** A suspect whose wait is over yields to other keys for this long only: the queue of a busy box is never empty. */
const maxYieldMs = 60_000;

/** Number of changes that overtake a waiting resync. */
const changesPerResync = 9;

const waits = ["requeue", "throttled", "backoff", "held", "deferred"] as const;

/** When a key is processed next. */
export interface NextVisit {
  /**
   * `processing`: it is now; `queued`: it waits for a worker; `change`: nothing but a change is awaited; else what it
   * waits for.
   */
  readonly why: "processing" | "queued" | "change" | "resync" | Wait;
  /** In ms; absent where nothing is planned. */
  readonly inMs: number | undefined;
}

/** First in, first out: keys and when each became due, in monotonic ms. */
type Fifo = Map<ObjectKey, number>;

/**
 * The work queue of one box: keys of CRs. As in client-go, a key is queued once however often it is added; one that is
 * added while it is processed is queued again when that is done, so two workers never hold the same key.
 *
 * A key that is suspected of having terminated the box is held back: until its wait is over and no other key is ready,
 * and never together with another suspect.
 *
 * Where the Katalog says so, keys are deferred while many wait: they return when the queue has room, at the latest
 * after `overflow.maxWaitMs`.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #backoff: { readonly initialMs: number; readonly maxMs: number; readonly multiplier: number };
  readonly #maxAttempts: number;
  readonly #ready: Record<Priority | "suspect", Fifo> = { change: new Map(), resync: new Map(), suspect: new Map() };
  /** Key being processed → how long it had waited. */
  readonly #processing = new Map<ObjectKey, number>();
  /** Why a key was added: of keys that wait, the first one that is no resync. */
  readonly #triggers = new Map<ObjectKey, Trigger>();
  /** The same of keys being processed. */
  readonly #taken = new Map<ObjectKey, Trigger>();
  /** Added again while processed. */
  readonly #dirty: Record<Priority, Fifo> = { change: new Map(), resync: new Map() };
  /** Suspects → when their wait is over. */
  readonly #suspects = new Map<ObjectKey, number>();
  /** Consecutive failures, and of which version of the object (see `backOff`). */
  readonly #failures = new Map<ObjectKey, { readonly count: number; readonly version: string }>();
  readonly #delays: DelayHeap;
  readonly #resyncs: ResyncWheel;
  readonly #overflow: Overflow | undefined;
  readonly #maxDeferMs: number;
  readonly #takers: ((key: ObjectKey | undefined) => void)[] = [];
  #processingSuspect: ObjectKey | undefined;
  /** Dispatched while resyncs waited. */
  #changesInARow = 0;
  #closed = false;
  #paused = false;

  constructor(options: QueueOptions) {
    const { initialBackoffMs: initialMs = 5, maxBackoffMs: maxMs = slowMs, multiplier = 2 } = options;
    this.#clock = options.clock;
    this.#backoff = { initialMs, maxMs, multiplier };
    this.#maxAttempts = options.maxAttempts ?? Infinity;
    const { clock, overflow } = options;
    this.#overflow = overflow === undefined ? undefined : new Overflow({ clock, ...overflow });
    this.#maxDeferMs = overflow?.maxWaitMs ?? 0;
    this.#delays = new DelayHeap(options.clock, (key, wait, dueMs) => {
      if (wait === "held") this.#dispatch();
      else if (wait === "deferred") {
        this.#return(key);
        this.#dispatch();
      } else this.#add(key, "change", dueMs, wait === "backoff" ? "retry" : wait);
    });
    this.#resyncs = new ResyncWheel(options.clock, options.resyncMs ?? defaultResyncMs, (key, dueMs) => {
      if (options.skipsResync?.(key) !== true) this.#add(key, "resync", dueMs, "resync");
    });
  }

  /** Keys that are ready, held back or being processed. */
  get depth(): number {
    const { change, resync, suspect } = this.#ready;
    return change.size + resync.size + suspect.size + this.#processing.size;
  }

  /** Keys that are deferred. */
  get deferred(): number {
    return this.#overflow?.size ?? 0;
  }

  /** Keys that wait for a worker. Suspects do not count: their waits say nothing of how busy the box is. */
  get #waiting(): number {
    return this.#ready.change.size + this.#ready.resync.size;
  }

  add(key: ObjectKey, priority: Priority = "change", trigger: Trigger = "event"): void {
    this.#add(key, priority, this.#clock.nowMs(), trigger);
  }

  #add(key: ObjectKey, priority: Priority, dueMs: number, trigger: Trigger): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      this.#note(key, trigger);
      return join(this.#dirty[priority], key, dueMs);
    }
    // A resync does not shorten a backoff.
    if (priority === "resync" && this.#delays.has(key, "backoff")) return;
    this.#note(key, trigger);
    if (!this.#defers(key, priority, dueMs)) this.#enqueue(key, priority, dueMs);
    this.#dispatch();
  }

  #note(key: ObjectKey, trigger: Trigger): void {
    const before = this.#triggers.get(key);
    if (before === undefined || (before === "resync" && trigger !== "resync")) this.#triggers.set(key, trigger);
  }

  #enqueue(key: ObjectKey, priority: Priority, dueMs: number): void {
    const { change, resync, suspect } = this.#ready;
    if (this.#suspects.has(key)) join(suspect, key, dueMs);
    else if (priority === "change") {
      join(change, key, Math.min(dueMs, resync.get(key) ?? dueMs));
      resync.delete(key);
    } else if (!change.has(key)) join(resync, key, dueMs);
  }

  /** Keys that wait already, and suspects, make the queue no longer. */
  #defers(key: ObjectKey, priority: Priority, dueMs: number): boolean {
    if (this.#overflow === undefined) return false;
    const { change, resync } = this.#ready;
    if (change.has(key) || resync.has(key) || this.#suspects.has(key)) return false;
    if (this.#overflow.defers(key, priority, dueMs, this.#waiting)) {
      if (!this.#delays.has(key, "deferred")) this.#delays.set(key, "deferred", this.#maxDeferMs);
      return true;
    }
    this.#return(key);
    return false;
  }

  /** Adds a key that is deferred, as it was due. */
  #return(key: ObjectKey): void {
    const deferred = this.#overflow?.take(key);
    if (deferred === undefined) return;
    this.#delays.cancel(key, "deferred");
    this.#enqueue(key, deferred.priority, deferred.dueMs);
  }

  /** Adds deferred keys for which there is room. */
  #refill(): void {
    for (let next = this.#overflow?.next(this.#waiting); next !== undefined;) {
      this.#delays.cancel(next.key, "deferred");
      this.#enqueue(next.key, next.priority, next.dueMs);
      next = this.#overflow?.next(this.#waiting);
    }
  }

  /** Adds the key after a delay; a later call of the same kind replaces an earlier one. */
  addAfter(key: ObjectKey, delayMs: number, wait: Wait): void {
    if (!this.#closed) this.#delays.set(key, wait, delayMs);
  }

  /** Adds the key as a resync after a delay; a later call replaces an earlier one. A resync does not shorten a backoff. */
  resyncAfter(key: ObjectKey, delayMs: number): void {
    this.#resyncs.set(key, delayMs);
  }

  /** The same, unless it is due as a resync before that. */
  resyncWithin(key: ObjectKey, delayMs: number): void {
    if ((this.#resyncs.leftMs(key) ?? Infinity) > delayMs) this.#resyncs.set(key, delayMs);
  }

  /** Treats a key as a suspect from now on, until a pass of it has ended. */
  holdBack(key: ObjectKey, waitMs: number): void {
    this.#suspects.set(key, this.#clock.nowMs() + waitMs);
    this.#delays.set(key, "held", waitMs);
  }

  /** Ends the wait of a suspect: its object was changed. */
  endWait(key: ObjectKey): void {
    if (this.#suspects.has(key)) this.holdBack(key, 0);
  }

  /** Stops dispatching, every waiting taker gets `undefined`; queued keys stay. */
  pause(): void {
    this.#paused = true;
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /**
   * Resumes dispatching. With `goesFirst` keys that were added before are ordered again, those for which it is true
   * before all others, and are due from now on: a standby queues every key that changes, and nobody was to process it so
   * far.
   */
  open(goesFirst?: (key: ObjectKey) => boolean): void {
    this.#paused = false;
    if (goesFirst === undefined) return;
    const { change, resync } = this.#ready;
    const keys = [...change.keys(), ...resync.keys()];
    change.clear();
    resync.clear();
    const nowMs = this.#clock.nowMs();
    for (const key of keys) (goesFirst(key) ? change : resync).set(key, nowMs);
  }

  /** The next key, or `undefined` once the queue is paused or closed. The taker calls `done` when it has finished. */
  take(): Promise<ObjectKey | undefined> {
    if (this.#closed || this.#paused) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#dispatch();
    });
  }

  /** Gives `undefined` to up to `count` takers that wait; returns to how many. */
  dismiss(count: number): number {
    // The latest ones: the one that has waited longest is the next to get a key.
    const dismissed = this.#takers.splice(Math.max(0, this.#takers.length - count));
    for (const taker of dismissed) taker(undefined);
    return dismissed.length;
  }

  /** How long a key being processed had waited, from when it was due until it was taken. */
  waitedMs(key: ObjectKey): number {
    return this.#processing.get(key) ?? 0;
  }

  /** Why a key being processed had been added. */
  triggerOf(key: ObjectKey): Trigger {
    return this.#taken.get(key) ?? "event";
  }

  /** When, and why, the key is processed next; as it is now. */
  nextVisit(key: ObjectKey): NextVisit {
    if (this.#processing.has(key)) return { why: "processing", inMs: 0 };
    const { change, resync, suspect } = this.#ready;
    if (change.has(key) || resync.has(key)) return { why: "queued", inMs: 0 };
    let next: NextVisit = suspect.has(key) ? { why: "held", inMs: 0 } : { why: "change", inMs: undefined };
    for (const wait of waits) {
      const inMs = this.#delays.leftMs(key, wait);
      if (inMs !== undefined && (next.inMs === undefined || wait === "held" || inMs < next.inMs)) {
        next = { why: wait, inMs };
      }
    }
    const inMs = this.#delays.has(key, "backoff") ? undefined : this.#resyncs.leftMs(key); // it shortens no backoff
    return inMs !== undefined && next.why !== "held" && inMs < (next.inMs ?? Infinity) ? { why: "resync", inMs } : next;
  }

  done(key: ObjectKey): void {
    this.#processing.delete(key);
    this.#taken.delete(key);
    if (this.#processingSuspect === key) {
      this.#processingSuspect = undefined;
      this.#suspects.delete(key);
    }
    const { change, resync } = this.#dirty;
    const changedMs = change.get(key);
    const resyncMs = resync.get(key);
    change.delete(key);
    resync.delete(key);
    const trigger = this.#triggers.get(key) ?? "event";
    if (changedMs !== undefined) this.#add(key, "change", changedMs, trigger);
    else if (resyncMs !== undefined) this.#add(key, "resync", resyncMs, trigger);
    this.#dispatch();
  }

  /**
   * Requeues a failed key after its own wait, which grows with every consecutive failure of the same `version`, within
   * these bounds. Returns the wait. `version` identifies what its author wants, such as the generation: of another one
   * the failures say nothing. As in client-go, `add` does not wait for the end of a backoff.
   */
  backOff(key: ObjectKey, version: string, atLeastMs = 0, atMostMs = Infinity): number {
    const before = this.#failures.get(key);
    const failures = before?.version === version ? before.count : 0;
    this.#failures.set(key, { count: failures + 1, version });
    const { initialMs, maxMs, multiplier } = this.#backoff;
    const growing = Math.min(maxMs, initialMs * multiplier ** Math.min(failures, 30));
    const ownMs = Math.min(atMostMs, failures + 1 < this.#maxAttempts ? growing : Math.max(maxMs, slowMs));
    const delayMs = Math.max(atLeastMs, ownMs);
    this.addAfter(key, delayMs, "backoff");
    return delayMs;
  }

  /** Resets the backoff of the key. */
  succeed(key: ObjectKey): void {
    this.#failures.delete(key);
    this.#delays.cancel(key, "backoff");
  }

  /** The object is gone: drops all state of it. */
  forget(key: ObjectKey): void {
    this.#failures.delete(key);
    this.#triggers.delete(key);
    this.#overflow?.take(key);
    for (const wait of waits) this.#delays.cancel(key, wait);
    this.#resyncs.cancel(key);
    if (this.#processingSuspect === key) return; // until it is done
    this.#suspects.delete(key);
    const dueMs = this.#ready.suspect.get(key);
    this.#ready.suspect.delete(key);
    if (dueMs !== undefined) this.#add(key, "change", dueMs, "event");
  }

  /** Stops dispatching for good; every waiting taker gets `undefined`. */
  close(): void {
    this.#closed = true;
    this.#delays.close();
    this.#resyncs.close();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /** Hands ready keys to waiting takers. */
  #dispatch(): void {
    while (this.#takers.length > 0) {
      const next = this.#next();
      if (next === undefined) return;
      const [key, dueMs] = next;
      this.#processing.set(key, Math.max(0, this.#clock.nowMs() - dueMs));
      this.#taken.set(key, this.#triggers.get(key) ?? "event");
      this.#triggers.delete(key);
      this.#takers.shift()!(key);
      this.#refill();
    }
  }

  #next(): [ObjectKey, number] | undefined {
    const { change, resync } = this.#ready;
    const overdue = this.#suspect(maxYieldMs);
    if (overdue !== undefined) return overdue;
    // Resyncs progress however busy the box is.
    const resyncFirst = resync.size > 0 && this.#changesInARow >= changesPerResync;
    this.#changesInARow = resync.size === 0 || resyncFirst ? 0 : this.#changesInARow + 1;
    return resyncFirst ? first(resync) : first(change) ?? first(resync) ?? this.#suspect(0);
  }

  /** A suspect whose wait ended at least `overdueMs` ago, unless another one is being processed. */
  #suspect(overdueMs: number): [ObjectKey, number] | undefined {
    const { suspect } = this.#ready;
    if (suspect.size === 0 || this.#processingSuspect !== undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    for (const [key, dueMs] of suspect) {
      const endMs = this.#suspects.get(key) ?? 0;
      if (endMs + overdueMs > nowMs) continue;
      suspect.delete(key);
      this.#processingSuspect = key;
      // Time in which it was held back is no wait for a worker.
      return [key, Math.max(dueMs, endMs)];
    }
    return undefined;
  }
}

/** Keeps the oldest due time of a key. */
function join(fifo: Fifo, key: ObjectKey, dueMs: number): void {
  if (!fifo.has(key)) fifo.set(key, dueMs);
}

function first(fifo: Fifo): [ObjectKey, number] | undefined {
  for (const entry of fifo) {
    fifo.delete(entry[0]);
    return entry;
  }
  return undefined;
}

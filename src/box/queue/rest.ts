import type { Clock } from "../../base/clock.ts";
import type { ObjectKey } from "../../k8s/object.ts";

/** Passes in a row that write although no input changed, before they are damped (ruling 68). */
const freePasses = 2;
/** After which it is told. */
const toldAfter = 4;
const initialWaitMs = 250;
const maxWaitMs = 5 * 60_000;
/** Writes of one object, whose passes write each time, within the window. */
const maxWrites = 20;
const windowMs = 10_000;
/** Events that are kept to be told apart from echoes of own writes. */
const maxPending = 32;

/** One event of a child that may be the echo of an own write. */
export interface ChildEvent {
  readonly isOwn: () => boolean;
}

interface Record {
  /** Passes in a row that wrote, no input having changed. */
  idle: number;
  /** Passes in a row that wrote. */
  writing: number;
  writes: number[];
  notBeforeMs: number;
  told: boolean;
  changed: boolean;
  pending: ChildEvent[];
}

/**
 * Tells a Katalog that never comes to rest (a counter in a status field, the time in a child) from one that has work to
 * do: its passes get ever rarer instead of keeping the box and the API server busy. Inputs are the CR, its status apart,
 * and what others change of its children. A pass that writes nothing is at rest.
 */
export class Rest {
  readonly #clock: Clock;
  readonly #objects = new Map<ObjectKey, Record>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Somebody changed the CR: its passes are free again. */
  crChanged(key: ObjectKey): void {
    this.#objects.delete(key);
  }

  /** An event of a child came in; whether it is the echo of an own write may only show once that is answered. */
  childChanged(key: ObjectKey, event: ChildEvent): void {
    const record = this.#objects.get(key);
    if (record === undefined || record.changed) return;
    if (record.pending.length >= maxPending) record.changed = true;
    else record.pending.push(event);
  }

  /** How long the next pass has to wait, in ms; 0: it may begin. */
  waitMs(key: ObjectKey): number {
    const record = this.#objects.get(key);
    if (record === undefined) return 0;
    this.#settle(record);
    const nowMs = this.#clock.nowMs();
    let waitMs = record.idle > 0 ? record.notBeforeMs - nowMs : 0;
    if (record.writing >= freePasses && record.writes.length >= maxWrites) {
      waitMs = Math.max(waitMs, record.writes.at(-maxWrites)! + windowMs - nowMs);
    }
    return Math.max(0, waitMs);
  }

  /** A pass came to its end. Returns true when it is to be told that the object never comes to rest. */
  passed(key: ObjectKey, writes: number): boolean {
    if (writes === 0) {
      this.#objects.delete(key);
      return false;
    }
    const nowMs = this.#clock.nowMs();
    let record = this.#objects.get(key);
    if (record === undefined) {
      record = { idle: -1, writing: 0, writes: [], notBeforeMs: 0, told: false, changed: false, pending: [] };
      this.#objects.set(key, record);
    }
    this.#settle(record);
    record.idle++; // the first pass in a row had a cause
    record.writing++;
    record.writes = [...record.writes, ...Array<number>(Math.min(writes, maxWrites)).fill(nowMs)].slice(-maxWrites);
    if (record.idle >= freePasses) {
      const doublings = Math.min(record.idle - freePasses, 30);
      record.notBeforeMs = nowMs + Math.min(maxWaitMs, initialWaitMs * 2 ** doublings);
    }
    if (record.told || record.idle < toldAfter) return false;
    return record.told = true;
  }

  /** Does the pass write again and again? Then what it writes is worth comparing. */
  isRestless(key: ObjectKey): boolean {
    return (this.#objects.get(key)?.idle ?? 0) > 0;
  }

  /** The object is gone. */
  forget(key: ObjectKey): void {
    this.#objects.delete(key);
  }

  #settle(record: Record): void {
    if (record.pending.some((event) => !event.isOwn())) record.changed = true;
    record.pending = [];
    if (!record.changed) return;
    record.changed = false;
    record.idle = -1;
    record.notBeforeMs = 0;
  }
}

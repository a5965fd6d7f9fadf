import type { Clock } from "../../base/clock.ts";
import type { ObjectKey } from "../../k8s/object.ts";

/** Consecutive passes that write although no input changed, before they are throttled (ruling 68). */
const freePasses = 2;
/** Passes after which it is reported. */
const reportAfter = 4;
const initialWaitMs = 250;
const maxWaitMs = 5 * 60_000;
/** Writes within the window for one object whose passes write each time. */
const maxWrites = 20;
const windowMs = 10_000;
/** Events that are kept to be distinguished from echoes of own writes. */
const maxPending = 32;

/** One event of a child that may be the echo of an own write. */
export interface ChildEvent {
  readonly isOwn: () => boolean;
}

interface Record {
  /** Consecutive passes that wrote although no input changed. */
  idle: number;
  /** Consecutive passes that wrote. */
  writing: number;
  writes: number[];
  notBeforeMs: number;
  reported: boolean;
  changed: boolean;
  pending: ChildEvent[];
}

/**
 * Detects a Katalog that never comes to rest (a counter in a status field, the time in a child) and throttles its
 * passes, which would keep the box and the API server busy. Inputs are the CR without its status, and changes of its
 * children by other writers. A CR is at rest after a pass that writes nothing.
 */
export class Rest {
  readonly #clock: Clock;
  readonly #objects = new Map<ObjectKey, Record>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The CR was changed: its passes are not throttled any more. */
  crChanged(key: ObjectKey): void {
    this.#objects.delete(key);
  }

  /** An event of a child came in; whether it echoes an own write may be known only after the response. */
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

  /** A pass ended. Returns true when it is to be reported that the object never comes to rest. */
  passed(key: ObjectKey, writes: number): boolean {
    if (writes === 0) {
      this.#objects.delete(key);
      return false;
    }
    const nowMs = this.#clock.nowMs();
    let record = this.#objects.get(key);
    if (record === undefined) {
      record = { idle: -1, writing: 0, writes: [], notBeforeMs: 0, reported: false, changed: false, pending: [] };
      this.#objects.set(key, record);
    }
    this.#settle(record);
    record.idle++; // the first pass of a series had a cause
    record.writing++;
    record.writes = [...record.writes, ...Array<number>(Math.min(writes, maxWrites)).fill(nowMs)].slice(-maxWrites);
    if (record.idle >= freePasses) {
      const doublings = Math.min(record.idle - freePasses, 30);
      record.notBeforeMs = nowMs + Math.min(maxWaitMs, initialWaitMs * 2 ** doublings);
    }
    if (record.reported || record.idle < reportAfter) return false;
    return record.reported = true;
  }

  /** Do its passes write repeatedly? Then their writes are compared. */
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

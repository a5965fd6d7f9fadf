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
/** Changes in a row, each of which one box made since it observed the last one, beyond which boxes chase each other. */
const maxHops = 20;
/** How long it counts that a CR was reconciled for what it reads of another box: longer than the window. */
const hopsMs = 60_000;
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
 *
 * What a CR reads of other boxes is an input too, which may change as often as it does; but where it changes because the
 * CR did, boxes chase each other. The length of the chain of changes tells.
 */
export class Rest {
  readonly #clock: Clock;
  readonly #objects = new Map<ObjectKey, Record>();
  readonly #hops = new Map<ObjectKey, { readonly hops: number; readonly atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The CR was changed: its passes are not throttled any more. */
  crChanged(key: ObjectKey): void {
    this.#objects.delete(key);
    this.#hops.delete(key);
  }

  /** What the CR reads of another box was changed, at the end of a chain of this length (`CrossEntry.hops`). */
  observed(key: ObjectKey, hops: number): void {
    this.#hops.set(key, { hops: hops + 1, atMs: this.#clock.nowMs() });
    const record = this.#objects.get(key);
    if (record !== undefined) record.changed = true;
  }

  /** Length of the chain of which a change of the CR is the end now. */
  hopsOf(key: ObjectKey): number {
    const known = this.#hops.get(key);
    return known === undefined || this.#clock.nowMs() - known.atMs > hopsMs ? 0 : known.hops;
  }

  /**
   * Boxes that observe each other change the CR for ever, as it seems: it is bounded how often it is written, and a pass
   * that writes nothing between two others, for the event of an own write, is no rest.
   */
  isCircular(key: ObjectKey): boolean {
    return this.hopsOf(key) > maxHops;
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
    const waitMs = record.idle > 0 ? record.notBeforeMs - nowMs : 0;
    return Math.max(0, waitMs, this.#boundMs(record));
  }

  /** Until the number of writes within the window allows another one, in ms. */
  #boundMs({ writing, writes }: Record): number {
    if (writing < freePasses || writes.length < maxWrites) return 0;
    return writes.at(-maxWrites)! + windowMs - this.#clock.nowMs();
  }

  /** A pass ended. Returns true when it is to be reported that the object never comes to rest. */
  passed(key: ObjectKey, writes: number): boolean {
    if (writes === 0) {
      if (!this.isCircular(key)) this.#objects.delete(key);
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
    const isBounded = this.isCircular(key) && this.#boundMs(record) > 0;
    if (record.reported || (record.idle < reportAfter && !isBounded)) return false;
    return record.reported = true;
  }

  /** Do its passes write repeatedly? Then their writes are compared. */
  isRestless(key: ObjectKey): boolean {
    return (this.#objects.get(key)?.idle ?? 0) > 0 || this.isCircular(key);
  }

  /** The object is gone. */
  forget(key: ObjectKey): void {
    this.#objects.delete(key);
    this.#hops.delete(key);
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

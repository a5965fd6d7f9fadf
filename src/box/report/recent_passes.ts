import { formatTime } from "../../base/clock.ts";
import type { Clock } from "../../base/clock.ts";
import { shortenMiddle } from "../../base/shorten.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import type { DoneChange } from "../../reconcile/mod.ts";
import type { CallRecord } from "../pass/call_log.ts";
import { describeTrigger, type Trigger } from "../queue/trigger.ts";
import type { PassMessage } from "./message.ts";

/** Passes of one CR that are kept, the oldest forgotten first. */
export const maxPasses = 5;
/** CRs of one box whose passes are kept, the one whose last pass is longest ago forgotten first. */
const maxCrs = 500;
/** Changes of one pass that are kept, the first ones. */
const maxChanges = 12;
/** Fields of one change. */
const maxFields = 5;
/** Longest message, trigger and field, in UTF-16 code units. */
const maxMessage = 512;
const maxTrigger = 300;
const maxField = 120;

/** A pass, as it ended. */
export interface EndedPass {
  /** Its name in the log. */
  readonly id: string;
  readonly trigger: Trigger;
  readonly result: PassMessage["result"];
  readonly changes: readonly DoneChange[];
  readonly message?: string | undefined;
  readonly calls: readonly CallRecord[];
  /** Number of calls beyond `calls`. */
  readonly callsOmitted: number;
  readonly waitedMs: number;
  readonly durationMs: number;
}

/**
 * A pass that changed something, made calls, failed or waited. Causes and names of fields, never values.
 * Consecutive passes that ended alike without a change are one record.
 */
export interface PassRecord {
  /** Of the last of them: its name in the log. */
  readonly id: string;
  /** Of the last of them. */
  readonly trigger: string;
  readonly result: PassMessage["result"];
  readonly changes: readonly DoneChange[];
  /** Number of changes beyond those. */
  readonly changesOmitted: number;
  readonly calls: readonly CallRecord[];
  readonly callsOmitted: number;
  readonly message?: string | undefined;
  /** From when the CR was due until a worker took it, and how long the last of the passes took, in ms. */
  readonly waitedMs: number;
  readonly durationMs: number;
  /** When the first and the last of them ended, RFC 3339. */
  readonly firstTime: string;
  readonly time: string;
  readonly count: number;
}

/** A CR, and its last pass. */
export interface FailingCr {
  readonly key: ObjectKey;
  readonly pass: PassRecord;
}

/** Visits since the last recorded pass that found nothing to do. */
export interface IdleVisits {
  readonly since: string;
  readonly last: string;
  readonly count: number;
}

type Kept = { -readonly [F in keyof Omit<PassRecord, "firstTime" | "time">]: PassRecord[F] } & {
  firstMs: number;
  lastMs: number;
};

interface Ring {
  /** Oldest first. */
  readonly passes: Kept[];
  idleCount: number;
  idleSinceMs: number;
  idleLastMs: number;
}

/** The last passes of the CRs of one box. In memory, so a restart forgets them. */
export class RecentPasses {
  readonly #clock: Clock;
  /** The one whose last pass is longest ago comes first. */
  readonly #rings = new Map<ObjectKey, Ring>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of CRs whose passes are kept. */
  get size(): number {
    return this.#rings.size;
  }

  add(key: ObjectKey, pass: EndedPass): void {
    const { result, changes, message, calls } = pass;
    if (changes.length === 0 && calls.length === 0 && result === "succeeded") return this.idle(key);
    const nowMs = this.#clock.wallMs();
    const ring = this.#rings.get(key) ?? { passes: [], idleCount: 0, idleSinceMs: 0, idleLastMs: 0 };
    this.#rings.delete(key);
    this.#rings.set(key, ring);
    if (this.#rings.size > maxCrs) this.#rings.delete(this.#rings.keys().next().value!);
    ring.idleCount = 0;
    const text = message === undefined ? undefined : shortenMiddle(message, maxMessage);
    const kept: Kept = {
      id: pass.id,
      trigger: shortenMiddle(describeTrigger(pass.trigger), maxTrigger),
      result,
      changes: changes.slice(0, maxChanges).map(compact),
      changesOmitted: Math.max(0, changes.length - maxChanges),
      calls,
      callsOmitted: pass.callsOmitted,
      message: text,
      waitedMs: Math.round(pass.waitedMs),
      durationMs: Math.round(pass.durationMs),
      firstMs: nowMs,
      lastMs: nowMs,
      count: 1,
    };
    const last = ring.passes.at(-1);
    if (last !== undefined && isAlike(last, kept)) {
      kept.firstMs = last.firstMs;
      kept.count = last.count + 1;
      ring.passes.pop();
    }
    ring.passes.push(kept);
    if (ring.passes.length > maxPasses) ring.passes.shift();
  }

  /** A visit that found nothing to do: counted. It takes no other CR's place. */
  idle(key: ObjectKey): void {
    const nowMs = this.#clock.wallMs();
    let ring = this.#rings.get(key);
    if (ring === undefined) {
      if (this.#rings.size >= maxCrs) return;
      ring = { passes: [], idleCount: 0, idleSinceMs: 0, idleLastMs: 0 };
      this.#rings.set(key, ring);
    }
    if (ring.idleCount++ === 0) ring.idleSinceMs = nowMs;
    ring.idleLastMs = nowMs;
  }

  /** The CR is gone. */
  forget(key: ObjectKey): void {
    this.#rings.delete(key);
  }

  /** CRs whose last pass failed, was refused or waits, the latest first; `total`: all of them. */
  failing(limit: number): { readonly items: readonly FailingCr[]; readonly total: number } {
    // A visit that found nothing to do is a pass that succeeded.
    const found = [...this.#rings].filter(([, { passes, idleCount }]) =>
      idleCount === 0 && isFailing(passes.at(-1)?.result)
    ).reverse();
    const items = found.slice(0, limit).map(([key]) => ({ key, pass: this.of(key).passes[0]! }));
    return { items, total: found.length };
  }

  /** Newest first. */
  of(key: ObjectKey): { readonly passes: readonly PassRecord[]; readonly idle: IdleVisits | undefined } {
    const ring = this.#rings.get(key);
    if (ring === undefined) return { passes: [], idle: undefined };
    const passes = ring.passes.toReversed().map(({ firstMs, lastMs, ...pass }) => ({
      ...pass,
      firstTime: formatTime(firstMs),
      time: formatTime(lastMs),
    }));
    const idle = ring.idleCount === 0 ? undefined : {
      since: formatTime(ring.idleSinceMs),
      last: formatTime(ring.idleLastMs),
      count: ring.idleCount,
    };
    return { passes, idle };
  }
}

function isFailing(result: PassMessage["result"] | undefined): boolean {
  return result === "failed" || result === "denied" || result === "waiting";
}

function compact({ action, kind, key, fields, cause }: DoneChange): DoneChange {
  const named = fields.slice(0, maxFields).map((field) => shortenMiddle(field, maxField));
  return { action, kind, key, fields: named, cause };
}

function isAlike(a: Kept, b: Kept): boolean {
  return a.result === b.result && a.message === b.message && a.changes.length === 0 && b.changes.length === 0;
}

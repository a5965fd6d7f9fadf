import type { Clock } from "../../base/clock.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import type { Priority } from "./priority.ts";

/** What happens to a key that is to be added while a queue is long. */
export interface OverflowRule {
  /** From this number of waiting keys on; at least 1. May change, but not the order of the rules. */
  readonly depth: number;
  /** False: the key is added, and only a warning is reported. */
  readonly drops: boolean;
  /** The rule applies to this key. */
  readonly applies: (key: ObjectKey) => boolean;
}

export interface OverflowOptions {
  readonly clock: Clock;
  readonly rules: readonly OverflowRule[];
  /** Called with a warning, once a minute at most. */
  readonly report: (message: string) => void;
}

/** Minimum interval between warnings. */
const minIntervalMs = 60_000;

interface Deferred {
  readonly key: ObjectKey;
  readonly priority: Priority;
  /** When the key became due, in monotonic ms. */
  readonly dueMs: number;
}

/** Keys that were deferred by one rule: they return when fewer keys than its depth wait. */
type Lane = Record<Priority, Map<ObjectKey, number>>;

/**
 * Keys that the Katalog's `queue.behaviour` keeps out of the queue while that is long. What it drops is the place in
 * the queue, never the work (ruling 23): a key stays here, once, until the queue has room.
 */
export class Overflow {
  readonly #clock: Clock;
  readonly #report: (message: string) => void;
  /** By rising depth. */
  readonly #lanes: readonly { readonly rule: OverflowRule; readonly keys: Lane }[];
  /** Since the last warning. */
  #counts = { deferred: 0, full: 0 };
  #reportedMs = -Infinity;

  constructor({ clock, rules, report }: OverflowOptions) {
    this.#clock = clock;
    this.#report = report;
    this.#lanes = rules.toSorted((a, b) => a.depth - b.depth)
      .map((rule) => ({ rule, keys: { change: new Map(), resync: new Map() } }));
  }

  /** Number of deferred keys. */
  get size(): number {
    return this.#lanes.reduce((sum, { keys }) => sum + keys.change.size + keys.resync.size, 0);
  }

  /**
   * Defers the key when a rule says so at this number of waiting keys, and returns true. A key that is deferred already
   * keeps its place and the time at which it became due; where no rule says so any more it stays deferred until it is taken.
   */
  defers(key: ObjectKey, priority: Priority, dueMs: number, depth: number): boolean {
    let dropping: Lane | undefined;
    for (const { rule, keys } of this.#lanes) {
      if (depth < rule.depth || !rule.applies(key)) continue;
      if (rule.drops) dropping ??= keys;
      else this.#warn("full", key, depth);
    }
    if (dropping === undefined) return false;
    if (dropping.change.has(key) || (priority === "resync" && dropping.resync.has(key))) return true;
    const before = this.take(key);
    const urgent = priority === "change" || before?.priority === "change";
    dropping[urgent ? "change" : "resync"].set(key, Math.min(dueMs, before?.dueMs ?? dueMs));
    if (before === undefined) this.#warn("deferred", key, depth);
    return true;
  }

  /** The next key that may return at this number of waiting keys: changes before resyncs, the oldest first. */
  next(depth: number): Deferred | undefined {
    for (const priority of ["change", "resync"] as const) {
      for (const { rule, keys } of this.#lanes) {
        const [first] = depth < rule.depth ? keys[priority] : [];
        if (first === undefined) continue;
        keys[priority].delete(first[0]);
        return { key: first[0], priority, dueMs: first[1] };
      }
    }
    return undefined;
  }

  /** Removes the key, and returns it if it was deferred. */
  take(key: ObjectKey): Deferred | undefined {
    for (const { keys } of this.#lanes) {
      for (const priority of ["change", "resync"] as const) {
        const dueMs = keys[priority].get(key);
        if (dueMs === undefined) continue;
        keys[priority].delete(key);
        return { key, priority, dueMs };
      }
    }
    return undefined;
  }

  #warn(what: "deferred" | "full", key: ObjectKey, depth: number): void {
    this.#counts[what]++;
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#reportedMs < minIntervalMs) return;
    const { deferred, full } = this.#counts;
    this.#counts = { deferred: 0, full: 0 };
    this.#reportedMs = nowMs;
    const parts = [
      deferred > 0 ? `${keysOf(deferred)} deferred until it has room` : "",
      full > 0 ? `${keysOf(full)} added nevertheless` : "",
    ].filter((part) => part !== "");
    this.#report(`the queue is long: ${keysOf(depth)} waiting for a worker; ${parts.join("; ")}; the last: ${key}`);
  }
}

function keysOf(count: number): string {
  return count === 1 ? "1 key" : `${count} keys`;
}

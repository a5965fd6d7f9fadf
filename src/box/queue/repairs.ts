import type { Clock } from "../../base/clock.ts";
import { type ChildChange, identityOf } from "../../reconcile/mod.ts";

/** Corrections of one child within the window that are no fight yet; a user who experiments stays below. */
const maxRepairs = 10;
const windowMs = 60_000;
const initialWaitMs = 1_000;
const maxWaitMs = 60_000;
/** Children that are remembered; the oldest is evicted first. */
const maxChildren = 10_000;

interface Repairs {
  /** Digest of what was applied: another one is a new desired state, no repair. */
  digest: string;
  /** When it was corrected, the oldest first; at most `maxRepairs`. */
  times: number[];
  waits: number;
  notBeforeMs: number;
}

/**
 * Limits corrections of drift. A writer that undoes what a box applies (another operator, a script in a loop) would
 * otherwise keep both of them and the API server busy without end, so the waits grow. Only successful writes count.
 */
export class RepairLimit {
  readonly #clock: Clock;
  readonly #children = new Map<string, Repairs>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long this change has to wait, in ms; 0: not at all. */
  waitMs(change: ChildChange): number {
    if (!isRepair(change)) return 0;
    const known = this.#children.get(identityOf(change));
    return known === undefined || known.digest !== change.digest
      ? 0
      : Math.max(0, known.notBeforeMs - this.#clock.nowMs());
  }

  /** How often a child was corrected within the last minute. */
  countOf(change: ChildChange): number {
    return this.#children.get(identityOf(change))?.times.length ?? 0;
  }

  /** The change succeeded. `again`: the child existed before, and another writer deleted it. */
  done(change: ChildChange, again: boolean): void {
    if (!isRepair(change) || (change.action === "create" && !again)) return;
    const id = identityOf(change);
    const nowMs = this.#clock.nowMs();
    let known = this.#children.get(id);
    if (known === undefined || known.digest !== change.digest) {
      if (known === undefined && this.#children.size >= maxChildren) {
        const [oldest] = this.#children.keys();
        this.#children.delete(oldest!);
      }
      this.#children.set(id, known = { digest: change.digest, times: [], waits: 0, notBeforeMs: 0 });
    }
    known.times = known.times.filter((time) => nowMs - time < windowMs);
    if (known.times.length === 0 || known.notBeforeMs < nowMs - maxWaitMs - windowMs) known.waits = 0;
    known.times = [...known.times.slice(1 - maxRepairs), nowMs];
    if (known.times.length >= maxRepairs) {
      known.notBeforeMs = nowMs + Math.min(maxWaitMs, initialWaitMs * 2 ** Math.min(known.waits++, 10));
    }
  }
}

function isRepair(change: ChildChange): change is ChildChange & { readonly digest: string } {
  return change.action === "create" || (change.action === "update" && change.cause.why === "drift");
}

import type { ChildChange } from "../reconcile/mod.ts";

/** So often a child may be put back within the window; a person who tries things out stays below. */
const mostRepairs = 10;
const windowMs = 60_000;
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

interface Repairs {
  /** Digest of what was applied: another one is no repair but news. */
  digest: string;
  /** When it was applied, the oldest first; at most `mostRepairs`. */
  times: number[];
  waits: number;
  notBeforeMs: number;
}

/**
 * Tells a repair from a fight. Whoever undoes what a box applies (another operator, a second Katalog, a script in a
 * loop) would otherwise keep both of them and the API server busy for ever: the repairs get ever rarer.
 */
export class RepairLimit {
  readonly #nowMs: () => number;
  readonly #children = new Map<string, Repairs>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How long this change has to wait; 0: it may be made now, and counts. */
  waitMs(change: ChildChange): number {
    if (change.action !== "apply") return 0;
    const id = `${change.type.plural}.${change.type.group}/${change.key}`;
    const nowMs = this.#nowMs();
    let known = this.#children.get(id);
    if (known === undefined || known.digest !== change.digest) {
      // Remembered only while it lasts: a box forgets its oldest child rather than grow.
      if (known === undefined && this.#children.size >= 10_000) this.#children.delete([...this.#children.keys()][0]!);
      this.#children.set(id, known = { digest: change.digest, times: [], waits: 0, notBeforeMs: 0 });
    }
    if (nowMs < known.notBeforeMs) return known.notBeforeMs - nowMs;
    known.times = known.times.filter((time) => nowMs - time < windowMs);
    if (known.times.length === 0) known.waits = 0;
    if (known.times.length >= mostRepairs && known.notBeforeMs < nowMs - longestWaitMs - windowMs) known.waits = 0;
    known.times = [...known.times.slice(1 - mostRepairs), nowMs];
    if (known.times.length >= mostRepairs) {
      known.notBeforeMs = nowMs + Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(known.waits++, 10));
    }
    return 0;
  }
}

import { type ChildChange, identityOf } from "../../reconcile/mod.ts";

/** Consecutive conflicts that count as ordinary races. */
export const maxConflicts = 5;
/** Children that are remembered; the oldest is evicted first. */
const maxChildren = 10_000;

/**
 * Distinguishes a conflict that another read resolves from one that lasts: a quota or a webhook that returns 409
 * whenever the child is written. The latter is a failure, and is reported.
 */
export class Conflicts {
  readonly #counts = new Map<string, number>();

  /** A write of the child conflicted. True after too many in a row to be resolved by another read. */
  isLasting(change: ChildChange): boolean {
    const id = identityOf(change);
    const count = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.delete(id);
    this.#counts.set(id, count);
    if (this.#counts.size > maxChildren) {
      const [oldest] = this.#counts.keys();
      this.#counts.delete(oldest!);
    }
    return count > maxConflicts;
  }

  /** A write of the child did not conflict. */
  over(change: ChildChange): void {
    this.#counts.delete(identityOf(change));
  }
}

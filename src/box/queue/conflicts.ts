import { type ChildChange, identityOf } from "../../reconcile/mod.ts";

/** Conflicts in a row that are no more than bad luck. */
export const maxConflicts = 5;
/** Children that are remembered; the oldest is forgotten first. */
const maxChildren = 10_000;

/**
 * Tells a conflict that a fresh look resolves from one that lasts: a quota or a webhook that returns 409 whenever the
 * child is written. The latter is a failure, and is told.
 */
export class Conflicts {
  readonly #inARow = new Map<string, number>();

  /** A write of the child met a conflict. True when that has been so for too often to be resolved by another look. */
  isLasting(change: ChildChange): boolean {
    const id = identityOf(change);
    const count = (this.#inARow.get(id) ?? 0) + 1;
    this.#inARow.delete(id);
    this.#inARow.set(id, count);
    if (this.#inARow.size > maxChildren) {
      const [oldest] = this.#inARow.keys();
      this.#inARow.delete(oldest!);
    }
    return count > maxConflicts;
  }

  /** A write of the child met no conflict. */
  over(change: ChildChange): void {
    this.#inARow.delete(identityOf(change));
  }
}

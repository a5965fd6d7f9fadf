import type { ObjectKey } from "../k8s/object.ts";
import type { WorkQueue } from "./queue.ts";

/** So many passes in a row may be caused by the one before at once; a Katalog that settles needs two or three. */
const atOnce = 8;
const firstWaitMs = 100;
const longestWaitMs = 30_000;

/**
 * Passes that a box causes by its own writes. A Katalog whose status or children feed on themselves (a counter in a
 * status field, say) never settles: its passes get ever rarer instead of keeping the box and the API server busy.
 */
export class SelfTrigger {
  readonly #queue: WorkQueue;
  readonly #inARow = new Map<ObjectKey, number>();

  constructor(queue: WorkQueue) {
    this.#queue = queue;
  }

  trigger(key: ObjectKey): void {
    const before = this.#inARow.get(key) ?? 0;
    this.#inARow.set(key, before + 1);
    if (before < atOnce) this.#queue.add(key);
    else this.#queue.addAfter(key, Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(before - atOnce, 20)), "again");
  }

  /** A pass changed nothing, or the object is gone. */
  settled(key: ObjectKey): void {
    this.#inARow.delete(key);
  }
}

import type { Suspect } from "../box/mod.ts";
import type { ObjectKey } from "../k8s/object.ts";
import type { AtWork } from "./work_board.ts";

/** Backoff of an object that was in processing when its cell was terminated; doubles every time. */
const initialWaitMs = 5_000;
const maxWaitMs = 30 * 60_000;
/** Objects that are remembered, oldest forgotten first. */
const maxSuspects = 256;
const maxNamed = 3;

/**
 * Objects whose passes may have been the end of a cell. The waits make a box that holds one poisonous object useful for
 * the others: its cell is terminated less and less often. An object that was only processed beside the cause is cleared
 * by its next pass.
 */
export class Suspects {
  /** Key → how often in a row, and its generation at the last. */
  readonly #known = new Map<ObjectKey, { times: number; generation?: number }>();

  get size(): number {
    return this.#known.size;
  }

  /** The objects that the box does without at the moment, for a message; empty when there is none. */
  describe(): string {
    const keys = [...this.#known.keys()];
    const named = keys.slice(0, maxNamed).join(", ");
    return keys.length > maxNamed ? `${named} and ${keys.length - maxNamed} more` : named;
  }

  /** A cell was terminated while these were in processing. Returns those that become suspects. */
  blame(atWork: readonly AtWork[]): ObjectKey[] {
    // An object that was suspect before is more likely the cause than those that happened to be processed at the same
    // time.
    const again = atWork.filter(({ key }) => this.#known.has(key));
    const blamed = again.length > 0 ? again : atWork;
    for (const { key, generation } of blamed) {
      const times = (this.#known.get(key)?.times ?? 0) + 1;
      this.#known.delete(key);
      this.#known.set(key, { times, ...(generation === undefined ? {} : { generation }) });
      if (this.#known.size > maxSuspects) this.#known.delete(this.#known.keys().next().value!);
    }
    return blamed.map(({ key }) => key);
  }

  /** A pass of it came to its end and did no harm, or it is gone. */
  clear(key: ObjectKey): void {
    this.#known.delete(key);
  }

  /** Orders for the next cell; `fresh` are those that the last one was ended with. */
  orders(fresh: readonly ObjectKey[]): Suspect[] {
    return [...this.#known].map(([key, { times, generation }]) => ({
      key,
      ...(generation === undefined ? {} : { generation }),
      waitMs: Math.min(maxWaitMs, initialWaitMs * 2 ** Math.min(times - 1, 20)),
      fresh: fresh.includes(key),
    }));
  }
}

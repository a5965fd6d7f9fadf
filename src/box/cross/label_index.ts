import type { CrossObject } from "../../input/mod.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import type { CrossChange } from "./table.ts";

/** Finds the objects that have a label, so that a selector need not look at all of them. */
export class LabelIndex {
  /** `key=value` → keys of objects; `=` is in no label key. */
  readonly #keys = new Map<string, Set<ObjectKey>>();

  apply({ key, before, after }: CrossChange): void {
    for (const pair of pairsOf(before)) {
      const keys = this.#keys.get(pair);
      if (keys?.delete(key) === true && keys.size === 0) this.#keys.delete(pair);
    }
    for (const pair of pairsOf(after)) {
      const keys = this.#keys.get(pair);
      if (keys === undefined) this.#keys.set(pair, new Set([key]));
      else keys.add(key);
    }
  }

  /** Keys among which are all objects with these labels; `undefined`: any may be. */
  candidates(labels: CrossObject["labels"]): ReadonlySet<ObjectKey> | undefined {
    const pair = this.rarestOf(labels);
    return pair === "" ? undefined : this.#keys.get(pair) ?? new Set();
  }

  /** The `key=value` of these that fewest objects have now; "" where there is none. */
  rarestOf(labels: CrossObject["labels"]): string {
    let rarest = "";
    let minCount = Infinity;
    for (const [key, value] of Object.entries(labels)) {
      const pair = `${key}=${value}`;
      const count = this.#keys.get(pair)?.size ?? 0;
      if (count < minCount) [rarest, minCount] = [pair, count];
    }
    return rarest;
  }
}

/** `key=value` of each label. */
export function pairsOf(object: CrossObject | undefined): string[] {
  return Object.entries(object?.labels ?? {}).map(([key, value]) => `${key}=${value}`);
}

import { equalJson, type Json } from "../../base/json.ts";
import type { CrossObject } from "../../input/mod.ts";
import { type ObjectKey, objectKey } from "../../k8s/object.ts";
import type { CrossEntry, CrossUpdate } from "./update.ts";

/** An object that came, went or changed. */
export interface CrossChange {
  readonly key: ObjectKey;
  readonly before: CrossObject | undefined;
  readonly after: CrossObject | undefined;
  /** As `CrossEntry.hops`. */
  readonly hops: number;
}

/** The published objects of one box, as they were last received. */
export class CrossTable {
  readonly #entries = new Map<ObjectKey, CrossEntry>();
  /** Keys that were there at the last `begins`, and have not been repeated. */
  #unrepeated: Set<ObjectKey> | undefined;
  #isComplete = false;
  #omitted = 0;

  /** The whole state was received once. It stays so while it is received again. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Number of objects that are not published. */
  get omitted(): number {
    return this.#omitted;
  }

  get(key: ObjectKey): CrossEntry | undefined {
    return this.#entries.get(key);
  }

  keys(): MapIterator<ObjectKey> {
    return this.#entries.keys();
  }

  /** Returns what differs from before; objects that are sent again as they were do not. */
  apply(update: CrossUpdate): CrossChange[] {
    const changes: CrossChange[] = [];
    if (update.begins) this.#unrepeated = new Set(this.#entries.keys());
    this.#omitted = update.omitted;
    for (const entry of update.objects) {
      const key = objectKey(entry.object);
      this.#unrepeated?.delete(key);
      const before = this.#entries.get(key)?.object;
      if (before !== undefined && isSameObject(before, entry.object)) continue;
      this.#entries.set(key, entry);
      changes.push({ key, before, after: entry.object, hops: entry.hops ?? 0 });
    }
    this.#drop(update.gone, changes);
    if (update.complete) {
      this.#drop(this.#unrepeated ?? [], changes);
      this.#unrepeated = undefined;
      this.#isComplete = true;
    }
    return changes;
  }

  #drop(keys: Iterable<ObjectKey>, changes: CrossChange[]): void {
    for (const key of keys) {
      const before = this.#entries.get(key)?.object;
      if (before === undefined) continue;
      this.#entries.delete(key);
      changes.push({ key, before, after: undefined, hops: 0 });
    }
  }
}

/** Does an observer see the same? */
export function isSameObject(a: CrossObject, b: CrossObject): boolean {
  return equalJson(a.status, b.status) && equalJson(a.spec, b.spec) && equalJson(a.labels as Json, b.labels as Json) &&
    equalJson(a.annotations as Json, b.annotations as Json);
}

import { stringifyJson } from "../base/json.ts";
import { compareText } from "../base/finding.ts";
import type { KubeObject, ObjectKey, OwnerReference } from "../k8s/object.ts";
import { objectKey } from "../k8s/object.ts";
import { ApiFault } from "./faults.ts";

/** One committed write. Objects are never changed once stored. */
export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly object: KubeObject;
  /** What the object was before; absent for `ADDED`. */
  readonly previous?: KubeObject;
  readonly collection: Collection;
}

/** Where an object is. */
export interface Location {
  readonly collection: Collection;
  readonly key: ObjectKey;
}

type Listener = (change: Change) => void;

/** More objects than this in one sandbox are refused: it is not a production store. */
const maxObjects = 200_000;

/** All objects in memory under one revision counter, with a bounded history of changes for watches and pages. */
export class Store {
  readonly #collections = new Map<string, Collection>();
  readonly #listeners = new Set<Listener>();
  readonly #byUid = new Map<string, Location>();
  readonly #dependents = new Map<string, Map<string, Location>>();
  readonly historySize: number;
  revision = 1;
  #count = 0;

  constructor(historySize: number) {
    this.historySize = historySize;
  }

  /** The collection of a storage key, created on first use. */
  collection(key: string): Collection {
    let collection = this.#collections.get(key);
    if (collection === undefined) this.#collections.set(key, collection = new Collection(this, key));
    return collection;
  }

  get collections(): Iterable<Collection> {
    return this.#collections.values();
  }

  /** Calls `listener` after every commit, in the order of revisions; the returned function ends that. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  findUid(uid: string): Location | undefined {
    return this.#byUid.get(uid);
  }

  /** The objects that name `uid` among their owners. */
  dependentsOf(uid: string): Location[] {
    return [...this.#dependents.get(uid)?.values() ?? []];
  }

  /** For collections only: numbers a change, updates the indexes and notifies all watchers. */
  commit(change: Change): void {
    this.revision = change.revision;
    this.#count += change.type === "ADDED" ? 1 : change.type === "DELETED" ? -1 : 0;
    this.#index(change);
    for (const listener of [...this.#listeners]) listener(change);
  }

  checkRoom(): void {
    if (this.#count < maxObjects) return;
    throw new ApiFault(500, "InternalError", `Cannot store another object: the sandbox holds ${maxObjects} at most`);
  }

  #index({ type, object, previous, collection }: Change): void {
    const key = objectKey(object.metadata);
    const uid = object.metadata.uid!;
    const location = { collection, key };
    const id = `${collection.key} ${key}`;
    if (type === "ADDED") this.#byUid.set(uid, location);
    if (type === "DELETED") this.#byUid.delete(uid);
    const before: readonly OwnerReference[] = previous?.metadata.ownerReferences ?? [];
    const after: readonly OwnerReference[] = type === "DELETED" ? [] : object.metadata.ownerReferences ?? [];
    if (before === after) return;
    for (const owner of before) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(id);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
    for (const owner of after) {
      let dependents = this.#dependents.get(owner.uid);
      if (dependents === undefined) this.#dependents.set(owner.uid, dependents = new Map());
      dependents.set(id, location);
    }
  }
}

/** The objects of one resource. */
export class Collection {
  readonly #items = new Map<ObjectKey, KubeObject>();
  readonly #history: Change[] = [];
  #sorted: ObjectKey[] | undefined;
  #floor: number;

  constructor(readonly store: Store, readonly key: string) {
    this.#floor = store.revision;
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.#items.get(key);
  }

  /** Stores a new object under the next revision. */
  create(object: KubeObject): KubeObject {
    this.store.checkRoom();
    const key = objectKey(object.metadata);
    if (this.#items.has(key)) throw new Error(`Cannot create ${key}: it exists, and the caller should have looked`);
    const stored = this.#stamp(object);
    this.#items.set(key, stored);
    this.#sorted = undefined;
    this.#commit({ type: "ADDED", revision: this.store.revision + 1, object: stored, collection: this });
    return stored;
  }

  /** Puts `next` in the place of `current`; returns `undefined` when `current` is not the stored state any more. */
  replace(current: KubeObject, next: KubeObject): KubeObject | undefined {
    const key = objectKey(current.metadata);
    if (this.#items.get(key) !== current) return undefined;
    const stored = this.#stamp(next);
    this.#items.set(key, stored);
    const revision = this.store.revision + 1;
    this.#commit({ type: "MODIFIED", revision, object: stored, previous: current, collection: this });
    return stored;
  }

  /**
   * Removes `current`, which was last `final`; returns the removed object, or `undefined` when something else is
   * stored.
   */
  remove(current: KubeObject, final: KubeObject = current): KubeObject | undefined {
    const key = objectKey(current.metadata);
    if (this.#items.get(key) !== current) return undefined;
    this.#items.delete(key);
    this.#sorted = undefined;
    const gone = this.#stamp(final);
    const revision = this.store.revision + 1;
    this.#commit({ type: "DELETED", revision, object: gone, previous: current, collection: this });
    return gone;
  }

  /** All objects, ordered by namespace and name as etcd orders its keys. */
  list(namespace?: string): KubeObject[] {
    const keys = this.#sorted ??= [...this.#items.keys()].sort(compareText);
    if (namespace === undefined) return keys.map((key) => this.#items.get(key)!);
    const prefix = `${namespace}/`;
    const out: KubeObject[] = [];
    for (let i = lowerBound(keys, prefix); i < keys.length && keys[i]!.startsWith(prefix); i++) {
      out.push(this.#items.get(keys[i]!)!);
    }
    return out;
  }

  /** All objects as they were at `revision`; `undefined` when the history does not reach so far back. */
  listAt(revision: number, namespace?: string): KubeObject[] | undefined {
    if (revision < this.#floor) return undefined;
    const last = this.#history.at(-1);
    if (last === undefined || last.revision <= revision) return this.list(namespace);
    const items = new Map(this.list(namespace).map((object) => [objectKey(object.metadata), object]));
    for (let i = this.#history.length - 1; i >= 0 && this.#history[i]!.revision > revision; i--) {
      const { object, previous } = this.#history[i]!;
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
      if (previous === undefined) items.delete(objectKey(object.metadata));
      else items.set(objectKey(object.metadata), previous);
    }
    return [...items.keys()].sort(compareText).map((key) => items.get(key)!);
  }

  /** Every change after `revision`; `undefined` when the history does not reach so far back. */
  changesAfter(revision: number): Change[] | undefined {
    if (revision < this.#floor) return undefined;
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#history[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#history.slice(low);
  }

  /** The oldest revision that a watch can start from. */
  get floor(): number {
    return this.#floor;
  }

  #stamp(object: KubeObject): KubeObject {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.store.revision + 1) } };
  }

  #commit(change: Change): void {
    this.#history.push(change);
    // Trimmed in blocks: shifting an array by one for each write would be quadratic.
    const surplus = this.#history.length - this.store.historySize;
    if (surplus > this.store.historySize / 4) {
      this.#floor = this.#history[surplus - 1]!.revision;
      this.#history.splice(0, surplus);
    }
    this.store.commit(change);
  }
}

const texts = new WeakMap<object, string>();

/** An object's JSON text, printed once however many readers it has. */
export function jsonOf(object: object): string {
  let text = texts.get(object);
  if (text === undefined) texts.set(object, text = stringifyJson(object));
  return text;
}

function lowerBound(keys: readonly string[], prefix: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}

import { compareAge, heldText, type UniqueField, type UniqueView } from "../../admission/mod.ts";
import type { Json } from "../../base/json.ts";
import { type KubeObject, type ObjectKey, splitKey } from "../../k8s/object.ts";

export interface UniqueIndexOptions {
  /** The fields of the rules `unique`. */
  readonly fields: readonly UniqueField[];
  /** A CR that the box takes care of. */
  readonly cr: (key: ObjectKey) => KubeObject | undefined;
  /** The rules may say something else of a CR, because of another one. */
  readonly changed: (key: ObjectKey, cause: ObjectKey) => void;
}

/** CRs of one value that are enqueued when its holder changes; the rest waits for its resync. */
const maxEnqueued = 100;

/**
 * Which CRs of a box have which value of the fields with a rule `unique`. It follows every change of a CR in the store,
 * so a decision needs no request: once the caches have synced, all CRs are in it. A CR whose event is still on the way
 * was created later and gives way to those that are known; where it is the older one, and was given the value just now,
 * its event reports the one that has to give way to `changed`. Nothing is remembered beyond the CRs.
 */
export class UniqueIndex {
  readonly #options: UniqueIndexOptions;
  readonly #fields: ReadonlyMap<string, FieldIndex>;

  constructor(options: UniqueIndexOptions) {
    this.#options = options;
    this.#fields = new Map(options.fields.map(({ name, path }) => [name, new FieldIndex(path)]));
  }

  /** To be called after every change of a CR in the store. */
  changed(key: ObjectKey): void {
    if (this.#fields.size === 0) return;
    const cr = this.#options.cr(key);
    const concerned = new Set([...this.#fields.values()].flatMap((field) => [...field.put(key, cr)]));
    concerned.delete(key); // it has its own event
    for (const other of concerned) this.#options.changed(other, key);
  }

  /** For decisions on one CR. */
  viewOf(key: ObjectKey): UniqueView {
    return {
      holderOf: (field, value) => {
        const holder = this.#fields.get(field)?.olderThan(key, value);
        return holder === undefined ? undefined : splitKey(holder);
      },
    };
  }

  /** Another number after every change of who holds a value of the CR. */
  versionOf(key: ObjectKey): number {
    let version = 0;
    for (const field of this.#fields.values()) version += field.versionOf(key);
    return version;
  }

  /** The CRs that have a value, the oldest first, at most `limit`; and how many there are. */
  holders(
    field: string,
    value: string,
    limit: number,
  ): { readonly keys: readonly ObjectKey[]; readonly total: number } {
    const entries = this.#fields.get(field)?.entriesOf(value) ?? [];
    return { keys: entries.sort(compareAge).slice(0, limit).map(({ key }) => key), total: entries.length };
  }
}

/** A CR that has a value. */
interface Entry {
  readonly key: ObjectKey;
  readonly uid: string | undefined;
  readonly creationTimestamp: string | undefined;
  readonly value: string;
}

/** The CRs that have one value; never empty. */
interface Group {
  readonly entries: Set<Entry>;
  oldest: Entry;
  /** Number of the last change of `oldest`. */
  version: number;
}

class FieldIndex {
  readonly #path: readonly string[];
  readonly #entries = new Map<ObjectKey, Entry>();
  readonly #groups = new Map<string, Group>();
  /** Only grows, so that a sum of versions differs too. */
  #versions = 0;

  constructor(path: readonly string[]) {
    this.#path = path;
  }

  /** Takes the state of a CR in. Returns the CRs that the rule may say something else of, itself perhaps. */
  put(key: ObjectKey, cr: KubeObject | undefined): Set<ObjectKey> {
    const concerned = new Set<ObjectKey>();
    const before = this.#entries.get(key);
    const value = cr === undefined ? undefined : heldText(cr as Json, this.#path);
    if (before?.value === value && (before === undefined || before.uid === cr?.metadata.uid)) return concerned;
    if (before !== undefined) {
      this.#entries.delete(key);
      this.#leave(before, concerned);
    }
    if (cr !== undefined && value !== undefined) {
      const { uid, creationTimestamp } = cr.metadata;
      const entry: Entry = { key, uid, creationTimestamp, value };
      this.#entries.set(key, entry);
      this.#join(entry, concerned);
    }
    return concerned;
  }

  /** The oldest CR with a value, unless it is this one or younger. */
  olderThan(key: ObjectKey, value: string): ObjectKey | undefined {
    const oldest = this.#groups.get(value)?.oldest;
    const own = this.#entries.get(key);
    if (oldest === undefined || oldest.key === key) return undefined;
    return own !== undefined && compareAge(own, oldest) < 0 ? undefined : oldest.key;
  }

  versionOf(key: ObjectKey): number {
    const entry = this.#entries.get(key);
    return entry === undefined ? 0 : this.#groups.get(entry.value)!.version;
  }

  entriesOf(value: string): Entry[] {
    return [...this.#groups.get(value)?.entries ?? []];
  }

  #leave(entry: Entry, concerned: Set<ObjectKey>): void {
    const group = this.#groups.get(entry.value)!;
    group.entries.delete(entry);
    if (group.entries.size === 0) return void this.#groups.delete(entry.value);
    if (group.oldest !== entry) return;
    group.oldest = [...group.entries].reduce((a, b) => compareAge(a, b) <= 0 ? a : b);
    this.#succeeded(group, concerned);
  }

  #join(entry: Entry, concerned: Set<ObjectKey>): void {
    const group = this.#groups.get(entry.value);
    if (group === undefined) {
      this.#groups.set(entry.value, { entries: new Set([entry]), oldest: entry, version: ++this.#versions });
      return;
    }
    group.entries.add(entry);
    if (compareAge(entry, group.oldest) >= 0) return;
    concerned.add(group.oldest.key); // it does not pass any more
    group.oldest = entry;
    this.#succeeded(group, concerned);
  }

  /** Another CR is the oldest: it passes now, and the messages of the others name it. */
  #succeeded(group: Group, concerned: Set<ObjectKey>): void {
    group.version = ++this.#versions;
    concerned.add(group.oldest.key);
    for (const { key } of group.entries) {
      if (concerned.size >= maxEnqueued) return;
      concerned.add(key);
    }
  }
}

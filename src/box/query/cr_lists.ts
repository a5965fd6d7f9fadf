import type { Clock } from "../../base/clock.ts";
import type { Json } from "../../base/json.ts";
import { type KubeObject, type ObjectKey, objectKey, valueAt } from "../../k8s/object.ts";
import { conditionsOf } from "../../readiness/mod.ts";
import { type CrFilter, maxValue } from "./query.ts";

export interface CrListsOptions {
  readonly clock: Clock;
  readonly crs: () => Iterable<[ObjectKey, KubeObject]>;
  readonly cr: (key: ObjectKey) => KubeObject | undefined;
}

/** Lists that are kept, the one that was requested longest ago evicted first. */
const maxLists = 8;
/** How long a list is kept after a request, in ms: a page that is open requests it every few seconds. */
const keptMs = 60_000;

/** Some keys of a list. */
export interface KeyPage {
  /** In order. */
  readonly keys: readonly ObjectKey[];
  /** Of the whole list. */
  readonly total: number;
  /** There are keys after these. */
  readonly hasMore: boolean;
}

/**
 * Sorted lists of the keys of CRs that somebody looks at, one for each filter. The first request for a list walks all
 * CRs; afterwards it follows each change, and a page of it costs what is on it, however many CRs there are. Without
 * requests there is no list, and a change costs nothing.
 */
export class CrLists {
  readonly #options: CrListsOptions;
  /** By filter; the one that was requested longest ago comes first. */
  readonly #lists = new Map<string, CrList>();

  constructor(options: CrListsOptions) {
    this.#options = options;
  }

  /** Number of lists that follow changes. */
  get size(): number {
    return this.#lists.size;
  }

  /** To be called after every change of a CR in the store. */
  changed(key: ObjectKey): void {
    if (this.#lists.size === 0) return;
    this.#evict();
    const cr = this.#options.cr(key);
    for (const list of this.#lists.values()) list.put(key, cr);
  }

  /** The first `count` keys after `after`, of CRs that fit the filter. */
  page(filter: CrFilter | undefined, after: ObjectKey | undefined, count: number): KeyPage {
    const { clock, crs } = this.#options;
    this.#evict();
    const { search, namespace, ready } = filter ?? {};
    const id = JSON.stringify([search, namespace, ready]);
    const list = this.#lists.get(id) ?? new CrList(filter, crs());
    list.requestedMs = clock.nowMs();
    this.#lists.delete(id);
    this.#lists.set(id, list);
    if (this.#lists.size > maxLists) this.#lists.delete(this.#lists.keys().next().value!);
    return list.page(after, count);
  }

  /** Drops lists that nobody looks at any more. */
  #evict(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [id, { requestedMs }] of this.#lists) {
      if (requestedMs + keptMs > nowMs) return;
      this.#lists.delete(id);
    }
  }
}

class CrList {
  readonly #filter: CrFilter | undefined;
  /** Sorted. */
  readonly #keys: ObjectKey[] = [];
  requestedMs = 0;

  constructor(filter: CrFilter | undefined, crs: Iterable<[ObjectKey, KubeObject]>) {
    this.#filter = filter;
    for (const [key, cr] of crs) if (fits(cr, filter)) this.#keys.push(key);
    this.#keys.sort();
  }

  put(key: ObjectKey, cr: KubeObject | undefined): void {
    const isIn = cr !== undefined && fits(cr, this.#filter);
    const at = this.#placeOf(key);
    if ((this.#keys[at] === key) !== isIn) this.#keys.splice(at, isIn ? 0 : 1, ...isIn ? [key] : []);
  }

  page(after: ObjectKey | undefined, count: number): KeyPage {
    const place = after === undefined ? 0 : this.#placeOf(after);
    const start = after !== undefined && this.#keys[place] === after ? place + 1 : place;
    const keys = this.#keys.slice(start, start + count);
    return { keys, total: this.#keys.length, hasMore: start + keys.length < this.#keys.length };
  }

  /** Where the key is, or would be. */
  #placeOf(key: ObjectKey): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function fits(cr: KubeObject, { search, namespace, ready }: CrFilter = {}): boolean {
  if (namespace !== undefined && cr.metadata.namespace !== namespace) return false;
  if (ready !== undefined && isReady(cr) !== ready) return false;
  if (search === undefined) return true;
  const phase = valueAt(cr as Json, ["status", "phase"]);
  return [objectKey(cr.metadata), phase].some((text) =>
    typeof text === "string" && text.slice(0, maxValue).toLowerCase().includes(search)
  );
}

/** Its condition `Ready` is true. */
export function isReady(cr: KubeObject): boolean {
  return conditionsOf(cr).some(({ type, status }) => type === "Ready" && status === "True");
}

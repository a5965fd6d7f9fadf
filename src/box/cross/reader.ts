import type { Clock } from "../../base/clock.ts";
import { canonicalJson, type Json } from "../../base/json.ts";
import { type CrossObject, type CrossSelector, type CrossView, matchesCross } from "../../input/mod.ts";
import { type ObjectKey, objectKey } from "../../k8s/object.ts";
import type { ObservedObject } from "../queue/trigger.ts";
import { LabelIndex, pairsOf } from "./label_index.ts";
import { type CrossChange, CrossTable } from "./table.ts";
import type { CrossUpdate } from "./update.ts";

/** How long a box whose own caches have synced waits for the boxes that it observes. */
const silenceMs = 15_000;

export interface ReaderOptions {
  /** The boxes that it observes. */
  readonly sources: Iterable<string>;
  readonly clock: Clock;
  /** What a CR reads of other boxes has changed. */
  readonly changed: (key: ObjectKey, cause: ObservedObject) => void;
  /** Reports what a user should know. */
  readonly note: (message: string) => void;
}

/** One observed box. */
interface Source {
  readonly table: CrossTable;
  readonly labels: LabelIndex;
  /** Name of an object → CRs that select it, in whatever namespace. */
  readonly byName: Map<string, Set<ObjectKey>>;
  /** One label of a selector (`key=value`; "" where it has none) → its text → the selector, each once. */
  readonly byLabel: Map<string, Map<string, LabelGroup>>;
}

/** CRs that select by the same labels. */
interface LabelGroup {
  readonly selector: CrossSelector;
  readonly readers: Set<ObjectKey>;
}

interface Selection {
  readonly box: string;
  readonly selector: CrossSelector;
  /** Where it is in `Source.byLabel`; "" for a name. */
  readonly pair: string;
}

/**
 * What a box knows of the objects of other boxes, and which of its CRs read which of them. A CR's selectors are those of
 * its last decision: if its own inputs have changed since, it is in the queue already.
 */
export class CrossReader {
  readonly #options: ReaderOptions;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #selections = new Map<ObjectKey, Selection[]>();
  /** CR → number of the last change of what it reads. */
  readonly #versions = new Map<ObjectKey, number>();
  #changes = 0;
  readonly #waiting: Set<string>;
  readonly #complete = Promise.withResolvers<void>();
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#waiting = new Set(options.sources);
    this.#sources = new Map(
      [...this.#waiting].map((box) => [
        box,
        { table: new CrossTable(), labels: new LabelIndex(), byName: new Map(), byLabel: new Map() },
      ]),
    );
    this.#complete.promise.catch(() => {/* rejects when stopped before; a handler is optional */});
    if (this.#waiting.size === 0) this.#complete.resolve();
  }

  /** Boxes of which nothing whole has been received, nor that they cannot be reached. */
  get waitingFor(): readonly string[] {
    return [...this.#waiting];
  }

  /**
   * Resolves when everything that the box observes was received, or cannot be reached: its objects are not found then. To
   * be called when its own caches have synced, so the API server responds: a source that is silent nevertheless has no
   * objects. Rejects when stopped before.
   */
  settled(): Promise<void> {
    // The caches may have synced just before the box was stopped.
    if (this.#waiting.size > 0 && !this.#stopped) {
      this.#cancel ??= this.#options.clock.after(silenceMs, () => {
        const names = this.waitingFor.map((name) => `"${name}"`).join(", ");
        this.#options.note(`nothing was heard of ${names} for ${silenceMs / 1000} s: its objects count as not found`);
        this.#complete.resolve();
      });
    }
    return this.#complete.promise;
  }

  receive(update: CrossUpdate): void {
    const source = this.#sources.get(update.source);
    if (source === undefined) return;
    const { table, labels } = source;
    const hadOmitted = table.omitted > 0;
    const changes = table.apply(update);
    const readers = new Map<ObjectKey, ObservedObject>();
    for (const change of changes) {
      labels.apply(change);
      const cause = { box: update.source, key: change.key, hops: change.hops };
      for (const reader of this.#readersOf(source, change)) {
        // Of several, the one at the end of the longest chain tells whether there is an end.
        if ((readers.get(reader)?.hops ?? -1) < change.hops) readers.set(reader, cause);
      }
    }
    // Whether something is left out decides between "not found" and "not known".
    if (hadOmitted !== table.omitted > 0) {
      const cause = { box: update.source, key: undefined };
      for (const reader of allReadersOf(source)) if (!readers.has(reader)) readers.set(reader, cause);
    }
    for (const [key, cause] of readers) {
      this.#versions.set(key, ++this.#changes);
      this.#options.changed(key, cause);
    }
    if (
      (!update.complete && update.unreached !== true) || !this.#waiting.delete(update.source) || this.#waiting.size > 0
    ) return;
    this.#cancel?.();
    this.#complete.resolve();
  }

  /** For one decision on a CR; what it looks up replaces what the last one did. */
  viewOf(reader: ObjectKey): CrossView {
    this.#deselect(reader);
    return {
      find: (box, selector) => {
        const source = this.#sources.get(box);
        if (source === undefined) return [];
        const pair = "labels" in selector ? source.labels.rarestOf(selector.labels) : "";
        this.#select(source, reader, { box, selector, pair });
        return find(source, box, selector);
      },
    };
  }

  /** Another number after every change of what the CR reads. */
  versionOf(reader: ObjectKey): number {
    return this.#versions.get(reader) ?? 0;
  }

  /** The CR is gone. */
  forget(reader: ObjectKey): void {
    this.#deselect(reader);
    this.#versions.delete(reader);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#complete.reject(new DOMException("The box was stopped", "AbortError"));
  }

  /** CRs that select the object as it was or as it is; some may come twice. */
  #readersOf(source: Source, { before, after }: CrossChange): ObjectKey[] {
    const isConcerned = (selector: CrossSelector): boolean =>
      (before !== undefined && matchesCross(selector, before)) ||
      (after !== undefined && matchesCross(selector, after));
    const { name } = (before ?? after)!;
    const named = [...source.byName.get(name) ?? []].filter((reader) =>
      (this.#selections.get(reader) ?? []).some(({ box, selector }) =>
        this.#sources.get(box) === source && isConcerned(selector)
      )
    );
    const pairs = new Set(["", ...pairsOf(before), ...pairsOf(after)]);
    const groups = [...pairs].flatMap((pair) => [...source.byLabel.get(pair)?.values() ?? []])
      .filter(({ selector }) => isConcerned(selector));
    return [...named, ...groups.flatMap(({ readers }) => [...readers])];
  }

  #select(source: Source, reader: ObjectKey, selection: Selection): void {
    const { selector, pair } = selection;
    const selections = this.#selections.get(reader);
    if (selections === undefined) this.#selections.set(reader, [selection]);
    else selections.push(selection);
    if ("name" in selector) {
      const readers = source.byName.get(selector.name);
      if (readers === undefined) source.byName.set(selector.name, new Set([reader]));
      else readers.add(reader);
    } else {
      const text = textOf(selector);
      const groups = source.byLabel.get(pair) ?? new Map<string, LabelGroup>();
      source.byLabel.set(pair, groups);
      const group = groups.get(text) ?? { selector, readers: new Set() };
      groups.set(text, group);
      group.readers.add(reader);
    }
  }

  #deselect(reader: ObjectKey): void {
    for (const { box, selector, pair } of this.#selections.get(reader) ?? []) {
      const { byName, byLabel } = this.#sources.get(box)!;
      if ("name" in selector) {
        const readers = byName.get(selector.name);
        if (readers?.delete(reader) === true && readers.size === 0) byName.delete(selector.name);
      } else {
        const text = textOf(selector);
        const groups = byLabel.get(pair);
        const group = groups?.get(text);
        if (group?.readers.delete(reader) === true && group.readers.size === 0) groups!.delete(text);
        if (groups?.size === 0) byLabel.delete(pair);
      }
    }
    this.#selections.delete(reader);
  }
}

function allReadersOf({ byName, byLabel }: Source): ObjectKey[] {
  const groups = [...byLabel.values()].flatMap((each) => [...each.values()]).map(({ readers }) => readers);
  return [...byName.values(), ...groups].flatMap((readers) => [...readers]);
}

function find({ table, labels }: Source, box: string, selector: CrossSelector): readonly CrossObject[] | string {
  const found: CrossObject[] = [];
  const keys = "name" in selector
    // A cluster-scoped object has no namespace.
    ? [objectKey(selector), selector.name].slice(0, selector.namespace === undefined ? 1 : 2)
    : labels.candidates(selector.labels) ?? table.keys();
  for (const key of keys) {
    const object = table.get(key)?.object;
    if (object !== undefined && matchesCross(selector, object)) found.push(object);
  }
  // With labels, one that is left out may be among them.
  if (table.omitted === 0 || (found.length > 0 && "name" in selector)) return found;
  return `"${box}" has more or larger objects than can be observed: ${table.omitted} are left out`;
}

function textOf(selector: CrossSelector): string {
  return canonicalJson({ ...selector, namespace: selector.namespace ?? null } as Json);
}

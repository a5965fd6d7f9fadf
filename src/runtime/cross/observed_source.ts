import type { Clock } from "../../base/clock.ts";
import { compareText } from "../../base/finding.ts";
import { canonicalJson, type Json, type JsonMap } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import { type CrossEntry, CrossSender, CrossTable, type CrossUpdate } from "../../box/mod.ts";
import type { CrossObject } from "../../input/mod.ts";
import type { ObjectKey } from "../../k8s/object.ts";

/** Objects, and characters of their JSON text, in one page; one object may exceed the latter. */
export const maxPageObjects = 500;
const maxPageChars = 1024 * 1024;

/** Some of the objects of a source, sorted by key. */
export interface CrossPage {
  readonly items: readonly CrossObject[];
  /** Number of all of them. */
  readonly total: number;
  /** Number of objects that are not published, since there are too many or they are too large. */
  readonly omitted: number;
  /** There are items after this key. */
  readonly next?: ObjectKey | undefined;
}

/**
 * A box that others observe, in whatever process it runs: what it published last, and those that follow it. Readers in
 * this process get changes pushed; readers elsewhere ask for pages, and for `version` to learn whether to.
 */
export class ObservedSource {
  readonly name: string;
  readonly #clock: Clock;
  readonly #table = new CrossTable();
  /** One for each box that observes it and runs. */
  readonly #followers = new Set<Follower>();
  /** Of entries as they are: one that changes is another record. */
  readonly #digests = new WeakMap<CrossEntry, bigint>();
  #changes = 0;
  #version: { readonly changes: number; readonly text: string } | undefined;
  #sorted: { readonly changes: number; readonly keys: readonly ObjectKey[] } | undefined;
  #isUnreached = false;

  /** `name` is that of the box, or the key of a source of another Runtime. */
  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  /** Everything was published once; what there is may be a part of it before. */
  get isComplete(): boolean {
    return this.#table.isComplete;
  }

  /**
   * A text for what is published, the same in every process that publishes the same. Made when it is asked for, in a
   * tenth of a second for as much as there may be, and then for what has changed.
   */
  get version(): string {
    if (this.#version?.changes !== this.#changes) {
      this.#version = { changes: this.#changes, text: this.#digest() };
    }
    return this.#version.text;
  }

  publish(update: CrossUpdate): void {
    const table = this.#table;
    const before = { omitted: table.omitted, isComplete: table.isComplete };
    const changes = table.apply(update);
    const isTouched = changes.length > 0 || before.omitted !== table.omitted;
    if (isTouched || before.isComplete !== table.isComplete) this.#changes++;
    for (const { sender } of this.#followers) {
      if (sender.hasBegun) { if (isTouched) sender.changed(changes.map(({ key }) => key)); }
      else if (table.isComplete) sender.begin();
    }
  }

  /** It could not be reached, and nothing is known of it: nobody need wait. Does nothing once something was known. */
  unreached(): void {
    if (this.#isUnreached || this.isComplete) return;
    this.#isUnreached = true;
    for (const follower of this.#followers) this.#tellUnreached(follower);
  }

  /** Sends the state as soon as it is complete, one update at a time, and then its changes. Returns how to end it. */
  follow(send: (update: CrossUpdate) => Promise<void>): () => void {
    const sender = new CrossSender({
      source: this.name,
      state: this.#table,
      send,
      delayMs: 0,
      clock: this.#clock,
    });
    const follower = { sender, send };
    this.#followers.add(follower);
    if (this.isComplete) sender.begin();
    else if (this.#isUnreached) this.#tellUnreached(follower);
    return () => {
      this.#followers.delete(follower);
      sender.stop();
    };
  }

  /** One object; `undefined`: there is none, or it is not published. */
  object(key: ObjectKey): CrossObject | undefined {
    return this.#table.get(key)?.object;
  }

  /** At most `limit` objects after this key. */
  page(limit: number, after?: ObjectKey): CrossPage {
    const keys = this.#keys();
    const items: CrossObject[] = [];
    let chars = 0;
    let at = after === undefined ? 0 : firstAfter(keys, after);
    for (; at < keys.length && items.length < Math.min(limit, maxPageObjects) && chars < maxPageChars; at++) {
      const { object, bytes } = this.#table.get(keys[at]!)!;
      items.push(object);
      chars += bytes;
    }
    return {
      items,
      total: keys.length,
      omitted: this.#table.omitted,
      ...(at < keys.length && items.length > 0 ? { next: keys[at - 1]! } : {}),
    };
  }

  /** Sum of the digests of the objects: it does not depend on their order. */
  #digest(): string {
    let sum = 0n;
    for (const key of this.#table.keys()) {
      const entry = this.#table.get(key)!;
      let digest = this.#digests.get(entry);
      if (digest === undefined) {
        digest = BigInt(`0x${sha256Hex(canonicalJson(jsonOf(entry.object))).slice(0, 32)}`);
        this.#digests.set(entry, digest);
      }
      sum += digest;
    }
    return `${BigInt.asUintN(128, sum).toString(36)}-${this.#table.omitted}`;
  }

  #tellUnreached({ send }: Follower): void {
    const update = {
      source: this.name,
      begins: false,
      complete: false,
      unreached: true,
      objects: [],
      gone: [],
      omitted: 0,
    };
    send(update).catch(() => {
      // One that does not receive it waits no longer than for any silent source.
    });
  }

  #keys(): readonly ObjectKey[] {
    if (this.#sorted?.changes !== this.#changes) {
      this.#sorted = { changes: this.#changes, keys: [...this.#table.keys()].sort(compareText) };
    }
    return this.#sorted.keys;
  }
}

interface Follower {
  readonly sender: CrossSender;
  readonly send: (update: CrossUpdate) => Promise<void>;
}

/** As it is sent. */
export function jsonOf({ name, namespace, labels, annotations, spec, status }: CrossObject): JsonMap {
  const texts = { labels: { ...labels }, annotations: { ...annotations } } as Record<string, Json>;
  return { name, ...(namespace === undefined ? {} : { namespace }), ...texts, spec, status };
}

/** Index of the first key that is greater, by binary search. */
function firstAfter(keys: readonly ObjectKey[], after: ObjectKey): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareText(keys[middle]!, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

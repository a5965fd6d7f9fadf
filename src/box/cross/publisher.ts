import type { Clock } from "../../base/clock.ts";
import { type Json, stringifyJson } from "../../base/json.ts";
import type { CrossObject } from "../../input/mod.ts";
import type { KubeObject, ObjectKey } from "../../k8s/object.ts";
import { CrossSender } from "./sender.ts";
import { isSameObject } from "./table.ts";
import { type CrossEntry, type CrossUpdate, maxObjectBytes, maxObjects, maxTotalBytes } from "./update.ts";

/** Changes are collected for this time: a status is often written in several steps. */
const delayMs = 5;
/** What kubectl keeps of the object itself, a second time. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

export interface PublisherOptions {
  readonly source: string;
  /** The CR as cached; `undefined`: there is none, or it is not selected. */
  readonly cr: (key: ObjectKey) => KubeObject | undefined;
  readonly keys: () => Iterable<ObjectKey>;
  /** `CrossEntry.hops` of a change of the CR now. */
  readonly hops: (key: ObjectKey) => number;
  readonly publish: (update: CrossUpdate) => Promise<void>;
  readonly clock: Clock;
  /** Reports what a user should know. */
  readonly note: (message: string) => void;
}

/** Publishes the CRs of a box to those that observe it, as long as something changes that they see. */
export class CrossPublisher {
  readonly #options: PublisherOptions;
  readonly #sender: CrossSender;
  readonly #entries = new Map<ObjectKey, CrossEntry>();
  /** CRs that exceed a bound: they are published as soon as there is room. */
  readonly #omitted = new Map<ObjectKey, { readonly bytes: number }>();
  #totalBytes = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const [entries, omitted] = [this.#entries, this.#omitted];
    this.#sender = new CrossSender({
      source: options.source,
      state: {
        get: (key) => entries.get(key),
        keys: () => entries.keys(),
        get omitted() {
          return omitted.size;
        },
      },
      send: options.publish,
      delayMs,
      clock: options.clock,
    });
  }

  /** All CRs are cached: they are published, and from now on their changes. */
  begin(): void {
    if (this.#sender.hasBegun) return;
    for (const key of this.#options.keys()) this.#update(key);
    this.#noteOmitted(0);
    this.#sender.begin();
  }

  /** A CR came, went or changed. */
  changed(key: ObjectKey): void {
    if (!this.#sender.hasBegun) return;
    const omitted = this.#omitted.size;
    const roomBefore = this.#totalBytes;
    const changed = this.#update(key) ? [key] : [];
    if (this.#totalBytes < roomBefore) {
      for (const [other, { bytes }] of [...this.#omitted]) {
        if (this.#fits(bytes) && this.#update(other)) changed.push(other);
      }
    }
    if (changed.length > 0 || omitted !== this.#omitted.size) this.#sender.changed(changed);
    this.#noteOmitted(omitted);
  }

  stop(): void {
    this.#sender.stop();
  }

  /** Returns whether observers see a difference. */
  #update(key: ObjectKey): boolean {
    const cr = this.#options.cr(key);
    const before = this.#entries.get(key);
    const object = cr === undefined ? undefined : crossObjectOf(cr);
    if (object === undefined) this.#omitted.delete(key);
    else if (before !== undefined && isSameObject(before.object, object)) return false;
    if (before !== undefined) {
      this.#entries.delete(key);
      this.#totalBytes -= before.bytes;
    }
    if (object === undefined) return before !== undefined;
    const bytes = stringifyJson(object).length;
    if (!this.#fits(bytes)) {
      this.#omitted.set(key, { bytes });
      return before !== undefined;
    }
    this.#omitted.delete(key);
    this.#entries.set(key, { object, bytes, hops: this.#options.hops(key) });
    this.#totalBytes += bytes;
    return true;
  }

  #fits(bytes: number): boolean {
    return bytes <= maxObjectBytes && this.#entries.size < maxObjects && this.#totalBytes + bytes <= maxTotalBytes;
  }

  #noteOmitted(before: number): void {
    if (before > 0 || this.#omitted.size === 0) return;
    const [first] = this.#omitted.keys();
    this.#options.note(
      `${first} cannot be observed by other boxes: an object may have ${maxObjectBytes / 1024} KiB as JSON, and all ` +
        `together ${maxTotalBytes / 1024 / 1024} MiB and a number of ${maxObjects}; boxes that look for what is left ` +
        "out fail",
    );
  }
}

/** What others see of a CR: what users and operators write, and nothing that every write changes. */
export function crossObjectOf({ metadata, spec, status }: KubeObject): CrossObject {
  const { [lastApplied]: _again, ...annotations } = metadata.annotations ?? {};
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    labels: metadata.labels ?? {},
    annotations,
    spec: (spec ?? {}) as Json,
    status: (status ?? {}) as Json,
  };
}

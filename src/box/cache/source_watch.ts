import type { Clock } from "../../base/clock.ts";
import { equalJson, isMap, type Json, type JsonMap } from "../../base/json.ts";
import { type Informer, isDenied, startInformer } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { type KubeObject, type ObjectKey, objectKey, type ResourceType } from "../../k8s/object.ts";
import type { SourceState } from "../../reconcile/mod.ts";

export interface SourceWatchOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** A watch works, or is tried again after an error. `what`: `Secret platform/registry`. */
  readonly watched: (
    what: string,
    type: ResourceType,
    failure?: { readonly error: unknown; readonly inMs: number },
  ) => void;
  /** A handler threw: a defect. */
  readonly failed: (error: unknown) => void;
}

/** How long a pass, and the start of a box, wait for the first list of a source. */
const settleMs = 3_000;
/**
 * How long a source that was read is refused until it counts: an API server that has just started refuses everything
 * until it has read the roles.
 */
const refusedMs = 1_000;
/** Without permission every try is a refused request. */
const maxForbiddenMs = 30_000;

type SourceContent = Extract<SourceState, { state: "found" }>["content"];

/** Of one object, or of everything that a watch covers. */
export type Changed = (key: ObjectKey | { readonly name: string }, resourceVersion?: string) => void;

/** One name, in one namespace or in all. */
export class SourceWatch {
  /** The first list is complete, or refused, or takes too long. */
  readonly settled: Promise<void>;
  isSettled = false;
  readonly chosen: boolean;
  readonly #settle: () => void;
  readonly #informer: Informer;
  readonly #cancel: () => void;
  readonly #contents = new Map<ObjectKey, SourceContent>();
  readonly #changed: Changed;
  readonly #name: string;
  #access: "pending" | "synced" | "refused" = "pending";
  #why: string | undefined;
  #refusedSinceMs: number | undefined;

  constructor(
    type: ResourceType,
    { namespace, name }: { readonly namespace: string | undefined; readonly name: string },
    chosen: boolean,
    { api, clock, random, watched, failed }: SourceWatchOptions,
    changed: Changed,
  ) {
    this.chosen = chosen;
    this.#name = name;
    this.#changed = changed;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#settle = () => {
      this.isSettled = true;
      this.#cancel();
      resolve();
    };
    const what = `${type.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
    this.#cancel = clock.after(settleMs, () => this.#settle());
    this.#informer = startInformer(api, type, { namespace, fieldSelector: `metadata.name=${name}` }, {
      upsert: (object) => this.#put(object),
      removed: ({ metadata }) => this.#remove(objectKey(metadata), metadata.resourceVersion),
      replaced: (keys, resourceVersion) => {
        for (const key of [...this.#contents.keys()]) if (!keys.has(key)) this.#remove(key, resourceVersion);
      },
      restarted: () => {},
      state: (state, detail) => {
        const isRefused = detail !== undefined && isDenied(detail.error);
        if (state === "watching" || (detail !== undefined && !isRefused)) this.#refusedSinceMs = undefined;
        if (state === "synced") this.#accessed("synced", undefined);
        if (state === "watching") watched(what, type);
        if (state !== "retrying" || detail === undefined) return;
        watched(what, type, detail);
        this.#why = detail.error instanceof Error ? detail.error.message : String(detail.error);
        if (!isRefused) return;
        this.#refusedSinceMs ??= clock.nowMs();
        if (this.#access === "synced" && clock.nowMs() - this.#refusedSinceMs < refusedMs) return;
        this.#accessed("refused", this.#why);
      },
      failed,
    }, { clock, random, streamsState: true, maxForbiddenMs });
  }

  state(key: ObjectKey): SourceState {
    if (this.#access === "refused") return { state: "unreadable", why: this.#why ?? "" };
    if (this.#access === "pending") return { state: "pending", why: this.#why };
    const content = this.#contents.get(key);
    return content === undefined ? { state: "absent" } : { state: "found", content };
  }

  async stop(): Promise<void> {
    this.#settle();
    await this.#informer.stop();
  }

  #put(object: KubeObject): void {
    // What a server without the field selector would send besides.
    if (object.metadata.name !== this.#name) return;
    const key = objectKey(object.metadata);
    const content = contentOf(object);
    if (equalJson(this.#contents.get(key) as Json | undefined, content as unknown as Json)) return;
    this.#contents.set(key, content);
    if (this.#access === "synced") this.#changed(key, object.metadata.resourceVersion);
  }

  #remove(key: ObjectKey, resourceVersion: string | undefined): void {
    if (this.#contents.delete(key) && this.#access === "synced") this.#changed(key, resourceVersion);
  }

  #accessed(access: "synced" | "refused", why: string | undefined): void {
    this.#settle();
    this.#why = why;
    if (this.#access === access) return;
    this.#access = access;
    this.#changed({ name: this.#name });
  }
}

/** All that is copied: nothing else of the object is kept. */
function contentOf(object: KubeObject): SourceContent {
  const { type } = object as { readonly type?: unknown };
  const map = (value: unknown): JsonMap => isMap(value as Json) ? value as JsonMap : {};
  return {
    ...(typeof type === "string" ? { type } : {}),
    data: map(object["data"]),
    binaryData: map(object["binaryData"]),
    ...(isMap(object["spec"]) ? { spec: object["spec"] } : {}),
  };
}

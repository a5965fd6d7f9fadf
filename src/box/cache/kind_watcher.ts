import { ApiError, discoverTwice, discoverType, isMissingType, startInformer } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { groupKind, type ObjectKey, type ResourceType } from "../../k8s/object.ts";

type InformerArguments = Parameters<typeof startInformer>;
type InformerHandlers = InformerArguments[3];

/** Handlers of a watcher, besides those of an informer. */
export interface KindHandlers extends Omit<InformerHandlers, "replaced"> {
  /** As for an informer, for one namespace, or for all when it is `undefined`. */
  replaced(keys: ReadonlySet<ObjectKey>, resourceVersion: string, namespace: string | undefined): void;
  /** The API server serves the kind, under this type; its objects follow. */
  found?(type: ResourceType): void;
  /** The API server serves the kind, under this type, and all its objects are known. */
  served(type: ResourceType): void;
  /** The API server does not serve the kind: it has no objects (ruling 70). */
  missing(): void;
  /** Its objects have been unreadable for a while, until `served` or `missing` is called. */
  unseen(error: unknown): void;
}

/** Which objects of the kind. */
export interface KindQuery {
  /** One request for each; `undefined`: one for all, or for a cluster-scoped kind. */
  readonly namespaces?: readonly string[] | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** What the box knows of a kind beforehand. */
export interface WatchedKind {
  /** Its plural and scope need no discovery. */
  readonly builtIn: boolean;
  /**
   * Since when the API server is known to let the box read something else, in monotonic ms; until then an outage is as
   * likely. Absent: the box cannot do without the kind.
   */
  readonly readableSinceMs?: (() => number | undefined) | undefined;
}

/** How often discovery is polled for a kind that is not served, unless `recheck` is called earlier. */
const recheckMs = 5_000;
/** Between two checks after a 404 of a watch. */
const doubtMs = 1_000;
/** How long reading a kind may fail before the box starts without it: RBAC may be granted just after the start. */
const unseenMs = 3_000;
/** How long there is no response at all, and no object, before nobody waits for it any longer. */
const silenceMs = 15_000;
const initialWaitMs = 250;
const maxWaitMs = 10_000;

/**
 * Watches the objects of a kind as long as the API server serves it, and polls discovery when it does not. Plural and
 * scope of a kind that is not built in come from discovery; those in a Katalog may be a guess.
 */
export class KindWatcher {
  /**
   * The kind is served and all its objects are listed, or it is not served; or it cannot be read, where the box can do
   * without it. Rejects when stopped before.
   */
  readonly settled: Promise<void>;
  readonly #settled = Promise.withResolvers<void>();
  readonly #api: ClusterApi;
  readonly #type: ResourceType;
  readonly #query: KindQuery;
  readonly #handlers: KindHandlers;
  readonly #options: InformerArguments[4];
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  readonly #builtIn: boolean;
  readonly #readableSinceMs: WatchedKind["readableSinceMs"];
  /** When reading the kind started to fail, without success since. */
  #failingSinceMs: number | undefined;
  /** When the API server last gave a sign of the kind. */
  #lastSignMs: number;
  #cancelSilence: (() => void) | undefined;
  #wake = (): void => {};
  /** The present watch. */
  #watched: { readonly type: ResourceType; readonly end: (found: ResourceType | undefined) => void } | undefined;
  /** Discovery has said that the kind is not served, and nothing else since. */
  #isMissing = false;
  #recheckedMs = -Infinity;
  #cancelRecheck: (() => void) | undefined;
  #checking: Promise<void> | undefined;
  #checkedMs = -Infinity;
  /** How often the kind was listed, or a watch of it opened. */
  #successes = 0;
  /** Something has happened since the last check began. */
  #isDoubted = false;

  constructor(
    api: ClusterApi,
    type: ResourceType,
    query: KindQuery,
    handlers: KindHandlers,
    options: InformerArguments[4],
    { builtIn, readableSinceMs }: WatchedKind,
  ) {
    this.#api = api;
    this.#type = type;
    this.#query = query;
    this.#handlers = handlers;
    this.#options = options;
    this.#readableSinceMs = readableSinceMs;
    this.settled = this.#settled.promise;
    this.settled.catch(() => {/* rejects when stopped before; a handler is optional */});
    this.#builtIn = builtIn;
    this.#lastSignMs = options.clock.nowMs();
    if (readableSinceMs !== undefined) this.#watchSilence(readableSinceMs);
    this.settled.finally(() => this.#cancelSilence?.()).catch(() => {/* see above */});
    this.#done = this.#run();
  }

  isOf(type: ResourceType): boolean {
    return groupKind(type) === groupKind(this.#type);
  }

  /** To be called when the kind may be served by now, or under another plural or scope. */
  recheck(): void {
    this.#wake();
    this.#recheck();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelRecheck?.();
    this.#wake();
    this.#settled.reject(new DOMException("The watch was stopped", "AbortError"));
    await Promise.all([this.#done, this.#checking]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    let found: ResourceType | undefined = this.#builtIn ? this.#type : undefined;
    while (!signal.aborted) {
      if (found === undefined) {
        try {
          found = await this.#discover();
          failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          const inMs = this.#waitMs(failures++);
          this.#handlers.state("retrying", { error, inMs });
          // No response: an outage is not why a kind that was not served cannot be read.
          if (!this.#isMissing || error instanceof ApiError) this.#failedToRead(error);
          else this.#failingSinceMs = undefined;
          await this.#wait(inMs);
          continue;
        }
      }
      if (found !== undefined) {
        this.#isMissing = false;
        found = await this.#watch(found);
        if (signal.aborted) return;
      }
      this.#failingSinceMs = undefined;
      this.#handlers.missing();
      if (found !== undefined) continue;
      this.#isMissing = true;
      this.#settled.resolve();
      await this.#wait(recheckMs);
    }
  }

  /** Returns the type under which the kind is served. "Not served" is believed once it has been said twice. */
  async #discover(): Promise<ResourceType | undefined> {
    const { signal } = this.#stopping;
    if (this.#isMissing) return await discoverType(this.#api, this.#type, { signal });
    return await discoverTwice(this.#api, this.#type, { clock: this.#options.clock, signal });
  }

  /**
   * A CRD that is deleted and recreated may have another scope, and the watch, whose path is valid for both, does not
   * notice.
   */
  #recheck(): void {
    if (this.#watched === undefined || this.#builtIn || this.#cancelRecheck !== undefined) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, this.#recheckedMs + recheckMs - clock.nowMs());
    this.#cancelRecheck = clock.after(waitMs, () => {
      this.#cancelRecheck = undefined;
      this.#recheckedMs = clock.nowMs();
      this.#check();
    });
  }

  /** A watch had a 404. What comes too soon after a check may be dropped: the informer tries again, and has another. */
  #doubt(): void {
    if (this.#checking === undefined && this.#options.clock.nowMs() - this.#checkedMs >= doubtMs) this.#check();
  }

  /** Ends the watch when discovery does not have the kind under its type any more. One check at a time. */
  #check(): void {
    this.#isDoubted = true;
    this.#checking ??= this.#checkWhileDoubted();
  }

  async #checkWhileDoubted(): Promise<void> {
    while (this.#isDoubted && !this.#stopping.signal.aborted) {
      this.#isDoubted = false;
      await this.#checkType();
    }
    this.#checking = undefined;
  }

  async #checkType(): Promise<void> {
    const watched = this.#watched;
    if (watched === undefined) return;
    this.#checkedMs = this.#options.clock.nowMs();
    const successes = this.#successes;
    try {
      const found = await discoverTwice(this.#api, watched.type, {
        clock: this.#options.clock,
        signal: this.#stopping.signal,
        isRead: () => this.#successes > successes,
      });
      if (!isSameResource(watched.type, found)) watched.end(found);
    } catch {
      // Only a check: the watch itself reports errors of the API server.
    }
  }

  /** Watches until the API server does not serve the kind any more, or under another type, which is returned. */
  async #watch(type: ResourceType): Promise<ResourceType | undefined> {
    const gone = Promise.withResolvers<ResourceType | undefined>();
    this.#watched = { type, end: gone.resolve };
    this.#handlers.found?.(type);
    const { namespaces, ...selectors } = this.#query;
    const places: readonly (string | undefined)[] = namespaces ?? [undefined];
    const pending = new Set(places);
    const complete = (): void => {
      if (pending.size > 0) return;
      this.#failingSinceMs = undefined;
      this.#handlers.served(type);
      this.#settled.resolve();
    };
    complete();
    const informers = places.map((namespace) =>
      startInformer(this.#api, type, { ...selectors, namespace }, {
        ...this.#handlers,
        upsert: (object) => {
          this.#lastSignMs = this.#options.clock.nowMs();
          if ((object.metadata.namespace !== undefined) === type.namespaced) this.#handlers.upsert(object);
          else this.recheck();
        },
        replaced: (keys, resourceVersion) => this.#handlers.replaced(keys, resourceVersion, namespace),
        state: (state, detail) => {
          this.#handlers.state(state, detail);
          if (state === "synced" || state === "watching") this.#successes++;
          if (detail !== undefined && isMissingType(detail.error)) this.#doubt();
          if (detail !== undefined && pending.has(namespace)) this.#failedToRead(detail.error);
          if (state === "synced" && pending.delete(namespace)) complete();
        },
      }, this.#options)
    );
    const { signal } = this.#stopping;
    const stop = (): void => gone.resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    const found = signal.aborted ? undefined : await gone.promise;
    signal.removeEventListener("abort", stop);
    this.#watched = undefined;
    await Promise.all(informers.map((informer) => informer.stop()));
    return found;
  }

  /** Until the kind is settled: a request that hangs brings no error for a long time. */
  #watchSilence(readableSinceMs: () => number | undefined): void {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const waitMs = Math.max(this.#lastSignMs, readableSinceMs() ?? nowMs) + silenceMs - nowMs;
    if (waitMs <= 0) {
      this.#handlers.unseen(new Error(`No response for ${silenceMs / 1000} s`));
      return this.#settled.resolve();
    }
    this.#cancelSilence = clock.after(waitMs, () => this.#watchSilence(readableSinceMs));
  }

  #failedToRead(error: unknown): void {
    const nowMs = this.#options.clock.nowMs();
    this.#lastSignMs = nowMs;
    this.#failingSinceMs ??= nowMs;
    const readableMs = this.#readableSinceMs?.();
    if (readableMs === undefined || nowMs - Math.max(this.#failingSinceMs, readableMs) < unseenMs) return;
    this.#handlers.unseen(error);
    this.#settled.resolve();
  }

  #waitMs(failures: number): number {
    const growing = Math.min(maxWaitMs, initialWaitMs * 2 ** Math.min(failures, 20));
    return growing * (1 - this.#options.random() / 2);
  }

  async #wait(ms: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = () => {};
  }
}

function isSameResource(a: ResourceType, b: ResourceType | undefined): boolean {
  return a.plural === b?.plural && a.namespaced === b.namespaced;
}

import type { Clock } from "../base/clock.ts";
import {
  compareResourceVersions,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
} from "../k8s/object.ts";
import { ApiError, isExpired, isMissingType, MalformedResponseError, ResponseTooLargeError } from "./api_error.ts";
import type { ClusterApi, ListQuery, WatchEvent } from "./ports.ts";
import { sleep } from "./sleep.ts";

export type InformerState = "listing" | "synced" | "watching" | "retrying";

/** What an informer tells. All calls come one after the other; one that throws is told to `failed` and then forgotten. */
export interface InformerHandlers {
  /** An object as it is now: new, changed, or the same as before (after a list). Complete, with apiVersion and kind. */
  upsert(object: KubeObject): void;
  /** An object's last state; it is gone, or the selectors no longer match it. */
  removed(object: KubeObject): void;
  /**
   * The server's history is another one than before, as after a restore from a backup: what `upsert` brings from here on
   * counts, also where its resourceVersion is lower than what was seen, and `replaced` follows.
   */
  restarted(): void;
  /** A list is complete, all of it was handed to `upsert`: whatever is not in `keys` is gone. */
  replaced(keys: ReadonlySet<ObjectKey>, resourceVersion: string): void;
  /** `retrying` comes with what went wrong and when the next try is. */
  state(state: InformerState, detail?: { readonly error: unknown; readonly inMs: number }): void;
  /** A handler threw. */
  failed(error: unknown): void;
}

export interface InformerOptions {
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** Stops the informer as `stop()` does. */
  readonly signal?: AbortSignal;
  /**
   * Ask for the state as a stream, object by object, in place of pages; where the server does not offer that, it is
   * pages all the same. The default is pages.
   */
  readonly streamsState?: boolean;
  /** Events of states with such a resourceVersion are left out: whoever listens knows them from its own writes. */
  readonly isKnown?: (resourceVersion: string) => boolean;
  /** Waits after errors double from `initialMs` to `maxMs`, each shortened by up to a half at random. */
  readonly backoff?: { readonly initialMs: number; readonly maxMs: number };
}

export interface Informer {
  /** Ends it; no handler is called any more. Resolves when its request is gone. */
  stop(): Promise<void>;
  /** The first list is complete. Rejects with an `AbortError` when stopped before; nobody has to listen. */
  readonly synced: Promise<void>;
}

/** The longest wait is short for a reason: what drifts meanwhile is not mended. */
const defaultBackoff = { initialMs: 250, maxMs: 10_000 };
/** A CRD that is not there yet is looked for at least so often: somebody is about to install it. */
const missingTypeMaxMs = 5_000;
/** A watch that lasted so long was a good one: whatever ends it, the next wait is the shortest. */
const goodWatchMs = 5_000;
/** Where the list took so long that its continue token expired, pages grow by this factor up to the largest. */
const growPageFactor = 4;
const initialPageSize = 500;
const maxPageSize = 8_000;

/** A stream of the state that is silent for so long never ends: the server, or a proxy, does not know what was asked. */
const stateSilenceMs = 30_000;

/** The server's history is not the one we saw: it was restored from a backup. */
class HistoryResetError extends Error {
  override name = "HistoryResetError";
}

/**
 * Keeps telling the state of all objects of a type that match a query: list in pages, then watch from the list's
 * resourceVersion, so that nothing between the two is lost; or one watch that begins with the state.
 *
 * A watch that ends or breaks off goes on from the last resourceVersion. A new list is made only when the server no
 * longer knows that version (410), has another history, or answered something that cannot be read; deletions that were
 * missed are then told by `replaced`. Every error is tried again, with growing waits and never sooner than the server
 * asks; a type that the server does not know is an error like any other.
 */
export function startInformer(
  api: ClusterApi,
  type: ResourceType,
  query: ListQuery,
  handlers: InformerHandlers,
  options: InformerOptions,
): Informer {
  const loop = new InformerLoop(api, type, query, handlers, options);
  const done = loop.run();
  return {
    synced: loop.synced.promise,
    stop() {
      loop.abort();
      return done;
    },
  };
}

class InformerLoop {
  readonly synced = Promise.withResolvers<void>();
  readonly #api: ClusterApi;
  readonly #type: ResourceType;
  readonly #query: ListQuery;
  readonly #handlers: InformerHandlers;
  readonly #options: InformerOptions;
  readonly #controller = new AbortController();
  readonly #abort = () => this.abort();
  /** Where to watch from; without it a list comes first. */
  #resourceVersion: string | undefined;
  /** How far the history had come that was seen before the present list. */
  #seen: string | undefined;
  /** Errors since the last good watch. */
  #failures = 0;
  /** The last error was a forgotten history. */
  #forgotten = false;
  #pageSize = initialPageSize;
  #streams: boolean;

  constructor(
    api: ClusterApi,
    type: ResourceType,
    query: ListQuery,
    handlers: InformerHandlers,
    options: InformerOptions,
  ) {
    this.#api = api;
    this.#type = type;
    this.#query = query;
    this.#handlers = handlers;
    this.#options = options;
    this.#streams = options.streamsState ?? false;
    this.synced.promise.catch(() => {
      // Nobody has to wait for it.
    });
    if (options.signal?.aborted) this.abort();
    options.signal?.addEventListener("abort", this.#abort, { once: true });
  }

  abort(): void {
    this.#controller.abort();
  }

  async run(): Promise<void> {
    const { signal } = this.#controller;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined && this.#streams) await this.#stream();
        else {
          this.#resourceVersion ??= await this.#list();
          await this.#watch(this.#resourceVersion);
        }
      } catch (error) {
        if (signal.aborted) break;
        await this.#recover(error);
      }
    }
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.synced.reject(new DOMException("The informer was stopped", "AbortError"));
  }

  async #list(): Promise<string> {
    const { signal } = this.#controller;
    this.#tell(() => this.#handlers.state("listing"));
    const keys = new Set<ObjectKey>();
    const { resourceVersion } = await this.#api.list(this.#type, this.#query, (items) => {
      for (const item of items) {
        keys.add(objectKey(item.metadata));
        this.#tell(() => this.#handlers.upsert(item));
      }
    }, { signal, pageSize: this.#pageSize });
    signal.throwIfAborted();
    this.#pageSize = initialPageSize;
    this.#stateIsComplete(keys, resourceVersion);
    return resourceVersion;
  }

  #stateIsComplete(keys: ReadonlySet<ObjectKey>, resourceVersion: string): void {
    // Lists are consistent reads, never older than what was seen. All of it once more, for those who compare versions.
    if (this.#seen !== undefined && compareResourceVersions(resourceVersion, this.#seen) < 0) {
      const seen = this.#seen;
      this.#seen = undefined;
      this.#tell(() => this.#handlers.restarted());
      throw new HistoryResetError(`A list of ${resourceVersion} after ${seen}`);
    }
    this.#seen = undefined;
    this.#tell(() => this.#handlers.replaced(keys, resourceVersion));
    this.#tell(() => this.#handlers.state("synced"));
    this.#forgotten = false;
    this.synced.resolve();
  }

  /** One watch that begins with the state. Throws when it ends before the state is complete. */
  async #stream(): Promise<void> {
    const { clock } = this.#options;
    this.#tell(() => this.#handlers.state("listing"));
    const keys = new Set<ObjectKey>();
    const attempt = new AbortController();
    let lastMs = clock.nowMs();
    let silent = false;
    const look = (): void => {
      const restMs = lastMs + stateSilenceMs - clock.nowMs();
      if (restMs > 0) return void (cancel = clock.after(restMs, look));
      silent = true;
      attempt.abort();
    };
    let cancel = clock.after(stateSilenceMs, look);
    const stop = (): void => attempt.abort(this.#controller.signal.reason);
    this.#controller.signal.addEventListener("abort", stop, { once: true });
    try {
      await this.#watch(undefined, attempt.signal, (event) => {
        lastMs = clock.nowMs();
        if (event.type === "BOOKMARK") {
          if (event.endsState !== true) return false;
          cancel();
          this.#stateIsComplete(keys, event.resourceVersion);
          return true;
        }
        if (event.type === "KNOWN") throw new TypeError("A state that has to be complete came without its object");
        const { object } = event;
        if (event.type === "DELETED") keys.delete(objectKey(object.metadata));
        else keys.add(objectKey(object.metadata));
        this.#tell(() => event.type === "DELETED" ? this.#handlers.removed(object) : this.#handlers.upsert(object));
        return false;
      });
    } catch (error) {
      // It does not know streams of states, or something between does not: pages are understood everywhere.
      if (silent || (error instanceof ApiError && (error.status === 400 || error.status === 422))) {
        this.#streams = false;
        if (!this.#controller.signal.aborted) return;
      }
      throw error;
    } finally {
      cancel();
      this.#controller.signal.removeEventListener("abort", stop);
    }
  }

  /**
   * One watch. Returns or throws with `#resourceVersion` at the last event. Without a resourceVersion the state comes
   * first: `takeState` gets all of it and answers true when it is complete.
   */
  async #watch(
    resourceVersion: string | undefined,
    signal: AbortSignal = this.#controller.signal,
    takeState?: (event: WatchEvent) => boolean,
  ): Promise<void> {
    const { clock, isKnown: known } = this.#options;
    let openedMs = Infinity;
    let complete = takeState === undefined;
    // A state has to name all that is there.
    const isKnown = known && ((version: string) => complete && known(version));
    const isWatching = (): void => {
      openedMs = clock.nowMs();
      this.#tell(() => this.#handlers.state("watching"));
    };
    try {
      const query = resourceVersion === undefined ? this.#query : { ...this.#query, resourceVersion };
      await this.#api.watch(this.#type, query, (event) => {
        if (!complete) {
          complete = takeState!(event);
          if (!complete) return;
          if (event.type === "BOOKMARK") this.#resourceVersion = event.resourceVersion;
          isWatching();
        } else this.#take(event);
      }, { signal, ...(isKnown === undefined ? {} : { isKnown }), ...(complete ? { onOpen: isWatching } : {}) });
    } finally {
      if (clock.nowMs() - openedMs >= goodWatchMs) this.#failures = 0;
      else if (complete) this.#failures++; // else #recover counts
    }
    if (!complete) throw new WatchEndedError("The watch ended before the state was complete");
    // A server, or a proxy, that ends every watch at once must not keep us busy.
    if (this.#failures > 0) await this.#wait(new WatchEndedError("The watch ended at once"), this.#waitMs());
  }

  #take(event: WatchEvent): void {
    if (event.type === "BOOKMARK") {
      if (compareResourceVersions(event.resourceVersion, this.#resourceVersion!) < 0) {
        throw new HistoryResetError(`Bookmark ${event.resourceVersion} after ${this.#resourceVersion}`);
      }
      this.#resourceVersion = event.resourceVersion;
      return;
    }
    if (event.type === "KNOWN") {
      this.#resourceVersion = event.resourceVersion;
      return;
    }
    const { object } = event;
    this.#tell(() => event.type === "DELETED" ? this.#handlers.removed(object) : this.#handlers.upsert(object));
    this.#resourceVersion = object.metadata.resourceVersion!;
  }

  async #recover(error: unknown): Promise<void> {
    const listed = this.#resourceVersion !== undefined;
    if (!listed) this.#failures++; // #watch counts for itself
    if (isExpired(error) && !listed) {
      this.#pageSize = Math.min(this.#pageSize * growPageFactor, maxPageSize);
    }
    if (needsList(error)) {
      this.#seen ??= this.#resourceVersion;
      this.#resourceVersion = undefined;
    }
    // A history that is gone is ordinary once, also after an outage; in a row it is trouble.
    const forgotten = isExpired(error) || error instanceof HistoryResetError;
    const again = forgotten && this.#forgotten;
    this.#forgotten = forgotten;
    if (forgotten && !again) {
      this.#failures = 0; // the server answers
      return;
    }
    const waitMs = this.#waitMs(isMissingType(error) ? missingTypeMaxMs : undefined);
    await this.#wait(error, Math.max(waitMs, error instanceof ApiError ? error.retryAfterMs ?? 0 : 0));
  }

  #waitMs(capMs = Infinity): number {
    const { initialMs, maxMs } = this.#options.backoff ?? defaultBackoff;
    const doublings = Math.min(Math.max(this.#failures - 1, 0), 30);
    return Math.min(initialMs * 2 ** doublings, maxMs, capMs) * (1 - this.#options.random() / 2);
  }

  async #wait(error: unknown, inMs: number): Promise<void> {
    this.#tell(() => this.#handlers.state("retrying", { error, inMs }));
    await sleep(this.#options.clock, inMs, this.#controller.signal);
  }

  /** Calls a handler. What it throws is its own trouble: the objects that follow still have to be told. */
  #tell(call: () => void): void {
    if (this.#controller.signal.aborted) return;
    try {
      call();
    } catch (error) {
      try {
        this.#handlers.failed(error);
      } catch {
        // The one who reports failures failed: there is nobody left to tell.
      }
    }
  }
}

/** A watch that ended without an error and without anything told. */
class WatchEndedError extends Error {
  override name = "WatchEndedError";
}

/** Going on from the last resourceVersion leads nowhere. */
function needsList(error: unknown): boolean {
  if (error instanceof HistoryResetError || error instanceof MalformedResponseError) return true;
  if (error instanceof ResponseTooLargeError) return true;
  if (!(error instanceof ApiError)) return false;
  // 403 and 404: who may not watch, or watches what is gone, must know what is there once it works again.
  return isExpired(error) || error.status === 403 || error.status === 404 ||
    error.causes.some((cause) => cause.reason === "ResourceVersionTooLarge");
}

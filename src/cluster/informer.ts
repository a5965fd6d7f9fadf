import type { Clock } from "../base/clock.ts";
import {
  compareResourceVersions,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
} from "../k8s/object.ts";
import {
  ApiError,
  isDenied,
  isExpired,
  isMissingType,
  MalformedResponseError,
  ResponseTooLargeError,
} from "./api_error.ts";
import type { ClusterApi, ListQuery, WatchEvent } from "./ports.ts";
import { sleep } from "./sleep.ts";

export type InformerState = "listing" | "synced" | "watching" | "retrying";

/** Event handlers. Calls are serial; an error that one throws is passed to `failed`. */
export interface InformerHandlers {
  /** An object as it is now: new, changed, or the same as before (after a list). Complete, with apiVersion and kind. */
  upsert(object: KubeObject): void;
  /** An object's last state; it is gone, or the selectors no longer match it. */
  removed(object: KubeObject): void;
  /**
   * The server's history has changed, as after a restore from a backup: later calls of `upsert` are current although
   * their resourceVersion may be lower than one seen before, and `replaced` follows.
   */
  restarted(): void;
  /** A list is complete, all of it was passed to `upsert`: whatever is not in `keys` is gone. */
  replaced(keys: ReadonlySet<ObjectKey>, resourceVersion: string): void;
  /** `retrying` comes with the error and the delay before the next attempt. */
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
   * Request the state as a stream, object by object, in place of pages (`sendInitialEvents`); where the server does not
   * support that, pages are used. The default is pages.
   */
  readonly streamsState?: boolean;
  /** Events with such a resourceVersion are skipped: the caller knows these states from its own writes. */
  readonly isKnown?: (resourceVersion: string) => boolean;
  /** Backoff after errors: doubles from `initialMs` to `maxMs`, each delay shortened by up to a half at random. */
  readonly backoff?: { readonly initialMs: number; readonly maxMs: number };
  /**
   * Maximum delay where the server keeps refusing the request (403); that of the backoff when absent. The first delays are
   * those of the backoff: an API server that has just started refuses everything until it has read the roles.
   */
  readonly maxForbiddenMs?: number;
}

export interface Informer {
  /** Stops it; no handler is called afterwards. Resolves when its request has ended. */
  stop(): Promise<void>;
  /** The first list is complete. Rejects with an `AbortError` when stopped before; may be ignored. */
  readonly synced: Promise<void>;
}

/** The maximum is short on purpose: drift is not corrected meanwhile. */
const defaultBackoff = { initialMs: 250, maxMs: 10_000 };
/** Maximum delay for a CRD that does not exist yet: it may be installed any moment. */
const missingTypeMaxMs = 5_000;
/** A watch that lasted this long was healthy: however it ends, the backoff is reset. */
const goodWatchMs = 5_000;
/** Where the list took so long that its continue token expired, pages grow by this factor up to the maximum. */
const growPageFactor = 4;
const initialPageSize = 500;
const maxPageSize = 8_000;

/** An initial stream that is silent for this long never ends: the server, or a proxy, does not support it. */
const stateSilenceMs = 30_000;

/** The server's history has changed: it was restored from a backup. */
class HistoryResetError extends Error {
  override name = "HistoryResetError";
}

/**
 * Lists and watches all objects of a type that match a query: list in pages, then watch from the list's
 * resourceVersion, so that no change between the two is lost; or one watch that begins with the state.
 *
 * A watch that ends continues from the last resourceVersion. The informer relists only when the server no
 * longer has that version (410), has another history, or sent a malformed response; deletions that were
 * missed are then reported by `replaced`. Every error is retried with exponential backoff, and never before
 * `Retry-After`; a type that the server does not know is an error like any other.
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
  /** Where to watch from; `undefined`: list first. */
  #resourceVersion: string | undefined;
  /** The latest resourceVersion seen before the current list. */
  #seen: string | undefined;
  /** Errors since the last healthy watch. */
  #failures = 0;
  /** How often in a row, up to now, the server refused the request (401, 403), or did not know the resource (404). */
  #refusals = 0;
  /** The last error was an expired resourceVersion. */
  #forgotten = false;
  /** The server was away: it may have another history when it is back. */
  #doubts = false;
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
      // Nobody is required to wait for it.
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
          if (this.#doubts) await this.#compareHistory(this.#resourceVersion);
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
    this.#notify(() => this.#handlers.state("listing"));
    const keys = new Set<ObjectKey>();
    const { resourceVersion } = await this.#api.list(this.#type, this.#query, (items) => {
      for (const item of items) {
        keys.add(objectKey(item.metadata));
        this.#notify(() => this.#handlers.upsert(item));
      }
    }, { signal, pageSize: this.#pageSize });
    signal.throwIfAborted();
    this.#pageSize = initialPageSize;
    this.#stateIsComplete(keys, resourceVersion);
    return resourceVersion;
  }

  /**
   * A server that was restored from a backup accepts a watch from a version that it has not reached, and stays silent
   * until it has: changes up to there would be lost. A list is a consistent read, so its version tells.
   */
  async #compareHistory(seen: string): Promise<void> {
    const { signal } = this.#controller;
    const options = { signal, pageSize: 1, maxPages: 1 };
    this.#failures++;
    const { resourceVersion } = await this.#api.list(this.#type, this.#query, () => {}, options);
    signal.throwIfAborted();
    this.#failures--;
    if (compareResourceVersions(resourceVersion, seen) < 0) {
      throw new HistoryResetError(`The server is at ${resourceVersion}, ${seen} was seen before it was away`);
    }
    this.#doubts = false;
  }

  #stateIsComplete(keys: ReadonlySet<ObjectKey>, resourceVersion: string): void {
    // Lists are consistent reads, never older than what was seen. Reports all of it again, for callers that compare
    // versions.
    if (this.#seen !== undefined && compareResourceVersions(resourceVersion, this.#seen) < 0) {
      const seen = this.#seen;
      this.#seen = undefined;
      this.#notify(() => this.#handlers.restarted());
      throw new HistoryResetError(`A list of ${resourceVersion} after ${seen}`);
    }
    this.#seen = undefined;
    this.#doubts = false;
    this.#notify(() => this.#handlers.replaced(keys, resourceVersion));
    this.#notify(() => this.#handlers.state("synced"));
    this.#forgotten = false;
    this.synced.resolve();
  }

  /** One watch that begins with the state. Throws when it ends before the state is complete. */
  async #stream(): Promise<void> {
    const { clock } = this.#options;
    this.#notify(() => this.#handlers.state("listing"));
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
        this.#notify(() => event.type === "DELETED" ? this.#handlers.removed(object) : this.#handlers.upsert(object));
        return false;
      });
    } catch (error) {
      // The server, or something in between, does not support streaming lists: fall back to pages.
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
   * first: `takeState` gets all of it and returns true when it is complete.
   */
  async #watch(
    resourceVersion: string | undefined,
    signal: AbortSignal = this.#controller.signal,
    takeState?: (event: WatchEvent) => boolean,
  ): Promise<void> {
    const { clock, isKnown: known } = this.#options;
    let openedMs = Infinity;
    let complete = takeState === undefined;
    // A streaming list must name all existing objects.
    const isKnown = known && ((version: string) => complete && known(version));
    const isWatching = (): void => {
      openedMs = clock.nowMs();
      this.#notify(() => this.#handlers.state("watching"));
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
      if (clock.nowMs() - openedMs >= goodWatchMs) this.#failures = this.#refusals = 0;
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
    this.#notify(() => event.type === "DELETED" ? this.#handlers.removed(object) : this.#handlers.upsert(object));
    this.#resourceVersion = object.metadata.resourceVersion!;
  }

  async #recover(error: unknown): Promise<void> {
    const listed = this.#resourceVersion !== undefined;
    this.#refusals = isRefusal(error) ? this.#refusals + 1 : 0;
    if (listed) this.#doubts = true;
    else this.#failures++; // #watch counts for itself
    if (isExpired(error) && !listed) {
      this.#pageSize = Math.min(this.#pageSize * growPageFactor, maxPageSize);
    }
    if (needsList(error)) {
      this.#seen ??= this.#resourceVersion;
      this.#resourceVersion = undefined;
    }
    // One expired resourceVersion is normal, also after an outage; several in a row are a fault.
    const forgotten = isExpired(error) || error instanceof HistoryResetError;
    const again = forgotten && this.#forgotten;
    this.#forgotten = forgotten;
    if (forgotten && !again) {
      this.#failures = 0; // the server responds
      return;
    }
    const waitMs = this.#recoveryMs(error);
    await this.#wait(error, Math.max(waitMs, error instanceof ApiError ? error.retryAfterMs ?? 0 : 0));
  }

  /** A server that refuses responds: the failures of an outage before it do not count. */
  #recoveryMs(error: unknown): number {
    const { backoff = defaultBackoff, maxForbiddenMs = backoff.maxMs } = this.#options;
    if (this.#refusals === 0) return this.#waitMs();
    const isForbidden = error instanceof ApiError && error.status === 403;
    const maxMs = isMissingType(error) ? Math.min(missingTypeMaxMs, backoff.maxMs) : backoff.maxMs;
    return this.#waitMs(this.#refusals, isForbidden ? maxForbiddenMs : maxMs);
  }

  #waitMs(failures = this.#failures, maxMs = (this.#options.backoff ?? defaultBackoff).maxMs): number {
    const { initialMs } = this.#options.backoff ?? defaultBackoff;
    const doublings = Math.min(Math.max(failures - 1, 0), 30);
    return Math.min(initialMs * 2 ** doublings, maxMs) * (1 - this.#options.random() / 2);
  }

  async #wait(error: unknown, inMs: number): Promise<void> {
    this.#notify(() => this.#handlers.state("retrying", { error, inMs }));
    await sleep(this.#options.clock, inMs, this.#controller.signal);
  }

  /** Calls a handler. An error in it must not stop the delivery of later objects. */
  #notify(call: () => void): void {
    if (this.#controller.signal.aborted) return;
    try {
      call();
    } catch (error) {
      try {
        this.#handlers.failed(error);
      } catch {
        // The error handler itself failed: there is nowhere left to report to.
      }
    }
  }
}

/** A watch that ended without an error and without an event. */
class WatchEndedError extends Error {
  override name = "WatchEndedError";
}

/** The server responds, and does not let the request through. */
function isRefusal(error: unknown): boolean {
  return isMissingType(error) || isDenied(error);
}

/** Continuing from the last resourceVersion cannot succeed. */
function needsList(error: unknown): boolean {
  if (error instanceof HistoryResetError || error instanceof MalformedResponseError) return true;
  if (error instanceof ResponseTooLargeError) return true;
  if (!(error instanceof ApiError)) return false;
  // 403 and 404: once the watch is allowed, or the type exists, the state must be listed again.
  return isExpired(error) || error.status === 403 || error.status === 404 ||
    error.causes.some((cause) => cause.reason === "ResourceVersionTooLarge");
}

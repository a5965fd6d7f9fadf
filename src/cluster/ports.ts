import type { Json, JsonMap } from "../base/json.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import type { ApplyGuard } from "./apply_guard.ts";

/**
 * Everything that a box may request from an API server. Requests are values, errors are `ApiError` (`api_error.ts`).
 * Every call has a time-out of its own; `signal` aborts it earlier.
 */
export interface ClusterApi {
  /** GET of one object; throws `ApiError` with reason `NotFound`. */
  get(type: ResourceType, target: Target, options?: CallOptions): Promise<KubeObject>;
  /**
   * Lists in pages and passes each on as it arrives; returns the list's resourceVersion. Items carry apiVersion and
   * kind. Throws `ApiError` with reason `Expired` when the list took so long that its continue token expired.
   */
  list(
    type: ResourceType,
    query: ListQuery,
    onPage: (items: KubeObject[]) => void,
    options?: CallOptions & {
      /** Maximum number of objects per page, 500 by default; pages that are too large are requested in smaller ones. */
      readonly pageSize?: number;
      /** Stops after this number of pages; all of them when absent. */
      readonly maxPages?: number;
    },
  ): Promise<{ resourceVersion: string }>;
  /**
   * One watch request from `resourceVersion`, bookmarks on. Without one it is a streaming list: all existing objects
   * come first, as `ADDED`, then a bookmark that marks the end, then changes (Kubernetes: "API concepts, streaming
   * lists"). Resolves when the server ends it or the idle time-out expires, with the last resourceVersion seen; throws
   * `ApiError` (reason `Expired` for 410) or a network error.
   */
  watch(
    type: ResourceType,
    query: ListQuery & { resourceVersion?: string },
    onEvent: (event: WatchEvent) => void,
    options?: CallOptions & {
      /** The server has accepted the watch. */
      readonly onOpen?: () => void;
      /** The state with this resourceVersion is known: its event is passed as `KNOWN`, without being parsed. */
      readonly isKnown?: (resourceVersion: string) => boolean;
    },
  ): Promise<{ resourceVersion: string }>;
  /**
   * Server-side apply (PATCH application/apply-patch+yaml), field manager `orkestra`. `onlyIf` is checked by the server
   * in the same request; whether it failed is tested by `isAlreadyThere`, `isGone` and `isOtherObject`.
   */
  apply(
    type: ResourceType,
    object: KubeObject,
    options: { force: boolean; subresource?: "status"; onlyIf?: ApplyGuard | undefined } & CallOptions,
  ): Promise<KubeObject>;
  /** POST, field manager `orkestra`. */
  create(type: ResourceType, object: KubeObject, options?: CallOptions): Promise<KubeObject>;
  /** `create` with `dryRun=All`: the server does all of it but the storing. */
  createDryRun(type: ResourceType, object: KubeObject, options?: CallOptions): Promise<void>;
  /** `create` for callers that ignore the response. */
  post(type: ResourceType, object: KubeObject, options?: CallOptions): Promise<void>;
  /** JSON merge patch (RFC 7396) of the object or one of its subresources. */
  mergePatch(
    type: ResourceType,
    target: Target & { subresource?: string },
    patch: JsonMap,
    options?: CallOptions,
  ): Promise<KubeObject>;
  delete(type: ResourceType, target: Target, options?: DeleteOptions & CallOptions): Promise<void>;
  /** GET of any path, for discovery. */
  raw(path: string, options?: CallOptions): Promise<Json>;
}

export interface Target {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Called with the status code of each response. */
  readonly onStatus?: (code: number) => void;
  /** The pass that makes the call; what is reported of the call names it. */
  readonly pass?: string;
  /** The span that the call is (W3C Trace Context); the API server continues it where it records traces. */
  readonly traceparent?: string;
}

export interface DeleteOptions {
  /** Deletes only this object in this state (preconditions). */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: "Background" | "Foreground" | "Orphan";
}

export interface ListQuery {
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  /** As in a URL: `a=b,c in (d)`. */
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  /** An object is in a state that the caller knows. */
  | { readonly type: "KNOWN"; readonly resourceVersion: string }
  | {
    readonly type: "BOOKMARK";
    readonly resourceVersion: string;
    /** All existing objects have been sent. */
    readonly endsState?: true;
  };

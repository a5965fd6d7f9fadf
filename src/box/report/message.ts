import type { ObjectKey } from "../../k8s/object.ts";
import type { DoneChange } from "../../reconcile/mod.ts";

/** All messages of a box to its host: plain records, so that they can cross a thread. */
export type BoxMessage =
  | {
    readonly type: "informer";
    readonly box: string;
    readonly kind: string;
    readonly state: "listing" | "synced" | "watching" | "retrying";
    readonly error?: string | undefined;
    readonly inMs?: number | undefined;
  }
  | { readonly type: "ready"; readonly box: string; readonly crs: number; readonly children: number }
  | PassMessage
  | DependencyMessage
  /** A CR is gone from the cluster, or from the selection of the box. */
  | { readonly type: "gone"; readonly box: string; readonly kind: string; readonly key: ObjectKey }
  /** The isolate of the box was terminated, and the box is restarted. */
  | {
    readonly type: "cell";
    readonly box: string;
    readonly reason: string;
    readonly restartInMs: number;
    /** Objects whose pass may have been the cause. */
    readonly suspects: readonly ObjectKey[];
  }
  /** The state of the box changed. */
  | {
    readonly type: "health";
    readonly box: string;
    readonly state: BoxHealth["state"];
    readonly reason?: string | undefined;
    /** The pass whose end changed it. */
    readonly pass?: string | undefined;
  }
  /** Number of failures that were not reported one by one, and the last of them. */
  | {
    readonly type: "more";
    readonly box: string;
    readonly count: number;
    readonly lastMs: number;
    readonly last: string;
  }
  /** Something a user should know that is no failure: a status field that cannot be evaluated. */
  | {
    readonly type: "note";
    readonly box: string;
    readonly message: string;
    readonly key?: ObjectKey | undefined;
    /** The pass that found it. */
    readonly pass?: string | undefined;
    readonly trace?: string | undefined;
  }
  | {
    readonly type: "defect";
    readonly box: string;
    readonly key?: ObjectKey | undefined;
    readonly pass?: string | undefined;
    readonly trace?: string | undefined;
    readonly error: string;
    readonly stack: string;
  };

/** How a box stands to one that it depends on; sent by the runtime, which alone sees both. */
export interface DependencyMessage {
  readonly type: "dependency";
  readonly box: string;
  readonly dependency: string;
  /**
   * `waiting`: the workers of the box do not run yet. `degraded`: its workers run, and the dependency became degraded.
   * `healthy`: the dependency has recovered.
   */
  readonly state: "waiting" | "degraded" | "healthy";
  /** What is waited for, with the state of the dependency; or why that is degraded. */
  readonly reason?: string | undefined;
  /** When the dependency became degraded, RFC 3339, and for how long it has been so. */
  readonly since?: string | undefined;
  readonly lastedMs?: number | undefined;
}

/** One pass that changed something or failed; other passes are only counted. */
export interface PassMessage {
  readonly type: "pass";
  readonly box: string;
  readonly kind: string;
  readonly key: ObjectKey;
  /** Names the pass, and no other one of any process. Absent: none was needed, only a visit. */
  readonly pass?: string | undefined;
  /** Id of the trace that it is recorded in, where it is. */
  readonly trace?: string | undefined;
  readonly result: "succeeded" | "failed" | "denied" | "deleting" | "waiting";
  /** In the order in which they were made; `text` as in `created Deployment web`. */
  readonly changes: readonly (DoneChange & { readonly text: string })[];
  readonly message?: string | undefined;
  readonly warnings?: readonly string[] | undefined;
  /** From when the object was due until a worker took it. */
  readonly waitedMs: number;
  readonly durationMs: number;
  /** Wait until it is retried after a failure. */
  readonly retryInMs?: number | undefined;
}

/** The health record of one box (states of the health endpoint). */
export interface BoxHealth {
  readonly state: "pending" | "started" | "healthy" | "degraded";
  /** Why it is pending or degraded. */
  readonly reason?: string | undefined;
  readonly totalReconciles: number;
  readonly failedReconciles: number;
  readonly consecutiveFails: number;
  readonly lastError?: string | undefined;
  /** RFC 3339. */
  readonly lastReconcile?: string | undefined;
  readonly queueDepth: number;
  /** Keys that `queue.behaviour` keeps out of the queue until it has room; absent where none is declared. */
  readonly queueDeferred?: number | undefined;
  /** How long the latest 512 passes had waited for a worker. */
  readonly queueWaitMs?: { readonly p50: number; readonly p99: number } | undefined;
  readonly resourceCount: number;
  /** Its caches have synced. */
  readonly warm: boolean;
  /** The API server does not serve the kind of its CRs. */
  readonly missing: boolean;
  /** When its workers started, RFC 3339; absent: they do not run. */
  readonly startedAt?: string | undefined;
  readonly workers: { readonly running: number; readonly processing: number };
  /** Settings that `operatorBox.autoscale` has changed, and the ones in effect; absent where none is declared. */
  readonly autoscale?: AutoscaleHealth | undefined;
  /** States of the boxes that it depends on; kept by the runtime, absent where it depends on none. */
  readonly dependencies?: Readonly<Record<string, BoxHealth["state"]>> | undefined;
  /** One of them is degraded. */
  readonly hasUnhealthyDependencies?: boolean | undefined;
  /** The boxes of other Runtimes that it reads; kept by the runtime, absent where there are none. */
  readonly crossSources?: readonly CrossSourceHealth[] | undefined;
}

/** What `operatorBox.autoscale` makes of a box. */
export interface AutoscaleHealth {
  /** Its settings are in effect, in place of the declared ones. */
  readonly active: boolean;
  /** Since when, RFC 3339; absent: they are not. */
  readonly since?: string | undefined;
  readonly workers: number;
  readonly resyncMs: number;
  /** Of `queue.behaviour`; absent: there is none. */
  readonly maxDepth?: number | undefined;
}

/** How up to date a box is with one of another Runtime that it reads. */
export interface CrossSourceHealth {
  /** As `CrossSourcePlan.key`. */
  readonly source: string;
  /**
   * `current`: as of the last poll. `stale`: it cannot be read, and what was known last is kept. `unreached`: it was never
   * read, so its objects are not found.
   */
  readonly state: "unreached" | "current" | "stale";
  /** When it was last read, RFC 3339; absent: never. */
  readonly lastRead?: string | undefined;
  /** Since when it cannot be read, RFC 3339; absent: it can, or was not tried yet. */
  readonly since?: string | undefined;
  /** Why it cannot be read. */
  readonly reason?: string | undefined;
}

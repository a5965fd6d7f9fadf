import type { ObjectKey } from "../../k8s/object.ts";
import type { DoneChange } from "../../reconcile/mod.ts";

/** Everything that a box tells whoever runs it: plain records, so that they can cross a thread. */
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
  /** A CR is gone from the cluster, or from what the box is for. */
  | { readonly type: "gone"; readonly box: string; readonly kind: string; readonly key: ObjectKey }
  /** The isolate of the box was ended, and the box starts anew. */
  | {
    readonly type: "cell";
    readonly box: string;
    readonly reason: string;
    readonly restartInMs: number;
    /** Whose pass may have been the cause. */
    readonly suspects: readonly ObjectKey[];
  }
  /** The state of the box is another one now. */
  | {
    readonly type: "health";
    readonly box: string;
    readonly state: BoxHealth["state"];
    readonly reason?: string | undefined;
  }
  /** Failures that were not told one by one because there were too many, and the last of them. */
  | {
    readonly type: "more";
    readonly box: string;
    readonly count: number;
    readonly lastMs: number;
    readonly last: string;
  }
  /** Something a user should know that stops nothing: a status field that cannot be evaluated. */
  | { readonly type: "note"; readonly box: string; readonly message: string }
  | {
    readonly type: "defect";
    readonly box: string;
    readonly key?: ObjectKey | undefined;
    readonly error: string;
    readonly stack: string;
  };

/** One pass that changed something or failed; passes that did nothing are only counted. */
export interface PassMessage {
  readonly type: "pass";
  readonly box: string;
  readonly kind: string;
  readonly key: ObjectKey;
  readonly result: "succeeded" | "failed" | "denied" | "deleting" | "waiting";
  /** In the order in which it happened; `text` as in `created Deployment web`. */
  readonly changes: readonly (DoneChange & { readonly text: string })[];
  readonly message?: string | undefined;
  readonly warnings?: readonly string[] | undefined;
  /** From when the object was due until a worker took it. */
  readonly waitedMs: number;
  readonly durationMs: number;
  /** When it is tried again after a failure. */
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
  /** How long the latest 512 passes had waited for a worker: the middle one, and the 99th of 100. */
  readonly queueWaitMs?: { readonly p50: number; readonly p99: number } | undefined;
  readonly resourceCount: number;
}

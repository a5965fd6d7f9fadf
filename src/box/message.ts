import type { ObjectKey } from "../k8s/object.ts";

/** Everything that a box tells whoever runs it: plain records, so that they can cross a thread. */
export type BoxMessage =
  | {
    readonly type: "informer";
    readonly box: string;
    readonly kind: string;
    readonly state: "listing" | "synced" | "watching" | "retrying";
    readonly error?: string;
    readonly inMs?: number;
  }
  | { readonly type: "ready"; readonly box: string; readonly crs: number; readonly children: number }
  | PassMessage
  /** The isolate of the box was ended, and the box starts anew. */
  | {
    readonly type: "cell";
    readonly box: string;
    readonly reason: string;
    readonly restartInMs: number;
    /** Whose pass may have been the cause. */
    readonly suspects: readonly ObjectKey[];
  }
  /** The box failed so often in a row that it counts as degraded, or works again. */
  | { readonly type: "health"; readonly box: string; readonly state: "degraded" | "healthy"; readonly reason?: string }
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
    readonly key?: ObjectKey;
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
  /** `created Deployment web`, `status`, … in the order in which it happened. */
  readonly changes: readonly string[];
  readonly message?: string;
  readonly warnings?: readonly string[];
  /** From when the object was due until a worker took it. */
  readonly waitedMs: number;
  readonly durationMs: number;
  /** When it is tried again after a failure. */
  readonly retryInMs?: number;
}

/** The health record of one box (states of the health endpoint). */
export interface BoxHealth {
  readonly state: "pending" | "started" | "healthy" | "degraded";
  /** Why it is pending or degraded. */
  readonly reason?: string;
  readonly totalReconciles: number;
  readonly failedReconciles: number;
  readonly consecutiveFails: number;
  readonly lastError?: string;
  /** RFC 3339. */
  readonly lastReconcile?: string;
  readonly queueDepth: number;
  /** How long the latest 512 passes had waited for a worker: the middle one, and the 99th of 100. */
  readonly queueWaitMs?: { readonly p50: number; readonly p99: number };
  readonly resourceCount: number;
}

/**
 * When a CR is reconciled next. This closed type alone decides the requeue; besides, a change of the CR or of a child
 * always triggers a pass.
 */
export type Outcome =
  /** All is as declared: requeued at the resync. */
  | { readonly next: "resync" }
  /** All is as declared, and the Katalog requeues (`requeue.after`), or something is awaited. */
  | { readonly next: "after"; readonly ms: number }
  /** Something failed: requeued with the item's backoff. */
  | { readonly next: "backoff" }
  /** The pass wrote on an outdated state: requeued by the event of the change, or after a growing wait. */
  | { readonly next: "stale"; readonly minMs?: number }
  /** The result of an HTTP call is needed first; its arrival requeues. Neither a success nor a failure. */
  | { readonly next: "external" }
  /** Only a change can help (a denied CR): requeued at the resync, not counted as a failure (ruling 9). */
  | { readonly next: "change" };

/** Why an entry, or a whole pass, failed (ruling 64: reasons of the conditions). */
export type FailureReason = "ReconcileError" | "NameTaken";

/** State of an entry, or of one element of its `forEach`, that is neither rendered nor off (ruling 63). */
export interface EntryProblem {
  /** `onReconcile.configMaps[2]`. */
  readonly entry: string;
  /**
   * `waiting`: something under `.children`, `.cross` or `.external` does not exist yet, or its kind is not served;
   * `failed`: it cannot be rendered, or the API server refuses it.
   */
  readonly state: "waiting" | "failed";
  readonly reason: FailureReason | "Waiting";
  readonly message: string;
  /** It only follows from another problem of the same pass, which is reported first. */
  readonly follows?: boolean;
  /** Reported with a Warning Event although it only waits: a kind that is not served. */
  readonly warns?: boolean;
  /** How long the API server asks to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** An entry that cannot be rendered; the message names it. */
export function failedEntry(entry: string, why: string): EntryProblem {
  const message = why.startsWith(entry) ? why : `${entry}: ${why}`;
  return { entry, state: "failed", reason: "ReconcileError", message };
}

/** An entry that waits for something; the message names it. */
export function waitingEntry(entry: string, why: string): EntryProblem {
  return { entry, state: "waiting", reason: "Waiting", message: `${entry}: ${why}` };
}

/**
 * When a CR is looked at next. One closed type decides it, nothing else does; a change of the CR or of a child
 * always triggers a pass besides.
 */
export type Outcome =
  /** All is as declared: next at the resync. */
  | { readonly next: "resync" }
  /** All is as declared, and the Katalog asks for another look (`requeue.after`), or something is awaited. */
  | { readonly next: "after"; readonly ms: number }
  /** Something failed: again with the item's backoff. */
  | { readonly next: "backoff" }
  /** What the pass saw was no longer so when it wrote: again when the change is seen, or after a wait that grows. */
  | { readonly next: "stale" }
  /** Only a change can help (a denied CR): next at the resync, without counting as a failure (ruling 9). */
  | { readonly next: "change" };

/** Why an entry, or a whole pass, did not come to its end (ruling 64: reasons of the conditions). */
export type FailureReason = "ReconcileError" | "NameTaken";

/** What came of an entry, or of one element of its `forEach`, that is neither rendered nor off (ruling 63). */
export interface EntryProblem {
  /** `onReconcile.configMaps[2]`. */
  readonly entry: string;
  /**
   * `waiting`: something under `.children`, `.cross` or `.external` is not there yet, or its kind is not served;
   * `failed`: it cannot be rendered, or the API server refuses it.
   */
  readonly state: "waiting" | "failed";
  readonly reason: FailureReason | "Waiting";
  readonly message: string;
  /** It only follows from another problem of the same pass, which is told first. */
  readonly follows?: boolean;
  /** Said with a Warning Event although it only waits: a kind that is not served. */
  readonly warns?: boolean;
  /** How long the API server asks to wait. */
  readonly retryAfterMs?: number | undefined;
}

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

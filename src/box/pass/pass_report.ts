import type { KubeObject } from "../../k8s/object.ts";
import type { DoneChange, Outcome } from "../../reconcile/mod.ts";
import type { PassMessage } from "../report/message.ts";

/** How a pass ended: when to requeue, and what to report. */
export interface PassReport {
  readonly outcome: Outcome;
  readonly result: PassMessage["result"];
  readonly changes: readonly DoneChange[];
  readonly message?: string | undefined;
  readonly warnings?: readonly string[] | undefined;
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** Upper bound of the wait until the next try, in ms. */
  readonly retryWithinMs?: number | undefined;
  /** The failure is of this CR alone, as a taken name: it says nothing of the operator. */
  readonly isOfCr?: boolean | undefined;
  /** The pass changed nothing, and would decide the same as long as its input is the same. */
  readonly settled?: boolean | undefined;
  /** What was written, to find what differs from pass to pass: the objects by id, and the status's patch. */
  readonly written?: { readonly objects: ReadonlyMap<string, KubeObject>; readonly statusPaths: readonly string[] };
}

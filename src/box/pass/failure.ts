import { FencedError, isMissingType, isNotFound } from "../../cluster/mod.ts";
import type { ChildChange, EntryProblem, Outcome } from "../../reconcile/mod.ts";
import { describeChild, describeNotServed } from "../../reconcile/mod.ts";
import { RenderError } from "../../template/compiled_text.ts";
import { TimeLimitError } from "../time_limit.ts";
import { WriteError } from "./write.ts";

/** Why a pass did not finish. */
export interface Failure {
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  /** Set when it needs neither Event nor status: how the CR is requeued. */
  readonly quiet?: Outcome | undefined;
}

/** Each try blocks the thread of the whole box for the full time: not retried at once. */
const timeLimitRetryMs = 10_000;
/** Until objects in a namespace that is being deleted are requeued. */
export const terminatingMs = 10_000;
/** Upper bound of the wait until a taken name is tried again, with two calls each time: no event reports that it is free. */
export const nameTakenMs = 10_000;
/** Until an object whose write was held back by the fence is requeued; a lease is renewed within this time. */
const fencedMs = 1_000;

/** `undefined`: a defect of ours, not a failure of the pass. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof WriteError) {
    const { message, retryAfterMs } = error;
    if (error.conflict) return { message, quiet: { next: "stale" } };
    if (error.terminating) return { message, quiet: { next: "after", ms: terminatingMs } };
    return { message, retryAfterMs };
  }
  if (error instanceof TimeLimitError) return { message: error.message, retryAfterMs: timeLimitRetryMs };
  // This process may not write: the next leader reconciles the object, or this one once its lease is renewed.
  if (error instanceof FencedError) return { message: error.message, quiet: { next: "after", ms: fencedMs } };
  if (error instanceof RenderError) return { message: error.message };
  return undefined;
}

/** A write of one child was refused: a problem of its entry alone. */
export function problemOf(change: ChildChange, error: WriteError): EntryProblem {
  const entry = "entry" in change ? change.entry : describeChild(change);
  const { message, retryAfterMs } = error;
  if (isMissingType(error.cause)) {
    const text = `Cannot ${error.what}: ${describeNotServed(change.type)}`;
    return { entry, state: "waiting", reason: "Waiting", message: text, warns: true };
  }
  if (isNotFound(error.cause) && error.cause.details?.kind === "namespaces" && change.type.kind !== "Namespace") {
    const text = `Cannot ${error.what}: that namespace does not exist; create it`;
    return { entry, state: "failed", reason: "ReconcileError", message: text };
  }
  return {
    entry,
    state: "failed",
    reason: "ReconcileError",
    message: `${message}${adviceOf(change, error)}`,
    retryAfterMs,
  };
}

function adviceOf(change: ChildChange, error: WriteError): string {
  if (error.isFieldConflict) return "; leave the field out of the entry, or set forceConflict: true";
  if (!error.immutable || (change.action !== "update" && change.action !== "adopt")) return "";
  return `; undo the change of that field, or delete ${describeChild(change)} to have it recreated as declared`;
}

/** Another writer undoes a correction again and again. */
export function contestedProblem(change: ChildChange, repairs: number, waitMs: number): EntryProblem {
  const entry = "entry" in change ? change.entry : describeChild(change);
  const by = change.cause.why === "drift" && change.cause.by !== undefined ? change.cause.by : "another writer";
  const what = change.action === "create" ? `deleted by ${by}` : `changed by ${by}`;
  return {
    entry,
    state: "failed",
    reason: "ReconcileError",
    message:
      `${describeChild(change)} was ${what} again; it was corrected ${repairs} times within a minute; let only ` +
      "one of the two write it",
    retryAfterMs: waitMs,
  };
}

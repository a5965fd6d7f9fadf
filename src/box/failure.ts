import { LabelError, type Outcome } from "../reconcile/mod.ts";
import { RenderError } from "../template/compiled_text.ts";
import { TimeLimitError } from "./time_limit.ts";
import { WriteError } from "./write.ts";

/** Why a pass did not come to its end. */
export interface Failure {
  readonly message: string;
  readonly retryAfterMs?: number;
  /** Not worth an Event or a word in the status: when it is looked at again. */
  readonly quiet?: Outcome;
}

/** What the Katalog or the CR makes impossible. */
export class PassFailure extends Error {
  override name = "PassFailure";
  readonly retryAfterMs?: number;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** Somebody else undoes a repair again and again. */
export class ContestedError extends PassFailure {
  override name = "ContestedError";

  constructor(child: string, waitMs: number) {
    super(`${child} is changed or deleted by somebody else as often as it is put back; is it declared twice?`, waitMs);
  }
}

const timeLimitRetryMs = 10_000;
const terminatingMs = 10_000;

/** `undefined`: a defect of ours, not a failure of the pass. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof WriteError) {
    const { message, retryAfterMs } = error;
    if (error.conflict) return { message, quiet: { next: "stale" } };
    if (error.terminating) return { message, quiet: { next: "after", ms: terminatingMs } };
    return { message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  // Each try holds the thread of the whole box for the full time: not again at once.
  if (error instanceof TimeLimitError) return { message: error.message, retryAfterMs: timeLimitRetryMs };
  if (error instanceof PassFailure) return error;
  if (error instanceof RenderError || error instanceof LabelError) return { message: error.message };
  return undefined;
}

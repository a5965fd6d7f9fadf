import type { Outcome } from "../reconcile/mod.ts";
import type { PassMessage } from "./message.ts";

/** How a pass ended: when to come again, and what to tell. */
export interface PassReport {
  readonly outcome: Outcome;
  readonly result: PassMessage["result"];
  readonly changes: readonly string[];
  readonly message?: string;
  readonly warnings?: readonly string[];
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number;
}

/** The HTTP calls of a box, and what they have come to. */
export { type CallExternal, ExternalCalls, failedOutcome } from "./external_calls.ts";

/** The set of boxes: start, health, shutdown, and what is logged of them. */
export { logMessages } from "./report.ts";
export { type Runtime, type RuntimeOptions, startRuntime } from "./runtime.ts";

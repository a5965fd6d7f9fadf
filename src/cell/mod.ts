/** Where a box runs: an isolate, a thread and a heap of its own, and the right to reach one host. */
export { cellMetricSpecs } from "./metrics.ts";
export { cellHost, type CellHostOptions } from "./host.ts";
export type { CellLimits } from "./watchdog.ts";

/** One OperatorBox: informers, cache, queue, workers, guard, health and the pass that reconciles one CR. */
export { BoundedReport } from "./report/bounded_report.ts";
export { type Box, type BoxPorts, type PassWatcher, startBox } from "./box.ts";
export type { FormerRun, Suspect } from "./report/former_run.ts";
export { type BoxHost, type HostedBox, pauseNote, sharedHost, type SharedHostOptions } from "./host.ts";
export type { BoxHealth, BoxMessage, DependencyMessage, PassMessage } from "./report/message.ts";
export { TimeLimitError } from "./time_limit.ts";

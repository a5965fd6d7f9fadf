/** One OperatorBox: informers, cache, queue, workers, guard, health and the pass that reconciles one CR. */
export { BoundedReport } from "./report/bounded_report.ts";
export { BoxMetrics, boxMetricSpecs } from "./report/box_metrics.ts";
export type { RecordedEvent } from "./report/recent_events.ts";
export type { FailingCr, IdleVisits, PassRecord } from "./report/recent_passes.ts";
export type { CallRecord } from "./pass/call_log.ts";
export type { NextVisit } from "./queue/queue.ts";
export { neverAtRest } from "./queue/restlessness.ts";
export {
  BoxBusyError,
  type BoxQuery,
  type BoxResult,
  type ChildItem,
  type CrDetail,
  type CrFilter,
  type CrItem,
  type CrPage,
  type CrPasses,
  maxEvents,
  maxPage,
} from "./query/query.ts";
export {
  type CrossEntry,
  type CrossLink,
  CrossSender,
  type CrossSession,
  CrossTable,
  type CrossUpdate,
  maxObjectBytes,
  maxObjects,
  maxTotalBytes,
} from "./cross/mod.ts";
export { type Box, type BoxPorts, type LeadScope, type PassWatcher, startBox } from "./box.ts";
export type { FormerRun, Suspect } from "./report/former_run.ts";
export { type CallExternal, failedOutcome } from "./external/mod.ts";
export { type BoxHost, type HostedBox, pauseNote, sharedHost, type SharedHostOptions } from "./host.ts";
export type { BoxHealth, BoxMessage, CrossSourceHealth, DependencyMessage, PassMessage } from "./report/message.ts";
export { TimeLimitError } from "./time_limit.ts";

import { formatDuration } from "../base/duration.ts";
import type { RecordShape } from "../base/shape.ts";
import { defaults, workerBounds } from "./defaults.ts";
import { gateFields } from "./schema_conditions.ts";
import { duration, laterKeys, number, record } from "./schema_words.ts";

/** `operatorBox.autoscale`. */
export const boxAutoscale: RecordShape = record("Other settings of the operator while conditions on its load hold", {
  interval: duration(
    `How often the conditions are evaluated, at least 1s; ${formatDuration(defaults.autoscale.intervalMs)} when absent`,
  ),
  cooldown: duration(
    "How long the conditions must not have held before the declared settings come back; " +
      `${formatDuration(defaults.autoscale.cooldownMs)} when absent`,
  ),
  conditions: record("When: conditions on `metrics.…`, and on the clock", gateFields, {
    oneOfFields: [["when", "or"]],
  }),
  do: record("The settings meanwhile; what is not given stays as declared", {
    workers: number("`reconciler.workers`", workerBounds.min, workerBounds.max),
    resync: duration("`reconciler.resync`"),
    queueDepth: number("`reconciler.queue.maxDepth`; needs `queue.behaviour`, which refers to it", 1, 1_000_000),
  }, { oneOfFields: [["workers", "resync", "queueDepth"]] }),
  ...laterKeys("profile"),
}, { required: ["conditions", "do"] });

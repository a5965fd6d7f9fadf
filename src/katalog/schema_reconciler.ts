import { formatDuration } from "../base/duration.ts";
import type { RecordShape, Shape } from "../base/shape.ts";
import { defaults, workerBounds } from "./defaults.ts";
import { gateFields } from "./schema_conditions.ts";
import { retryBackoffShape } from "./schema_retry.ts";
import { includeField } from "./schema_composition.ts";
import { duration, flag, leftOutKeys, number, oneOf, plainText, record } from "./schema_words.ts";

/** What is said of keys that would name Go code. */
export const goOnly = "Go code is not part of a Katalog; declare what it would do";

/** `default`, which older Katalogs write. */
export const defaultFlag = flag("Accepted and not needed: only `true`, which is so anyway");

const { backoff } = defaults;

const behaviour: RecordShape = record("What happens when the queue is long; needs `maxDepth`", {
  onLimit: record("When `maxDepth` keys wait", {
    drop: flag("Defer a key that is to be added; false when absent: only a warning is logged"),
    ...gateFields,
  }),
  onThreshold: record("When a part of `maxDepth` keys wait: a key that is to be added is deferred", {
    value: number("The part, in percent", 1, 100),
    drop: flag("Accepted and not needed: only `true`, which is so anyway"),
    ...gateFields,
  }, { required: ["value"] }),
}, { oneOfFields: [["onLimit", "onThreshold"]] });

/** What a profile of the class `reconciler` sets too. */
export const reconcilerTuning: Record<string, Shape> = {
  workers: number(
    `CRs that are worked on at the same time; ${defaults.workers} when absent`,
    workerBounds.min,
    workerBounds.max,
  ),
  resync: duration(
    `Every CR has another pass after this time, and up to a fifth later; ${defaults.resync} when absent`,
  ),
  queue: record("The queue of CRs that wait for a pass", {
    failureThreshold: number(
      `Number of failures in a row that makes the box degraded; ${defaults.failureThreshold} when absent`,
      1,
      1_000_000,
    ),
    retryBackoff: {
      type: "union",
      doc: "Waits between the tries of a failed pass, which is tried for ever; when absent " +
        `${formatDuration(backoff.initialMs)}, doubling up to ${formatDuration(backoff.maxMs)}. ` +
        "A single duration is `initial`",
      scalar: duration(""),
      map: retryBackoffShape,
    },
    maxDepth: number(
      "Number of keys that wait for a worker, for `behaviour` to refer to; it limits nothing by itself; 0 and absent: " +
        "no number",
      0,
      1_000_000,
    ),
    behaviour,
    shared: flag("Accepted and not needed: only `false`, since each operator has a queue of its own"),
    type: {
      ...oneOf("Accepted and not needed: the queue is both", ["ratelimited", "rate-limited", "delayed"]),
      anyCase: true,
    },
  }),
};

/** `operatorBox.reconciler`. */
export const reconciler: RecordShape = record("How the box works", {
  profile: plainText("A named set of `workers`, `resync` and `queue`; what is given besides wins"),
  ...reconcilerTuning,
  requeue: record("Look at the CR again after a successful pass, besides `resync`", {
    after: {
      type: "duration",
      template: true,
      doc: "After this time, at least 100ms; nothing when it renders to nothing or to 0s",
    },
    ...gateFields,
  }, { required: ["after"] }),
  default: defaultFlag,
  include: includeField,
  ...leftOutKeys(goOnly, "remote"),
  ...leftOutKeys(goOnly, "hooks", "constructor"),
});

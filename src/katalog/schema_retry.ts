import { formatDuration } from "../base/duration.ts";
import type { RecordShape } from "../base/shape.ts";
import { defaults } from "./defaults.ts";
import { duration, number, record } from "./schema_words.ts";

const { retryBackoff: left } = defaults;

/** `retryBackoff` of a queue, and of an item of `external`. */
export const retryBackoffShape: RecordShape = record("Waits between tries", {
  initial: duration(`Wait before the first retry; ${formatDuration(left.initialMs)} when the map leaves it out`),
  max: duration(`Longest wait; ${formatDuration(left.maxMs)} when the map leaves it out`),
  multiplier: number(
    `By which factor each wait is longer than the one before; ${left.multiplier} when the map leaves it out`,
    1,
    10,
    false,
  ),
  maxAttempts: number(
    "Tries at these waits, the first one included; later ones come a minute apart; " +
      `${left.maxAttempts} when the map leaves it out`,
    1,
    100,
  ),
});

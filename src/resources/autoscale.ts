import { parseDuration } from "../base/duration.ts";
import type { JsonMap } from "../base/json.ts";
import { record, text } from "./fields.ts";
import { mapAt, numberAt, textAt } from "./read.ts";
import { EntryError } from "./shorthand.ts";

/** What `autoscale` of a workload says, rendered; its conditions are the plan's. */
export interface Autoscale {
  /** Absent: it is never scaled down. */
  readonly min: number | undefined;
  readonly max: number;
  /** Least time between two steps. */
  readonly cooldownMs: number;
  readonly scaleUp: ScalingStep;
  readonly scaleDown: ScalingStep;
}

/** How far one step goes: to `target` where there is one, else by `by` Pods. */
export interface ScalingStep {
  readonly target: number | undefined;
  readonly by: number;
}

const maxCount = 2 ** 31 - 1;
const defaultCooldownMs = 60_000;
/** A step takes a write, and Pods take longer. */
const minCooldownMs = 1_000;

const count = (doc: string, min: number) => text(doc, "integer", { min, max: maxCount });

/** `autoscale`, without the conditions of its steps: those are no part of what is rendered. */
export const autoscaleField = record(
  "Changes the number of Pods when conditions hold; `replicas` is then only what the object is created with",
  {
    min: count("Least number of Pods, raised to at once; when absent, the present number: there is no step down", 0),
    max: count("Largest number of Pods, lowered to at once", 1),
    cooldown: text("Least time between two steps, at least 1s; 1m when absent", "duration"),
    scaleUp: record("A step to more Pods", {
      increment: count("By this many; 1 when absent", 1),
      target: count("To this many, instead of `increment`", 0),
    }, { exclusive: [["increment", "target"]] }),
    scaleDown: record("A step to fewer Pods, where the conditions of `scaleUp` do not hold", {
      decrement: count("By this many; 1 when absent", 1),
      target: count("To this many, instead of `decrement`", 0),
    }, { exclusive: [["decrement", "target"]] }),
  },
  { required: ["max"] },
);

/** Reads `autoscale` of rendered fields; `undefined`: there is none. Throws `EntryError`. */
export function autoscaleOf(fields: JsonMap): Autoscale | undefined {
  const declared = mapAt(fields, "autoscale");
  const max = numberAt(declared, "max");
  if (declared === undefined || max === undefined) return undefined;
  const min = numberAt(declared, "min");
  if (min !== undefined && min > max) {
    throw new EntryError("autoscale.min", `Cannot keep at least ${min} Pods: autoscale.max is ${max}`);
  }
  const cooldown = textAt(declared, "cooldown");
  const cooldownMs = cooldown === undefined ? defaultCooldownMs : parseDuration(cooldown) ?? defaultCooldownMs;
  if (cooldownMs < minCooldownMs) {
    throw new EntryError("autoscale.cooldown", `Cannot step more often than every second: cooldown is ${cooldown}`);
  }
  return {
    min,
    max,
    cooldownMs,
    scaleUp: stepOf(mapAt(declared, "scaleUp"), "increment"),
    scaleDown: stepOf(mapAt(declared, "scaleDown"), "decrement"),
  };
}

function stepOf(step: JsonMap | undefined, by: "increment" | "decrement"): ScalingStep {
  return { target: numberAt(step, "target"), by: numberAt(step, by) ?? 1 };
}

/**
 * `spec.replicas` of the object as it is created; `undefined` leaves it to the API server. With `autoscale` it lies
 * within the bounds, and 0 stays: an object that is switched off is not scaled. Throws `EntryError`.
 */
export function replicasOf(fields: JsonMap): number | undefined {
  const replicas = numberAt(fields, "replicas");
  const autoscale = autoscaleOf(fields);
  if (autoscale === undefined || replicas === 0) return replicas;
  const { min, max } = autoscale;
  return replicas === undefined ? min : Math.min(max, Math.max(min ?? 0, replicas));
}

import type { JsonMap } from "../base/json.ts";
import { type CompiledGate, compileGate, evaluateGate, nextTurn, type ScalingPlan } from "../conditions/mod.ts";
import { absentInput } from "../input/mod.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { Autoscale } from "../resources/mod.ts";
import { type PassMemory, whyUnseen } from "./memory.ts";
import type { ObservedChild } from "./observed.ts";
import { type EntryProblem, failedEntry, waitingEntry } from "./outcome.ts";

/** The conditions of `autoscale`, parsed. */
export interface CompiledScaling {
  readonly scaleUp: CompiledGate | undefined;
  readonly scaleDown: CompiledGate | undefined;
  /** Kinds that they read under `.children`. */
  readonly dependsOn: readonly ResourceType[];
}

/** `autoscale` of a child, as its CR wants it now. */
export interface Scaling extends Autoscale {
  readonly gates: CompiledScaling;
  /** Where the entry stands, for messages. */
  readonly at: string;
  /** The time of the pass. */
  readonly wallMs: number;
}

/** What of a desired child its conditions need. */
interface ScaledChild {
  /** Id of its entry. */
  readonly entry: string;
  readonly data: JsonMap;
}

/** What gave another number of Pods: the conditions of a step, or a bound that the present number is beyond. */
export type ScaledBy = "scaleUp" | "scaleDown" | "min" | "max";

export interface ScalingDecision {
  /** The number of Pods is to be another one, and was this one. */
  readonly step?: { readonly from: number; readonly to: number; readonly by: ScaledBy } | undefined;
  /** Its conditions cannot be evaluated: the number stays. */
  readonly problem?: EntryProblem | undefined;
  /** It may come to something else after this time although nothing is changed: a cooldown, the clock. */
  readonly againMs?: number | undefined;
}

/** A visit is scheduled no further ahead than this; it schedules the next one. */
const maxAgainMs = 24 * 3_600_000;

export function compileScaling(plan: ScalingPlan, dependsOn: readonly ResourceType[]): CompiledScaling {
  const { scaleUp, scaleDown } = plan;
  return {
    scaleUp: scaleUp === undefined ? undefined : compileGate(scaleUp),
    scaleDown: scaleDown === undefined ? undefined : compileGate(scaleDown),
    dependsOn,
  };
}

/**
 * Decides on the number of Pods of a child that is there, from what it is now, as a HorizontalPodAutoscaler does:
 *
 * - A number beyond the bounds is brought to the nearest one at once.
 * - While the conditions of `scaleUp` hold, `scaleDown` is not considered, also where `max` has been reached: were it,
 *   conditions that hold together would move the number up and down for ever.
 * - Conditions that cannot be evaluated leave it as it is.
 * - 0 Pods with a `min` above are somebody's decision to switch it off: they stay.
 *
 * The last step is on the child itself (annotation `last-scale-event`), so that a restart neither repeats nor forgets
 * one. A time that is further ahead than a cooldown is not believed.
 */
export function decideScaling(
  child: ScaledChild,
  scaling: Scaling,
  { replicas: from, lastScale }: ObservedChild,
  memory: Pick<PassMemory, "unseen">,
): ScalingDecision {
  const { min, max, cooldownMs, gates, wallMs } = scaling;
  if (from === undefined || (from === 0 && (min ?? 0) > 0)) return {};
  if (from > max) return { step: { from, to: max, by: "max" } };
  if (min !== undefined && from < min) return { step: { from, to: min, by: "min" } };
  const unseen = whyUnseen(gates.dependsOn, memory);
  if (unseen !== undefined) return { problem: failedEntry(child.entry, unseen) };
  const turnMs = nextTurnOf(gates, wallMs);
  const later = (againMs = Infinity): Pick<ScalingDecision, "againMs"> => {
    const ms = Math.min(againMs, turnMs === undefined ? Infinity : turnMs - wallMs, maxAgainMs);
    return againMs === Infinity && turnMs === undefined ? {} : { againMs: Math.max(1, Math.ceil(ms)) };
  };
  const wanted = wantedBy(child, scaling, from);
  if (typeof wanted === "object" && "problem" in wanted) return { ...wanted, ...later() };
  if (wanted === undefined || wanted.to === from) return later();
  const lastMs = Date.parse(lastScale ?? "");
  const elapsedMs = wallMs - lastMs;
  if (Math.abs(elapsedMs) < cooldownMs) return later(cooldownMs - elapsedMs);
  return { step: { from, ...wanted }, ...later(cooldownMs) };
}

/** The number that the conditions ask for, within the bounds; `undefined`: none of them holds. */
function wantedBy(
  child: ScaledChild,
  { min, max, scaleUp, scaleDown, gates, at, wallMs }: Scaling,
  from: number,
): { readonly to: number; readonly by: ScaledBy } | { readonly problem: EntryProblem } | undefined {
  for (const by of ["scaleUp", "scaleDown"] as const) {
    const gate = gates[by];
    if (gate === undefined) continue;
    const result = evaluateGate(gate, child.data, { wallMs });
    if (result.state === "false") continue;
    if (result.state === "unknown") {
      const { template, message, at: found } = result.error;
      const absent = template === undefined ? undefined : absentInput(template, child.data);
      const where = `${found === "" ? at : found}: autoscale.${by}`;
      return {
        problem: absent === undefined
          ? failedEntry(child.entry, `${where}: the condition cannot be evaluated: ${message}`)
          : waitingEntry(child.entry, `autoscale.${by}: waiting for ${absent}`),
      };
    }
    // A step up never lowers, and a step down never raises.
    return by === "scaleUp"
      ? { to: Math.max(from, Math.min(max, scaleUp.target ?? from + scaleUp.by)), by }
      : { to: Math.min(from, Math.max(min ?? from, scaleDown.target ?? from - scaleDown.by)), by };
  }
  return undefined;
}

/** When the clock may open or close one of the gates. */
function nextTurnOf({ scaleUp, scaleDown }: CompiledScaling, wallMs: number): number | undefined {
  const turns = [scaleUp, scaleDown].flatMap((gate) => gate === undefined ? [] : [...gate.when, ...gate.or])
    .map(({ plan }) => nextTurn(plan, wallMs)).filter((turn) => turn !== undefined);
  return turns.length === 0 ? undefined : Math.min(...turns);
}

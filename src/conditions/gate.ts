import type { JsonMap } from "../base/json.ts";
import type { CompiledCondition, CompiledGate } from "./compile.ts";
import { type ConditionError, evaluate, type Evaluation, type Moment } from "./evaluate.ts";
import { reasonOf } from "./reason.ts";

/**
 * Whether a gate is open: `true`, `false` with the reason, or `unknown` with the error where a condition that decides
 * could not be evaluated (ruling 63).
 */
export type GateResult =
  | { readonly state: "true" }
  /** Why not: the first condition of `when` that is false, or all of `or`. */
  | { readonly state: "false"; readonly reason: string }
  | {
    readonly state: "unknown";
    readonly error: ConditionError;
    /** Of every condition that may decide; `error` is one of them. */
    readonly errors: readonly ConditionError[];
  };

/**
 * Evaluates `when` (all) and `or` (at least one); both must pass where both are declared (ruling 5). What is false in
 * any case is false, whatever cannot be evaluated beside it.
 */
export function evaluateGate(gate: CompiledGate, data: JsonMap, moment: Moment): GateResult {
  const all = every(gate.when, data, moment);
  if (all.state === "false" || gate.or.length === 0) return all;
  const some = any(gate.or, data, moment);
  if (all.state !== "unknown" || some.state === "false") return some;
  return some.state === "true" ? all : { ...some, errors: [...all.errors, ...some.errors] };
}

function every(conditions: readonly CompiledCondition[], data: JsonMap, moment: Moment): GateResult {
  const errors: ConditionError[] = [];
  for (const condition of conditions) {
    const result = evaluate(condition, data, moment);
    if (result.error !== undefined) errors.push(result.error);
    else if (!result.holds) return { state: "false", reason: reasonOf(condition, result, moment) };
  }
  return errors.length === 0 ? { state: "true" } : { state: "unknown", error: errors[0]!, errors };
}

function any(conditions: readonly CompiledCondition[], data: JsonMap, moment: Moment): GateResult {
  const failed: [CompiledCondition, Evaluation][] = [];
  const errors: ConditionError[] = [];
  for (const condition of conditions) {
    const result = evaluate(condition, data, moment);
    if (result.error !== undefined) errors.push(result.error);
    else if (result.holds) return { state: "true" };
    else failed.push([condition, result]);
  }
  if (errors.length > 0) return { state: "unknown", error: errors[0]!, errors };
  return { state: "false", reason: failed.map(([item, result]) => reasonOf(item, result, moment)).join("; ") };
}

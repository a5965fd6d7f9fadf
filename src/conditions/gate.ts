import type { JsonMap } from "../base/json.ts";
import type { CompiledGate } from "./compile.ts";
import { type ConditionError, evaluate, type Moment } from "./evaluate.ts";
import { reasonOf } from "./reason.ts";

/** Whether a gate is open. */
export interface GateResult {
  readonly passed: boolean;
  /** Why not: the first condition of `when` that fails, or all of `or`. */
  readonly reason?: string;
  /** A condition that could not be evaluated counts as false; this is the first such one, also when the gate passed. */
  readonly error?: ConditionError;
}

/** Evaluates `when` (all) and `or` (at least one); both must pass where both are declared (ruling 5). */
export function passes(gate: CompiledGate, data: JsonMap, moment: Moment): GateResult {
  for (const condition of gate.when) {
    const result = evaluate(condition, data, moment);
    if (!result.holds) return refused(reasonOf(condition, result, moment), result.error);
  }
  if (gate.or.length === 0) return { passed: true };
  const reasons: string[] = [];
  let error: ConditionError | undefined;
  for (const condition of gate.or) {
    const result = evaluate(condition, data, moment);
    error ??= result.error;
    if (result.holds) return error === undefined ? { passed: true } : { passed: true, error };
    reasons.push(reasonOf(condition, result, moment));
  }
  return refused(reasons.join("; "), error);
}

function refused(reason: string, error: ConditionError | undefined): GateResult {
  return error === undefined ? { passed: false, reason } : { passed: false, reason, error };
}

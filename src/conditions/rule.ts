import type { JsonMap } from "../base/json.ts";
import type { CompiledCondition } from "./compile.ts";
import type { ConditionOperator } from "./condition.ts";
import { type ConditionError, evaluate, type Evaluation, type Moment } from "./evaluate.ts";
import { opposites, reasonOf } from "./reason.ts";

/** What a validation rule found. */
export interface RuleResult {
  readonly passed: boolean;
  /** What is wrong with the value, in words. */
  readonly reason?: string;
  /** The rule itself cannot be used: see `checkRule` for which of them pass. */
  readonly error?: ConditionError;
}

/** These say something about a value, so an absent one breaks them. `notEquals` holds for what is absent. */
const needValue: ReadonlySet<ConditionOperator | "notTypeOf"> = new Set<ConditionOperator>([
  "notPrefix",
  "notSuffix",
  "notIn",
  "notContains",
  "gt",
  "gte",
  "lt",
  "lte",
  "between",
  "notBetween",
]);

/**
 * Checks a validation rule. It is a condition with two differences: an absent field fails the operators that say
 * something about a value, and a rule whose own bound or pattern cannot be used denies nothing, it passes with an
 * `error`. A field whose template fails does not pass.
 */
export function checkRule(rule: CompiledCondition, data: JsonMap, moment: Moment): RuleResult {
  const result = evaluate(rule, data, moment);
  if (result.error !== undefined) {
    const { error } = result;
    return result.badOperand === true ? { passed: true, error } : { passed: false, reason: error.message, error };
  }
  const unusable = lacksValue(rule, result);
  if (result.holds && !unusable) return { passed: true };
  return { passed: false, reason: reasonOf(rule, result, moment) };
}

function lacksValue(rule: CompiledCondition, result: Evaluation): boolean {
  const { operator, negate } = rule.plan;
  // `in` with `negate` is `notIn`.
  if (!needValue.has(negate === true ? opposites[operator] : operator)) return false;
  return result.notNumber === true || result.subject?.text === "";
}

/** Conditions: `when` and `or` of everything in a Katalog, and the checks of validation rules. */
export type { ConditionOperator, ConditionPlan, Gate, TextPlan } from "./condition.ts";
export type {
  CrossAuthPlan,
  CrossPlan,
  CrossSourcePlan,
  ExternalAuthPlan,
  ExternalCallPlan,
  ExternalMethod,
  ExternalPlan,
  MutationPlan,
  NormalizePlan,
  QueueBehaviourPlan,
  ReconcilerPlan,
  StatusFieldPlan,
  ValidationPlan,
} from "./gated.ts";
export { safeMethods } from "./gated.ts";
export { compileCondition, type CompiledCondition, type CompiledGate, compileGate, type Side } from "./compile.ts";
export type { ConditionError, Moment } from "./evaluate.ts";
export { evaluateGate, type GateResult } from "./gate.ts";
export { compilePattern, type Pattern, patternBounds, PatternError } from "./pattern.ts";
export { parseBounds, parseNumber } from "./numeric.ts";
export { demandOf } from "./reason.ts";
export { checkRule, type RuleResult } from "./rule.ts";
export { parseDay, parseTimeOfDay } from "./window.ts";

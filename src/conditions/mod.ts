/** Conditions: `when` and `or` of everything in a Katalog, and the checks of validation rules. */
export type { ConditionOperator, ConditionPlan, Gate, TextPlan } from "./condition.ts";
export type {
  AutoscalePlan,
  CleanupPlan,
  CrossAuthPlan,
  CrossPlan,
  CrossSourcePlan,
  EmittedEventPlan,
  EventMatch,
  ExternalAuthPlan,
  ExternalCallPlan,
  ExternalMethod,
  ExternalPlan,
  LoadName,
  MutationPlan,
  NormalizePlan,
  PassGatePlan,
  QueueBehaviourPlan,
  ReconcilerPlan,
  ScalingPlan,
  SentinelGate,
  SentinelName,
  StatusFieldPlan,
  TriggerPlan,
  ValidationPlan,
} from "./gated.ts";
export { loadNames, safeMethods, sentinelNames } from "./gated.ts";
export { compileCondition, type CompiledCondition, type CompiledGate, compileGate, type Side } from "./compile.ts";
export type { ConditionError, Moment } from "./evaluate.ts";
export { evaluateGate, type GateResult } from "./gate.ts";
export { compilePattern, type Pattern, patternBounds, PatternError } from "./pattern.ts";
export { parseBound, parseBounds, parseNumber } from "./numeric.ts";
export { demandOf } from "./reason.ts";
export { checkRule, type RuleResult } from "./rule.ts";
export { nextTurn, parseDay, parseTimeOfDay } from "./window.ts";

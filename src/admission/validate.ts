import type { JsonMap } from "../base/json.ts";
import {
  checkRule,
  compileCondition,
  type CompiledCondition,
  type CompiledGate,
  compileGate,
  passes,
} from "../conditions/mod.ts";
import type { ValidationPlan } from "../plan/plan.ts";
import { type CompiledText, type Templates, textOf } from "../template/compiled_text.ts";

export interface CompiledValidation {
  readonly plan: ValidationPlan;
  readonly gate: CompiledGate;
  readonly check: CompiledCondition;
  readonly message: CompiledText;
}

/** What the rules say of one object; all rules are run. */
export interface Verdict {
  /** `spec.replicas: at most 20 replicas`; empty: the object is admitted. */
  readonly denials: readonly string[];
  readonly warnings: readonly string[];
}

/** Parses validation rules once. */
export function compileValidations(rules: readonly ValidationPlan[], templates: Templates): CompiledValidation[] {
  return rules.map((plan) => ({
    plan,
    gate: compileGate(plan),
    check: compileCondition(plan.check),
    message: templates.compile(plan.message),
  }));
}

/** Throws `RenderError` when a message cannot be rendered. */
export function validate(rules: readonly CompiledValidation[], data: JsonMap, wallMs: number): Verdict {
  const denials: string[] = [];
  const warnings: string[] = [];
  for (const rule of rules) {
    if (!passes(rule.gate, data, { wallMs }).passed) continue;
    if (checkRule(rule.check, data, { wallMs }).passed) continue;
    const field = rule.plan.check.field?.text ?? "";
    const message = textOf(rule.message, data);
    const text = field === "" || field.includes("{{") ? message : `${field}: ${message}`;
    (rule.plan.action === "deny" ? denials : warnings).push(text);
  }
  return { denials, warnings };
}

import type { JsonMap } from "../base/json.ts";
import {
  checkRule,
  compileCondition,
  type CompiledCondition,
  type CompiledGate,
  compileGate,
  evaluateGate,
} from "../conditions/mod.ts";
import type { ValidationPlan } from "../plan/plan.ts";
import { type CompiledText, type Templates, textOf } from "../template/compiled_text.ts";

export interface CompiledValidation {
  readonly plan: ValidationPlan;
  readonly gate: CompiledGate;
  readonly check: CompiledCondition;
  readonly message: CompiledText;
}

/** One rule that an object breaks. */
export interface Violation {
  /** `spec.replicas`; "" where the rule compares a template, or only the time. */
  readonly field: string;
  readonly message: string;
  /** Both: `spec.replicas: at most 20 replicas`. */
  readonly text: string;
}

/** What the rules say of one object; all rules are run. */
export interface Verdict {
  /** Empty: the object is admitted. */
  readonly denials: readonly Violation[];
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
  const denials: Violation[] = [];
  const warnings: string[] = [];
  for (const rule of rules) {
    const declared = rule.plan.check.field?.text ?? "";
    const field = declared.includes("{{") ? "" : declared.trim().replace(/^\./, "");
    const gate = evaluateGate(rule.gate, data, { wallMs });
    if (gate.state === "false") continue;
    const { passed, error } = checkRule(rule.check, data, { wallMs });
    // A rule that cannot be used denies nothing, and is never passed over in silence.
    const unusable = gate.state === "unknown" ? gate.error : passed ? error : undefined;
    if (unusable !== undefined) {
      const where = unusable.at === "" ? "" : `${unusable.at}: `;
      warnings.push(`${where}The rule for ${declared || "this object"} cannot be checked: ${unusable.message}`);
      continue;
    }
    if (passed) continue;
    const message = textOf(rule.message, data);
    const text = field === "" ? message : `${field}: ${message}`;
    if (rule.plan.action === "deny") denials.push({ field, message, text });
    else warnings.push(text);
  }
  return { denials, warnings };
}

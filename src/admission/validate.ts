import type { JsonMap } from "../base/json.ts";
import { oneLine } from "../base/one_line.ts";
import {
  checkRule,
  compileCondition,
  type CompiledCondition,
  type CompiledGate,
  compileGate,
  evaluateGate,
  type RuleResult,
} from "../conditions/mod.ts";
import type { ValidationPlan } from "../plan/plan.ts";
import { type CompiledText, type Templates, textOf } from "../template/compiled_text.ts";
import { checkUnique, nobodyKnown, type UniqueField, uniqueField, type UniqueView } from "./unique.ts";

export interface CompiledValidation {
  readonly plan: ValidationPlan;
  readonly gate: CompiledGate;
  readonly check: CompiledCondition;
  /** Of a rule `unique`, which `check` does not decide. */
  readonly unique?: UniqueField | undefined;
  readonly message: CompiledText;
}

/** One rule that an object breaks. */
export interface Violation {
  /** `spec.replicas`; "" where the rule compares a template, or only the time. */
  readonly field: string;
  /** In one line, as `text` is. */
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
    unique: uniqueField(plan),
    message: templates.compile(plan.message),
  }));
}

/** Throws `RenderError` when a message cannot be rendered. */
export function validate(
  rules: readonly CompiledValidation[],
  data: JsonMap,
  wallMs: number,
  others: UniqueView = nobodyKnown,
): Verdict {
  const denials: Violation[] = [];
  const warnings: string[] = [];
  for (const rule of rules) {
    const declared = rule.plan.check.field?.text ?? "";
    const field = declared.includes("{{") ? "" : declared.trim().replace(/^\./, "");
    const gate = evaluateGate(rule.gate, data, { wallMs });
    if (gate.state === "false") continue;
    const { passed, error, unknown, detail = "" } = check(rule, data, wallMs, others);
    // A rule that cannot be used denies nothing, and is never passed over in silence.
    const unusable = gate.state === "unknown" ? gate.error : passed ? error : undefined;
    if (unusable !== undefined) {
      const where = unusable.at === "" ? "" : `${unusable.at}: `;
      warnings.push(`${where}The rule for ${declared || "this object"} cannot be checked: ${unusable.message}`);
      continue;
    }
    if (unknown !== undefined) warnings.push(`${field}: it is not checked here whether it is unique: ${unknown}`);
    if (passed) continue;
    const rendered = `${textOf(rule.message, data)}${detail === "" ? "" : ` (${detail})`}`;
    const message = oneLine(rendered);
    const text = oneLine(field === "" ? rendered : `${field}: ${rendered}`);
    if (rule.plan.action === "deny") denials.push({ field, message, text });
    else warnings.push(text);
  }
  return { denials, warnings };
}

/** `unknown`: the rule passes because it cannot be decided here. `detail` goes after the rule's message. */
type Checked = Pick<RuleResult, "passed" | "error"> & { readonly unknown?: string; readonly detail?: string };

function check({ check, unique }: CompiledValidation, data: JsonMap, wallMs: number, others: UniqueView): Checked {
  if (unique === undefined) return checkRule(check, data, { wallMs });
  const result = checkUnique(unique, data, others);
  switch (result.kind) {
    case "passed":
      return { passed: true };
    case "unknown":
      return { passed: true, unknown: result.why };
    case "broken":
      return { passed: false, detail: result.detail };
    default:
      return result satisfies never;
  }
}

import type { JsonMap } from "../base/json.ts";
import { oneLine } from "../base/one_line.ts";
import {
  checkRule,
  compileCondition,
  type CompiledCondition,
  type CompiledGate,
  compileGate,
  type ConditionError,
  evaluateGate,
  type RuleResult,
} from "../conditions/mod.ts";
import { type CallReads, unknownCall } from "../input/mod.ts";
import type { ValidationPlan } from "../plan/plan.ts";
import { type CompiledText, type Templates, textOf } from "../template/compiled_text.ts";
import { isAuthored } from "./authored.ts";
import { callsOfRule } from "./rule_reads.ts";
import { checkUnique, nobodyKnown, type UniqueField, uniqueField, type UniqueView } from "./unique.ts";

export interface CompiledValidation {
  readonly plan: ValidationPlan;
  readonly gate: CompiledGate;
  readonly check: CompiledCondition;
  /** Of a rule `unique`, which `check` does not decide. */
  readonly unique?: UniqueField | undefined;
  readonly message: CompiledText;
  /** Calls whose results it needs: where one failed, it cannot be checked. */
  readonly calls: CallReads;
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
  /** Rules that the object breaks, for metrics. */
  readonly broken: readonly BrokenRule[];
  /** Number of rules that could not be decided, of which the warnings say why. */
  readonly skipped: number;
}

/** One rule of the Katalog that an object breaks: nothing of the object itself. */
export interface BrokenRule {
  /** As the Katalog writes it; "" where the rule compares a template, or only the time. */
  readonly field: string;
  readonly operator: string;
  readonly action: "deny" | "warn";
}

/** Parses validation rules once. */
export function compileValidations(rules: readonly ValidationPlan[], templates: Templates): CompiledValidation[] {
  return rules.map((plan) => ({
    plan,
    gate: compileGate(plan),
    check: compileCondition(plan.check),
    unique: uniqueField(plan),
    message: templates.compile(plan.message),
    calls: callsOfRule(plan, plan.check, [], templates),
  }));
}

/**
 * A rule that needs a call which failed passes with a warning. What cannot be evaluated because of the CR itself breaks the rule (`isAuthored`): its author would choose which rules
 * hold. Any other rule that cannot be used denies nothing, and is never passed over in silence. Throws `RenderError` when
 * a message cannot be rendered.
 */
export function validate(
  rules: readonly CompiledValidation[],
  data: JsonMap,
  wallMs: number,
  others: UniqueView = nobodyKnown,
): Verdict {
  const denials: Violation[] = [];
  const warnings: string[] = [];
  const broken: BrokenRule[] = [];
  let skipped = 0;
  for (const rule of rules) {
    const declared = rule.plan.check.field?.text ?? "";
    const field = declared.includes("{{") ? "" : declared.trim().replace(/^\./, "");
    const call = unknownCall(rule.calls, data);
    if (call !== undefined) {
      warnings.push(
        `${field === "" ? "" : `${field}: `}a rule is not checked here: the external call "${call}" failed`,
      );
      skipped++;
      continue;
    }
    const gate = evaluateGate(rule.gate, data, { wallMs });
    if (gate.state === "false") continue;
    const { passed, error, unknown: unasked, detail = "" } = check(rule, data, wallMs, others);
    const authored = (each: ConditionError): boolean => isAuthored(each, data);
    const unknown = gate.state === "unknown" ? gate.errors.find(authored) ?? gate.error : error;
    const where = unknown === undefined || unknown.at === "" ? "" : `${unknown.at}: `;
    const isBroken = !passed || (error !== undefined && authored(error));
    const applies = gate.state === "true" || authored(unknown!);
    if (unasked !== undefined) {
      warnings.push(`${field}: it is not checked here whether it is unique: ${unasked}`);
      skipped++;
    }
    if (!isBroken || !applies) {
      if (unknown === undefined) continue;
      skipped++;
      warnings.push(`${where}The rule for ${declared || "this object"} cannot be checked: ${unknown.message}`);
      continue;
    }
    // A text that is too long breaks the rule as any other that does not match, also where the API server evaluates it.
    const isPlain = unknown === undefined || (gate.state === "true" && unknown.isTooLong === true);
    const why = isPlain ? detail : `cannot be checked: ${where}${unknown.message}`;
    const rendered = `${textOf(rule.message, data)}${why === "" ? "" : ` (${why})`}`;
    const message = oneLine(rendered);
    const text = oneLine(field === "" ? rendered : `${field}: ${rendered}`);
    broken.push({ field, operator: rule.plan.check.operator, action: rule.plan.action });
    if (rule.plan.action === "deny") denials.push({ field, message, text });
    else warnings.push(text);
  }
  return { denials, warnings, broken, skipped };
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

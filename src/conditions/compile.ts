import { parseFieldPath } from "../base/field_path.ts";
import { parseTemplate, type Template } from "../template/mod.ts";
import type { ConditionPlan, Gate, TextPlan } from "./condition.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

/** One side of a comparison: a dot path into the data, a template, or a text as it stands. */
export type Side =
  | { readonly kind: "path"; readonly path: readonly string[]; readonly source: string }
  | { readonly kind: "template"; readonly template: Template; readonly source: string; readonly at: string }
  | { readonly kind: "text"; readonly text: string };

/** A condition whose templates and patterns are parsed. */
export interface CompiledCondition {
  readonly plan: ConditionPlan;
  /** Absent when only the clock decides. */
  readonly field?: Side;
  readonly operand: Side;
  /** Of `regex` and `notRegex`, when the pattern is not a template. */
  readonly pattern?: Pattern;
}

/** `when` and `or` with everything parsed. */
export interface CompiledGate {
  readonly when: readonly CompiledCondition[];
  /** Empty: there is no `or`. */
  readonly or: readonly CompiledCondition[];
}

/** Parses all templates and patterns of a gate, once. Throws `TemplateSyntaxError` and `PatternError`. */
export function compileGate(gate: Gate): CompiledGate {
  return { when: (gate.when ?? []).map(compileCondition), or: (gate.or ?? []).map(compileCondition) };
}

/** Parses the templates and the pattern of one condition. Throws `TemplateSyntaxError` and `PatternError`. */
export function compileCondition(plan: ConditionPlan): CompiledCondition {
  const operand = textSide(plan.value);
  const patterned = (plan.operator === "regex" || plan.operator === "notRegex") && operand.kind === "text";
  return {
    plan,
    operand,
    ...(plan.field === undefined ? {} : { field: fieldSide(plan.field) }),
    ...(patterned ? { pattern: compilePattern(operand.text) } : {}),
  };
}

function fieldSide(field: TextPlan): Side {
  if (field.text.includes("{{")) return templateSide(field);
  const source = field.text.trim().replace(/^\./, "");
  // The loader refuses what is no path; one that a former version let through leads nowhere.
  return { kind: "path", path: parseFieldPath(source) ?? [source], source };
}

function textSide(text: TextPlan | undefined): Side & { kind: "template" | "text" } {
  if (text === undefined) return { kind: "text", text: "" };
  return text.text.includes("{{") ? templateSide(text) : { kind: "text", text: text.text };
}

function templateSide({ text, at }: TextPlan): Side & { kind: "template" } {
  return { kind: "template", template: parseTemplate(text), source: text, at };
}

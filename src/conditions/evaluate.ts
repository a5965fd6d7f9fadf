import type { Json, JsonMap } from "../base/json.ts";
import { describeRendered } from "../base/redact.ts";
import { scalarText } from "../base/scalar_text.ts";
import { valueAt } from "../k8s/object.ts";
import { parseTemplate, renderText, renderValue, type Template, TemplateError } from "../template/mod.ts";
import type { CompiledCondition, Side } from "./compile.ts";
import { judge, type Subject } from "./operators.ts";
import { compilePattern, LongTextError, PatternError } from "./pattern.ts";
import { inTimeWindow, isAfterDue, onDay } from "./window.ts";

/** Why a condition could not be evaluated, and where the text at fault stands. */
export interface ConditionError {
  /** As `TextPlan.at`; "" when the text has no template of its own. */
  readonly at: string;
  readonly message: string;
  /** The template that failed, or rendered to what cannot be used: what it reads may not be there yet. */
  readonly template?: Template | undefined;
  /** The side whose value cannot be used. */
  readonly side: Side;
  /** The subject is a text that is too long for any pattern: the condition is as good as false. */
  readonly isTooLong?: boolean | undefined;
}

/** What one condition came to, with everything that a reason needs. */
export interface Evaluation {
  readonly holds: boolean;
  /** The subject and operand as compared; absent when only the clock decided. */
  readonly subject?: Subject;
  readonly operand?: string;
  /** The subject is set, but is not a number where one is needed. */
  readonly notNumber?: boolean;
  /** The condition itself cannot be used: never holds, negated or not. */
  readonly error?: ConditionError;
  /** The error is in the operand: a bound that is not a number, a bad pattern. */
  readonly badOperand?: boolean;
}

/** What passes for now: the evaluator has no clock of its own. */
export interface Moment {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly wallMs: number;
}

/** Evaluates one condition. Never throws for what is in the data: see `error`. */
export function evaluate(condition: CompiledCondition, data: JsonMap, { wallMs }: Moment): Evaluation {
  const { plan } = condition;
  const result = compare(condition, data);
  if (result.error !== undefined) return result;
  const open = (plan.time === undefined || inTimeWindow(plan.time, wallMs)) &&
    (plan.dayOfWeek === undefined || onDay(plan.dayOfWeek, wallMs)) &&
    (plan.cron === undefined || isAfterDue(plan.cron, wallMs));
  return { ...result, holds: (result.holds && open) !== (plan.negate === true) };
}

function compare(condition: CompiledCondition, data: JsonMap): Evaluation {
  const { plan, field, operand: operandSide } = condition;
  // `unique` is about other objects, of which there is nothing in the data.
  if (field === undefined || plan.operator === "clock" || plan.operator === "unique") return { holds: true };
  try {
    const subject = subjectOf(field, plan.field?.at ?? "", data);
    const operand = subjectOf(operandSide, plan.value?.at ?? "", data).text;
    if (plan.operator === "regex" || plan.operator === "notRegex") {
      const pattern = condition.pattern ?? compilePattern(operand);
      return { holds: pattern.test(subject.text) === (plan.operator === "regex"), subject, operand };
    }
    const verdict = judge(plan.operator, subject, operand);
    if (verdict !== "badOperand") {
      return { holds: verdict === "yes", subject, operand, ...(verdict === "notNumber" ? { notNumber: true } : {}) };
    }
    // Not what a template rendered: it may be a secret, and this message reaches statuses, Events and logs.
    const found = operandSide.kind === "template" ? describeRendered(operand) : JSON.stringify(operand);
    const message = `Cannot compare by ${plan.operator}: ${found} is not a ${operandNames(plan.operator)}`;
    return { holds: false, subject, operand, badOperand: true, error: operandError(condition, message) };
  } catch (error) {
    if (error instanceof PatternError) {
      const message = operandSide.kind === "template" ? error.unquoted : error.message;
      const failure = operandError(condition, message);
      // The subject is at fault, which a user may have written: no rule passes for it.
      if (error instanceof LongTextError) {
        return { holds: false, error: { ...failure, template: templateOf(field), side: field, isTooLong: true } };
      }
      return { holds: false, badOperand: true, error: failure };
    }
    if (error instanceof SideError) {
      const { at, message, side } = error;
      return { holds: false, error: { at, message, template: templateOf(side), side } };
    }
    throw error;
  }
}

function operandError({ plan, operand }: CompiledCondition, message: string): ConditionError {
  return { at: plan.value?.at ?? "", message, template: templateOf(operand), side: operand };
}

function templateOf(side: Side): Template | undefined {
  return side.kind === "template" ? side.template : undefined;
}

/** A template of a condition failed, or the text of a value is too long. */
class SideError extends Error {
  override name = "SideError";

  constructor(readonly at: string, readonly side: Side, override readonly cause: TemplateError) {
    super(cause.message);
  }
}

/**
 * White space round what a template rendered is dropped (ruling 37); a literal and a value of the data stay. Throws
 * `SideError`.
 */
function subjectOf(side: Side, at: string, data: JsonMap): Subject {
  try {
    const value = sideValue(side, data);
    const text = textOf(value);
    return { value, text: side.kind === "template" ? text.trim() : text };
  } catch (error) {
    throw error instanceof TemplateError ? new SideError(at, side, error) : error;
  }
}

function sideValue(side: Side, data: JsonMap): Json | undefined {
  switch (side.kind) {
    case "text":
      return side.text;
    case "path":
      return valueAt(data, side.path);
    case "template":
      return renderValue(side.template, data);
  }
}

/** The value as a template would print it; absent is "". Throws `TemplateError` where that is more than one may print. */
function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? renderText(parseTemplate("{{ .value }}"), { value }) : scalarText(value);
}

function operandNames(operator: string): string {
  if (operator === "between" || operator === "notBetween") return 'pair of numbers "min,max"';
  return operator === "typeOf" ? "type (map, list, string, number, bool, null)" : "number";
}

import { formatDuration } from "../base/duration.ts";
import { readsSecret, redacted } from "../base/redact.ts";
import { shortenMiddle } from "../base/shorten.ts";
import type { CompiledCondition } from "./compile.ts";
import type { ConditionOperator, ConditionPlan } from "./condition.ts";
import type { Evaluation, Moment } from "./evaluate.ts";
import { describeMoment } from "./window.ts";

/**
 * Why a condition does not hold, in words: `spec.tier is "free", but must equal "pro"`. It may become the message of
 * `Ready`, so no value is shown where either side reads what is likely a secret.
 */
export function reasonOf(condition: CompiledCondition, result: Evaluation, { wallMs }: Moment): string {
  const { plan, field } = condition;
  if (result.error !== undefined) return result.error.message;
  const negated = plan.negate === true;
  if (field === undefined || result.subject === undefined) {
    return `it is ${describeMoment(wallMs)}, ${clockWords(condition)}`;
  }
  const name = field.kind === "text" ? field.text : field.source;
  const { operand } = condition;
  const hides = readsSecret(name) || (operand.kind === "template" && readsSecret(operand.source));
  const state = result.subject.text === "" ? "is not set" : `is ${hides ? redacted : quoted(result.subject.text)}`;
  const aim = `${name} ${state}, but ${result.notNumber === true ? "is compared as a number and " : ""}`;
  const operator = negated ? opposites[plan.operator] : plan.operator;
  const wish = hides ? phrase(operator, redacted, redacted) : phrase(operator, result.operand ?? "");
  const clock = plan.time === undefined && plan.dayOfWeek === undefined && plan.cron === undefined
    ? ""
    : ` (it is ${describeMoment(wallMs)}, ${clockWords(condition)})`;
  return `${aim}${wish}${clock}`;
}

/** What a rule wants of its field, in words: `must be at most 20`. Templates of the operand are left as they are. */
export function demandOf({ operator, value, negate }: ConditionPlan): string {
  const operand = value?.text ?? "";
  return phrase(negate === true ? opposites[operator] : operator, operand, `"${operand}"`);
}

function clockWords({ plan }: CompiledCondition): string {
  const { time, dayOfWeek, cron } = plan;
  const parts: string[] = [];
  if (time?.after !== undefined) parts.push(`from ${time.after}`);
  if (time?.before !== undefined) parts.push(`until ${time.before}`);
  if (dayOfWeek?.weekday !== undefined) parts.push(dayOfWeek.weekday ? "on a weekday" : "not on a weekday");
  if (dayOfWeek?.weekend !== undefined) parts.push(dayOfWeek.weekend ? "at the weekend" : "not at the weekend");
  if (dayOfWeek?.in !== undefined) parts.push(`on ${dayOfWeek.in.join(", ")}`);
  if (dayOfWeek?.notIn !== undefined) parts.push(`not on ${dayOfWeek.notIn.join(", ")}`);
  if (cron !== undefined) parts.push(`for ${formatDuration(cron.durationMs)} after "${cron.schedule}"`);
  return `but the condition holds ${plan.negate === true ? "outside of: " : ""}${parts.join(", ")}`;
}

function phrase(operator: ConditionOperator | "notTypeOf", operand: string, value = quoted(operand)): string {
  switch (operator) {
    case "equals":
      return `must equal ${value}`;
    case "notEquals":
      return `must not equal ${value}`;
    case "contains":
      return `must contain ${value}`;
    case "notContains":
      return `must not contain ${value}`;
    case "prefix":
      return `must begin with ${value}`;
    case "notPrefix":
      return `must not begin with ${value}`;
    case "suffix":
      return `must end with ${value}`;
    case "notSuffix":
      return `must not end with ${value}`;
    case "regex":
      return `must match ${value}`;
    case "notRegex":
      return `must not match ${value}`;
    case "exists":
      return "must be set";
    case "notExists":
      return "must not be set";
    case "gt":
      return `must be greater than ${operand}`;
    case "gte":
      return `must be at least ${operand}`;
    case "lt":
      return `must be less than ${operand}`;
    case "lte":
      return `must be at most ${operand}`;
    case "between":
      return `must be between ${operand.replace(",", " and ")}`;
    case "notBetween":
      return `must not be between ${operand.replace(",", " and ")}`;
    case "in":
      return `must be one of ${operand}`;
    case "notIn":
      return `must be none of ${operand}`;
    case "typeOf":
      return `must be of type ${operand}`;
    case "notTypeOf":
      return "must be of another type";
    case "typeMap":
      return "must be a map";
    case "typeList":
      return "must be a list";
    case "typeString":
      return "must be text";
    case "typeNumber":
      return "must be a number";
    case "typeBool":
      return "must be true or false";
    case "typeNull":
      return "must be null";
    case "unique":
      return "must be unique";
    case "clock":
      return "must wait for its time";
  }
}

/** The operator that holds where a negated one does. */
export const opposites: Readonly<Record<ConditionOperator, ConditionOperator | "notTypeOf">> = {
  equals: "notEquals",
  notEquals: "equals",
  contains: "notContains",
  notContains: "contains",
  prefix: "notPrefix",
  notPrefix: "prefix",
  suffix: "notSuffix",
  notSuffix: "suffix",
  regex: "notRegex",
  notRegex: "regex",
  exists: "notExists",
  notExists: "exists",
  gt: "lte",
  gte: "lt",
  lt: "gte",
  lte: "gt",
  between: "notBetween",
  notBetween: "between",
  in: "notIn",
  notIn: "in",
  typeOf: "notTypeOf",
  typeMap: "notTypeOf",
  typeList: "notTypeOf",
  typeString: "notTypeOf",
  typeNumber: "notTypeOf",
  typeBool: "notTypeOf",
  typeNull: "notTypeOf",
  // The loader refuses `negate` with it.
  unique: "unique",
  clock: "clock",
};

function quoted(text: string): string {
  return JSON.stringify(shortenMiddle(text, 60));
}

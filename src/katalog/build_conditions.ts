import { parseDuration } from "../base/duration.ts";
import { defaults } from "./defaults.ts";
import type { ConditionOperator, ConditionPlan, Gate, TextPlan } from "../conditions/mod.ts";
import { childOf, itemsOf, type Node, placeOf, textOf } from "./node.ts";
import { type OperatorKey, operatorKeys } from "./schema_conditions.ts";

/** The text of a scalar and its place. */
export function textPlan(node: Node): TextPlan {
  return { text: textOf(node) ?? "", at: placeOf(node.at) };
}

/** A dot path loses the dot that some write before it; a template stays. */
export function fieldPlan(node: Node): TextPlan {
  const plan = textPlan(node);
  return plan.text.includes("{{") ? plan : { ...plan, text: plan.text.trim().replace(/^\./, "") };
}

/** `when` and `or` of a map. */
export function buildGate(node: Node | undefined): Gate {
  return { when: buildConditions(childOf(node, "when")), or: buildConditions(childOf(node, "or")) };
}

/** A list of conditions; `undefined` when it is absent or empty, which decides nothing. */
export function buildConditions(node: Node | undefined): readonly ConditionPlan[] | undefined {
  const conditions = itemsOf(node).map(buildCondition);
  return conditions.length === 0 ? undefined : conditions;
}

/** One condition, or the comparison of a validation rule. */
export function buildCondition(node: Node): ConditionPlan {
  const field = childOf(node, "field");
  const negate = childOf(node, "negate");
  const time = childOf(node, "time");
  const dayOfWeek = childOf(node, "dayOfWeek");
  const cron = textOf(childOf(node, "cron"));
  return {
    ...(field === undefined ? {} : { field: fieldPlan(field) }),
    ...comparison(node, field === undefined),
    ...(negate?.type === "scalar" && negate.value === true ? { negate: true } : {}),
    ...(time === undefined ? {} : { time: buildTime(time) }),
    ...(dayOfWeek === undefined ? {} : { dayOfWeek: buildDays(dayOfWeek) }),
    ...(cron === undefined ? {} : { cron: { schedule: cron.trim(), durationMs: openMsOf(node) } }),
  };
}

function comparison(node: Node, clockOnly: boolean): { operator: ConditionOperator; value?: TextPlan } {
  if (clockOnly) return { operator: "clock" };
  for (const key of Object.keys(operatorKeys) as OperatorKey[]) {
    const operand = childOf(node, key);
    if (operand === undefined) continue;
    if (key !== "exists" && key !== "notExists") return { operator: operatorKeys[key], value: textPlan(operand) };
    const asked = operand.type === "scalar" && operand.value === true;
    return { operator: (key === "exists") === asked ? "exists" : "notExists" };
  }
  const operator = textOf(childOf(node, "operator")) as ConditionOperator | undefined;
  const value = childOf(node, "value");
  if (operator === undefined && value === undefined) return { operator: "exists" };
  return { operator: operator ?? "equals", ...(value === undefined ? {} : { value: textPlan(value) }) };
}

/** How long a condition holds after its schedule is due. */
function openMsOf(node: Node): number {
  return parseDuration(textOf(childOf(node, "duration")) ?? "") ?? defaults.cronWindowMs;
}

function buildTime(node: Node): NonNullable<ConditionPlan["time"]> {
  const after = textOf(childOf(node, "after"));
  const before = textOf(childOf(node, "before"));
  return { ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }) };
}

function buildDays(node: Node): NonNullable<ConditionPlan["dayOfWeek"]> {
  const flagOf = (key: "weekday" | "weekend") => {
    const flag = childOf(node, key);
    return flag?.type === "scalar" && typeof flag.value === "boolean" ? { [key]: flag.value } : {};
  };
  const daysOf = (key: "in" | "notIn") => {
    const days = childOf(node, key);
    return days === undefined ? {} : { [key]: itemsOf(days).map((day) => textOf(day) ?? "") };
  };
  return { ...flagOf("weekday"), ...flagOf("weekend"), ...daysOf("in"), ...daysOf("notIn") };
}

import { parseFieldPath } from "../base/field_path.ts";
import { nearest } from "../base/suggest.ts";
import { compilePattern, parseBound, parseBounds, parseDay, parseTimeOfDay, PatternError } from "../conditions/mod.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type MapNode, type Node, nodeAt, textOf } from "./node.ts";
import type { Report } from "./report.ts";
import { type OperatorKey, operatorKeys, operators } from "./schema_conditions.ts";

/** Checks one condition, or the comparison of a validation rule (`what` names which). */
export function checkCondition(node: MapNode, what: "condition" | "rule", path: string, report: Report): void {
  checkOperatorCount(node, what, path, report);
  const operator = checkOperator(node, what, path, report);
  if (operator !== undefined) checkOperand(operator, path, report);
  const field = childOf(node, "field");
  if (field !== undefined) checkFieldPath(field, keyPath(path, "field"), report);
  checkTimes(childOf(node, "time"), keyPath(path, "time"), report);
  for (const key of ["in", "notIn"]) {
    const days = nodeAt(node, "dayOfWeek", key);
    itemsOf(days).forEach((day, i) => {
      const text = textOf(day);
      if (text === undefined || parseDay(text) !== undefined) return;
      report.error(
        day.at,
        itemPath(keyPath(path, "dayOfWeek", key), i),
        `"${text}" is not a day of the week`,
        "write Monday, or Mon",
      );
    });
  }
}

/** The keys that say how a condition compares; `value` belongs to `operator`. */
function comparing(node: MapNode): string[] {
  return [...entriesOf(node)].map(([key]) => key).filter((key) =>
    (Object.hasOwn(operatorKeys, key) || key === "operator") && childOf(node, key) !== undefined
  );
}

function checkOperatorCount(node: MapNode, what: "condition" | "rule", path: string, report: Report): void {
  const keys = comparing(node);
  const [first, second] = keys;
  const value = childOf(node, "value");
  if (second !== undefined) {
    const range = keys.length === 2 && keys.includes("min") && keys.includes("max");
    report.error(
      node.entries.get(second)!.keyAt,
      keyPath(path, second),
      `"${first}" and "${second}" in one ${what}: it can have one operator`,
      range ? `write between: "${textOf(childOf(node, "min"))},${textOf(childOf(node, "max"))}"` : `write two ${what}s`,
    );
  } else if (value !== undefined && first !== undefined && first !== "operator") {
    report.error(
      node.entries.get("value")!.keyAt,
      keyPath(path, "value"),
      `"value" goes with "operator", and "${first}" says what to compare with already`,
      "remove one of them",
    );
  }
}

interface Comparison {
  readonly operator: string;
  readonly operand: Node;
  readonly key: string;
}

/** The operator and what it compares with; `undefined` when there is none, or it takes nothing. */
function checkOperator(
  node: MapNode,
  what: "condition" | "rule",
  path: string,
  report: Report,
): Comparison | undefined {
  const named = childOf(node, "operator");
  const value = childOf(node, "value");
  if (named === undefined) {
    for (const [key, operator] of Object.entries(operatorKeys)) {
      const operand = childOf(node, key);
      if (operand !== undefined) return takesNothing(operator) ? undefined : { operator, operand, key };
    }
    return undefined;
  }
  const operator = textOf(named);
  if (operator === undefined) return undefined;
  if (operator === "unique" && what === "condition") {
    const hint = "write a rule of validation";
    report.error(named.at, keyPath(path, "operator"), 'The operator "unique" is one of rules, not of conditions', hint);
    return undefined;
  }
  if (operator !== "unique" && !(operators as readonly string[]).includes(operator)) {
    report.error(named.at, keyPath(path, "operator"), `Unknown operator "${operator}"`, operatorHint(operator));
    return undefined;
  }
  if (takesNothing(operator)) {
    if (value !== undefined) {
      const at = node.entries.get("value")!.keyAt;
      report.error(at, keyPath(path, "value"), `The operator "${operator}" takes no value`, "remove it");
    }
    return undefined;
  }
  if (value !== undefined) return { operator, operand: value, key: "value" };
  report.error(named.at, keyPath(path, "operator"), `The operator "${operator}" needs a value`, "add value: …");
  return undefined;
}

function takesNothing(operator: string): boolean {
  return operator === "exists" || operator === "notExists" || operator === "unique" ||
    /^type[A-Z]/.test(operator) && operator !== "typeOf";
}

/** Spellings of other languages. */
const otherNames: Readonly<Record<string, string>> = {
  eq: "equals",
  "==": "equals",
  "=": "equals",
  is: "equals",
  neq: "notEquals",
  ne: "notEquals",
  "!=": "notEquals",
  ">": "gt",
  ">=": "gte",
  "<": "lt",
  "<=": "lte",
  matches: "regex",
  startsWith: "prefix",
  endsWith: "suffix",
};

function operatorHint(operator: string): string {
  const short = Object.hasOwn(operatorKeys, operator) ? operatorKeys[operator as OperatorKey] : undefined;
  const other = Object.hasOwn(otherNames, operator) ? otherNames[operator] : undefined;
  const misspelt = nearest(operator, Object.keys(operatorKeys)) as OperatorKey | undefined;
  const near = short ?? other ?? nearest(operator, operators) ?? (misspelt && operatorKeys[misspelt]);
  return near === undefined ? `known: ${operators.join(", ")}` : `did you mean "${near}"?`;
}

function checkOperand({ operator, operand, key }: Comparison, conditionPath: string, report: Report): void {
  const path = keyPath(conditionPath, key);
  if (operand.type !== "scalar") {
    // Other operators take no list by their shape; these are the ones where a list is what one would write.
    const joined = itemsOf(operand).map((item) => textOf(item) ?? "…").join(",");
    report.error(operand.at, path, "Expected text, found a list", `separate the items by commas: "${joined}"`);
    return;
  }
  const { text } = operand;
  if (text.includes("{{")) return;
  switch (operator) {
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      if (parseBound(text) === undefined) {
        report.error(operand.at, path, `"${text}" is not a number`, 'write a number, or a quantity such as "10Gi"');
      }
      return;
    case "between":
    case "notBetween":
      if (parseBounds(text) === undefined) {
        report.error(operand.at, path, `"${text}" is not a range`, 'write the smallest and the largest number: "1,10"');
      }
      return;
    case "regex":
    case "notRegex":
      try {
        compilePattern(text);
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        report.error(operand.at, path, error.message, "patterns are those of RE2, without look-around");
      }
      return;
    case "typeOf":
      if (!typeNames.has(text)) {
        report.error(operand.at, path, `"${text}" is not a type`, `write ${[...typeNames].join(", ")}`);
      }
  }
}

/** `list` and `slice` are the same. */
const typeNames = new Set(["map", "list", "slice", "string", "number", "bool", "null"]);

/** A dot path must be one: what it leads to is checked with the templates. */
export function checkFieldPath(field: Node, path: string, report: Report): void {
  const text = textOf(field);
  if (text === undefined || text.includes("{{")) return;
  const parsed = parseFieldPath(text);
  const dotted = text.trim().replace(/^\./, "");
  const map = /^(metadata\.(?:labels|annotations))\.([^"[\]]+)$/.exec(dotted);
  const isKey = map !== null && /[./]/.test(map[2]!);
  if (parsed !== undefined && parsed.length > 0 && !isKey) return;
  report.error(
    field.at,
    path,
    `"${text}" is not a field path`,
    isKey
      ? `a key that holds dots or slashes is quoted in brackets: ${map[1]}["${map[2]}"]`
      : "write names joined by dots, such as spec.replicas; names with other signs are quoted in brackets, " +
        'such as metadata.annotations["acme.example/plan"]',
  );
}

function checkTimes(time: Node | undefined, path: string, report: Report): void {
  for (const key of ["after", "before"]) {
    const bound = childOf(time, key);
    const text = textOf(bound);
    if (bound === undefined || text === undefined || parseTimeOfDay(text) !== undefined) continue;
    report.error(bound.at, keyPath(path, key), `"${text}" is not a time of day`, "write hours and minutes, UTC: 08:30");
  }
}

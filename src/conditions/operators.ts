import { isMap, type Json } from "../base/json.ts";
import type { ConditionOperator } from "./condition.ts";
import { parseBound, parseBounds, parseSubject } from "./numeric.ts";

/** What a condition looks at: the value itself, and its text ("" when it is absent). */
export interface Subject {
  readonly value: Json | undefined;
  readonly text: string;
}

/**
 * `yes` or `no`; `notNumber`: the subject is set but is not a number; `badOperand`: the other side cannot be used.
 * `regex`, `clock` and `unique` are decided elsewhere.
 */
export type Verdict = "yes" | "no" | "notNumber" | "badOperand";

export type TextOperator = Exclude<ConditionOperator, "regex" | "notRegex" | "clock" | "unique">;

/** Applies an operator: everything is compared as text, but for numbers and types (katalog reference, conditions). */
export function judge(operator: TextOperator, { value, text }: Subject, operand: string): Verdict {
  switch (operator) {
    case "equals":
      return verdict(text === operand);
    case "notEquals":
      return verdict(text !== operand);
    case "contains":
      return verdict(text.includes(operand));
    case "notContains":
      return verdict(!text.includes(operand));
    case "prefix":
      return verdict(text.startsWith(operand));
    case "notPrefix":
      return verdict(!text.startsWith(operand));
    case "suffix":
      return verdict(text.endsWith(operand));
    case "notSuffix":
      return verdict(!text.endsWith(operand));
    case "exists":
      return verdict(text !== "");
    case "notExists":
      return verdict(text === "");
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return compared(operator, text, operand);
    case "between":
    case "notBetween":
      return bounded(operator, text, operand);
    case "in":
      return verdict(items(operand).includes(text));
    case "notIn":
      return verdict(!items(operand).includes(text));
    case "typeOf": {
      const name = typeAliases.get(operand.toLowerCase());
      return name === undefined ? "badOperand" : verdict(typeOf(value) === name);
    }
    case "typeMap":
      return verdict(typeOf(value) === "map");
    case "typeList":
      return verdict(typeOf(value) === "list");
    case "typeString":
      return verdict(typeOf(value) === "string");
    case "typeNumber":
      return verdict(typeOf(value) === "number");
    case "typeBool":
      return verdict(typeOf(value) === "bool");
    case "typeNull":
      return verdict(typeOf(value) === "null");
  }
}

function verdict(holds: boolean): Verdict {
  return holds ? "yes" : "no";
}

function compared(operator: "gt" | "gte" | "lt" | "lte", text: string, operand: string): Verdict {
  const parsed = parseBound(operand);
  if (parsed === undefined) return "badOperand";
  const { number: bound, isQuantity } = parsed;
  const number = parseSubject(text, isQuantity);
  if (number === undefined) return "notNumber";
  switch (operator) {
    case "gt":
      return verdict(number > bound);
    case "gte":
      return verdict(number >= bound);
    case "lt":
      return verdict(number < bound);
    case "lte":
      return verdict(number <= bound);
  }
}

function bounded(operator: "between" | "notBetween", text: string, operand: string): Verdict {
  const bounds = parseBounds(operand);
  if (bounds === undefined) return "badOperand";
  const number = parseSubject(text, bounds.isQuantity);
  if (number === undefined) return "notNumber";
  return verdict((number >= bounds.min && number <= bounds.max) === (operator === "between"));
}

/** An empty item matches what is absent. */
function items(operand: string): string[] {
  return operand.split(",").map((item) => item.trim());
}

/** The names that `typeOf` knows, the older `slice` included. */
const typeAliases: ReadonlyMap<string, string> = new Map([
  ["map", "map"],
  ["slice", "list"],
  ["list", "list"],
  ["string", "string"],
  ["number", "number"],
  ["bool", "bool"],
  ["null", "null"],
]);

function typeOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (isMap(value)) return "map";
  return typeof value === "string" ? "string" : typeof value === "boolean" ? "bool" : "number";
}

import { formatDuration } from "../base/duration.ts";
import { defaults } from "./defaults.ts";
import { comparisonKeys } from "./other_keys.ts";
import type { ListShape, RecordShape, Shape, UnionShape } from "../base/shape.ts";
import { duration, flag, laterKeys, leftOutKeys, list, plainText, record, text, tree } from "./schema_words.ts";

const operand = text("", undefined);

/** The short way to write an operator: its key, and the operator that it stands for. */
export const operatorKeys = {
  exists: "exists",
  notExists: "notExists",
  equals: "equals",
  notEquals: "notEquals",
  prefix: "prefix",
  notPrefix: "notPrefix",
  suffix: "suffix",
  notSuffix: "notSuffix",
  contains: "contains",
  notContains: "notContains",
  regex: "regex",
  notRegex: "notRegex",
  greaterThan: "gt",
  lessThan: "lt",
  greaterThanOrEqual: "gte",
  lessThanOrEqual: "lte",
  min: "gte",
  max: "lte",
  between: "between",
  notBetween: "notBetween",
  in: "in",
  notIn: "notIn",
} as const;

export type OperatorKey = keyof typeof operatorKeys;

/** Every operator that `operator:` may name; in rules of validation `unique` too. */
export const operators = [
  ...new Set<string>(Object.values(operatorKeys)),
  "typeOf",
  "typeMap",
  "typeList",
  "typeString",
  "typeNumber",
  "typeBool",
  "typeNull",
] as const;

const operatorDocs: Readonly<Record<OperatorKey, string>> = {
  exists: "`true`: the field is there and not empty; `false`: it is not",
  notExists: "`true`: the field is absent or empty; `false`: it is not",
  equals: "The field is this text",
  notEquals: "The field is not this text",
  prefix: "The field begins with this text",
  notPrefix: "The field does not begin with this text",
  suffix: "The field ends with this text",
  notSuffix: "The field does not end with this text",
  contains: "The field holds this text",
  notContains: "The field does not hold this text",
  regex: "The field matches this pattern (RE2 syntax, anywhere in the text)",
  notRegex: "The field does not match this pattern",
  greaterThan: "The field is a number above this one",
  lessThan: "The field is a number below this one",
  greaterThanOrEqual: "The field is this number or above it",
  lessThanOrEqual: "The field is this number or below it",
  min: "Short for `greaterThanOrEqual`",
  max: "Short for `lessThanOrEqual`",
  between: 'The field is a number from the first to the second: `"1,10"`',
  notBetween: 'The field is a number outside of the two: `"1,10"`',
  in: "The field is one of these, separated by commas",
  notIn: "The field is none of these, separated by commas",
};

/** Operators whose operand is a list in one text: a YAML list gives a hint of its own, where conditions are checked. */
const takesSeveral = new Set(["in", "notIn", "between", "notBetween"]);

function several(doc: string): UnionShape {
  return { type: "union", scalar: operand, list: tree(""), doc };
}

const operatorFields: Record<string, Shape> = Object.fromEntries(
  Object.entries(operatorDocs).map(([key, doc]) => [
    key,
    key === "exists" || key === "notExists" ? flag(doc) : takesSeveral.has(key) ? several(doc) : { ...operand, doc },
  ]),
);

/** What a condition says about a field; a validation rule says the same. */
export const comparisonFields: Record<string, Shape> = {
  field: text("Dot path such as `spec.replicas`, or a template"),
  operator: plainText("Name of the operator, with `value`; the keys below are shorter"),
  value: text("What `operator` compares with; without an operator the field must equal it"),
  ...operatorFields,
  negate: flag("Turns the result round"),
  valueType: plainText("Accepted and not needed: numbers are compared as numbers"),
  ...operatorsWithoutKey(),
};

/** Names of operators that are no keys, with what to write. */
function operatorsWithoutKey(): Record<string, Shape> {
  const short = { gt: "greaterThan", gte: "greaterThanOrEqual", lt: "lessThan", lte: "lessThanOrEqual" };
  const types = ["typeMap", "typeList", "typeString", "typeNumber", "typeBool", "typeNull"];
  return {
    ...Object.fromEntries(
      Object.entries(short).flatMap(([name, key]) => Object.entries(leftOutKeys(`write ${key}`, name))),
    ),
    ...leftOutKeys("write operator: typeOf, and the type as value", "typeOf"),
    ...Object.fromEntries(types.flatMap((name) => Object.entries(leftOutKeys(`write operator: ${name}`, name)))),
  };
}

/** One item of `when` or `or`. */
export const condition: RecordShape = record("A condition", {
  ...comparisonFields,
  time: record("Holds between two times of the day, UTC; may cross midnight", {
    after: plainText("From this time on, `HH:MM`"),
    before: plainText("Up to this time, `HH:MM`"),
  }, { oneOfFields: [["after", "before"]] }),
  dayOfWeek: record("Holds on some days of the week, UTC", {
    weekday: flag("Monday to Friday"),
    weekend: flag("Saturday and Sunday"),
    in: list("On these days", plainText("")),
    notIn: list("On all days but these", plainText("")),
  }, { exclusive: [["weekday", "weekend", "in", "notIn"]], oneOfFields: [["weekday", "weekend", "in", "notIn"]] }),
  ...laterKeys("source"),
  ...leftOutKeys(undefined, "notify"),
  cron: plainText(
    "Holds after each time that this schedule is due, UTC; five fields, or `@daily` and the like",
    "cron",
  ),
  duration: duration(`How long it holds then; ${formatDuration(defaults.cronWindowMs)} when absent`),
}, {
  oneOfFields: [["field", "time", "dayOfWeek", "cron"]],
  needs: { duration: ["cron"] },
  otherKeys: comparisonKeys,
});

/** A list of conditions. */
export const conditions = (doc: string): ListShape => list(doc, condition);

/** `when` and `or`. */
export const gateFields: Record<string, Shape> = {
  when: conditions("All of these must hold"),
  or: conditions("At least one of these must hold, besides all of `when`"),
};

import { cronProblem, expandCron } from "../../base/cron.ts";
import type { Budget } from "../budget.ts";
import { Failure } from "../failure.ts";
import { describe, isMapValue, type Value, type ValueMap } from "../values.ts";
import { countArgument, textArgument } from "./arguments.ts";
import { at } from "./kubernetes_object.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Cron";

const keys = ["minute", "hour", "dayOfMonth", "month", "dayOfWeek"] as const;

/** Functions on cron schedules: five fields, or `@daily` and the like. */
export const cron: readonly LibraryFunction[] = [
  define(
    domain,
    "cronFromAny(value)",
    "The schedule of a text, or of a map as cronFromMap takes",
    ([value], budget) => {
      return isMapValue(value) ? fromMap(value, budget) : textArgument(value, budget).trim();
    },
  ),
  define(
    domain,
    "cronFromMap(map)",
    "The schedule of minute, hour, dayOfMonth, month and dayOfWeek; what is absent is *",
    ([value], budget) => {
      if (!isMapValue(value)) throw new Failure(`${describe(value)} cannot stand for a map`);
      return fromMap(value, budget);
    },
  ),
  define(domain, "cronToMap(schedule)", "The five fields as a map, as cronFromMap takes", ([value], budget) => {
    const fields = fieldsOf(value, budget);
    return Object.fromEntries(keys.map((key, i) => [key, fields[i]!]));
  }),
  define(
    domain,
    "cronNormalize(schedule)",
    "The schedule in five fields; what is none is * * * * *",
    ([value], budget) => fieldsOf(value, budget).join(" "),
  ),
  define(domain, "cronDescribe(schedule)", "The schedule in words", ([value], budget) => {
    return described(fieldsOf(value, budget));
  }),
  define(domain, "cronValid(schedule)", "Whether it is a schedule", ([value], budget) => {
    return cronProblem(textArgument(value, budget).trim()) === undefined;
  }),
  define(domain, "cronField(schedule, index)", "The field of this index, 0 to 4", ([value, index], budget) => {
    return fieldsOf(value, budget)[countArgument(index)] ?? "";
  }),
  ...["cronMinute", "cronHour", "cronDom", "cronMonth", "cronDow"].map((name, index) =>
    define(
      domain,
      `${name}(schedule)`,
      `The field ${keys[index]}`,
      ([value], budget) => fieldsOf(value, budget)[index]!,
    )
  ),
  define(
    domain,
    "cronExpr(minute, hour, dayOfMonth, month, dayOfWeek)",
    "The schedule of five fields; what is empty is *",
    (fields, budget) => fields.map((field) => textArgument(field, budget).trim() || "*").join(" "),
  ),
];

function fromMap(map: ValueMap, budget: Budget): string {
  return keys.map((key) => textArgument(at(map, key), budget).trim() || "*").join(" ");
}

function fieldsOf(value: Value, budget: Budget): readonly string[] {
  return expandCron(textArgument(value, budget).trim()) ?? ["*", "*", "*", "*", "*"];
}

function described([minute, hour, dom, month, dow]: readonly string[]): string {
  const isNumber = (text: string | undefined) => /^\d+$/.test(text ?? "");
  const time = isNumber(minute) && isNumber(hour)
    ? `at ${hour!.padStart(2, "0")}:${minute!.padStart(2, "0")}`
    : minute === "*" && hour === "*"
    ? "every minute"
    : isNumber(minute) && hour === "*"
    ? `at minute ${minute} of every hour`
    : /^\*\/\d+$/.test(minute!) && hour === "*"
    ? `every ${minute!.slice(2)} minutes`
    : `at minute ${minute} of hour ${hour}`;
  const parts = [time];
  if (dom !== "*" && dom !== "?") parts.push(`on day ${dom} of the month`);
  if (month !== "*") parts.push(`in month ${month}`);
  if (dow !== "*" && dow !== "?") parts.push(`on ${dow!.split(",").map(dayName).join(",")}`);
  return parts.join(" ");
}

const dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

function dayName(text: string): string {
  return text.replace(/\b[0-6]\b/g, (digit) => dayNames[Number(digit)]!);
}

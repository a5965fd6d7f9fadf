import type { Budget } from "../budget.ts";
import { byteLength } from "../bytes.ts";
import { Failure } from "../failure.ts";
import { plainText } from "../format/value.ts";
import { describe, float, floatOf, Int, int64, integerOf, isMapValue, isTrue, kindOf, type Value } from "../values.ts";
import { anyText, readNumber, textArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";
import { jsonText } from "./json_text.ts";

const domain = "Types";

export const conversion: readonly LibraryFunction[] = [
  define(domain, "typeOf(value)", "map, slice, string, number, bool or null", ([value]) => typeOf(value)),
  typeTest("typeMap", "map"),
  typeTest("typeList", "slice"),
  typeTest("typeString", "string"),
  typeTest("typeNumber", "number"),
  typeTest("typeBool", "bool"),
  typeTest("typeNull", "null"),
  define(domain, "isScalar(value)", "Whether it is text, a number or a boolean", ([value]) => isScalar(value)),
  define(
    domain,
    "isComposite(value)",
    "Whether it is a list or a map",
    ([value]) => Array.isArray(value) || isMapValue(value),
  ),
  ...["Empty", "isEmpty"].map((name) =>
    define(domain, `${name}(value)`, "As empty", ([value]) => !isTrue(value), () => ({ tests: [0] }))
  ),
  define(
    domain,
    "toInt(value)",
    "An integer: fractions are cut off, booleans are 1 and 0, what holds no number is 0",
    ([value]) => toInt(value),
  ),
  define(
    domain,
    "toFloat(value)",
    "A number that may have a fraction; booleans are 1 and 0, what holds no number is 0",
    ([value]) => float(toFloat(value)),
  ),
  define(
    domain,
    "toBool(value)",
    "true for true, 1, yes, on; false for false, 0, no, off and nothing; anything else is an error",
    ([value], budget) => toBool(value, budget),
  ),
  define(
    domain,
    "toString(value)",
    "The value as it prints; empty when it is absent",
    ([value], budget) => value === undefined || value === null ? "" : plainText(value, budget),
  ),
  define(
    domain,
    "toJson(value)",
    "The value as compact JSON, keys sorted",
    ([value], budget) => jsonText(value, budget),
  ),
  define(domain, "toList(text)", "The parts of a comma-separated text, trimmed, without empty ones", toList),
  define(
    domain,
    "len(value)",
    "Bytes of a text, items of a list or map; 0 when it is absent",
    ([value], budget) => new Int(lengthOf(value, budget)),
  ),
];

function typeOf(value: Value): string {
  const kind = kindOf(value);
  switch (kind) {
    case "nil":
      return "null";
    case "list":
      return "slice";
    case "bool":
    case "string":
    case "map":
      return kind;
    default:
      return "number";
  }
}

function typeTest(name: string, type: string): LibraryFunction {
  return define(domain, `${name}(value)`, `Whether typeOf is ${type}`, ([value]) => typeOf(value) === type);
}

function isScalar(value: Value): boolean {
  return !["nil", "list", "map"].includes(kindOf(value));
}

function toInt(value: Value): Value {
  const kind = kindOf(value);
  if (kind === "int" || kind === "uint") return integerOf(value);
  if (kind === "string") {
    const number = readNumber(value as string);
    if (number && "integer" in number) return number.integer;
  }
  return saturated(toFloat(value));
}

/** The whole part as an int64, the nearest one when it is out of range. */
function saturated(value: number): Value {
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  if (value <= -(2 ** 63)) return -(2n ** 63n);
  return int64(Math.trunc(value));
}

function toFloat(value: Value): number {
  switch (kindOf(value)) {
    case "bool":
      return value ? 1 : 0;
    case "int":
    case "uint":
      return Number(integerOf(value));
    case "float":
      return Number.isNaN(floatOf(value)) ? 0 : floatOf(value);
    case "string": {
      const number = readNumber(value as string);
      return number === undefined ? 0 : "integer" in number ? Number(number.integer) : number.fraction;
    }
    default:
      return 0;
  }
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  on: true,
  false: false,
  "0": false,
  no: false,
  off: false,
  "": false,
};

function toBool(value: Value, budget: Budget): boolean {
  const text = textArgument(value, budget).trim().toLowerCase();
  const truth = Object.hasOwn(truths, text) ? truths[text] : undefined;
  if (truth === undefined) throw new Failure(`a text of ${text.length} characters is neither true nor false`);
  return truth;
}

function toList([value]: readonly Value[], budget: Budget): Value {
  if (Array.isArray(value)) return value;
  const parts = anyText(value, budget).split(",");
  budget.spend(parts.length);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function lengthOf(value: Value, budget: Budget): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "string") {
    budget.read(value.length);
    return byteLength(value);
  }
  if (Array.isArray(value)) return value.length;
  if (isMapValue(value)) return Object.keys(value).filter((key) => value[key] !== undefined).length;
  throw new Failure(`${describe(value)} has no length`);
}

import { Failure } from "../failure.ts";
import type { Budget } from "../budget.ts";
import { plainText } from "../format/value.ts";
import { jsonText } from "./json_text.ts";
import {
  describe,
  float,
  floatOf,
  int64,
  type Integer,
  integerOf,
  isMapValue,
  kindOf,
  type Value,
  type ValueMap,
} from "../values.ts";

/** How the functions of the library take their arguments: absent is empty, what makes no sense is an error. */

/** Text; absent is empty, numbers and booleans as they print. Lists and maps are refused. */
export function textArgument(value: Value, budget: Budget): string {
  if (typeof value === "string") {
    budget.read(value.length);
    return value;
  }
  if (value === undefined || value === null) return "";
  if (Array.isArray(value) || isMapValue(value)) throw new Failure(`${describe(value)} cannot stand for text`);
  return plainText(value, budget);
}

/** Text of anything: lists and maps as JSON. */
export function anyText(value: Value, budget: Budget): string {
  return Array.isArray(value) || isMapValue(value) ? jsonText(value, budget) : textArgument(value, budget);
}

/** A list; absent is an empty one. */
export function listArgument(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (value === undefined || value === null) return [];
  throw new Failure(`${describe(value)} cannot stand for a list`);
}

/** A map; absent is an empty one. */
export function mapArgument(value: Value): ValueMap {
  if (isMapValue(value)) return value;
  if (value === undefined || value === null) return {};
  throw new Failure(`${describe(value)} cannot stand for a map`);
}

/** A number for arithmetic: an exact integer, or a fraction. Absent is 0; text may hold a number. */
export type Numeric = { readonly integer: Integer } | { readonly fraction: number };

export function numberArgument(value: Value): Numeric {
  switch (kindOf(value)) {
    case "nil":
      return { integer: 0 };
    case "int":
    case "uint":
      return { integer: integerOf(value) };
    case "float":
      return { fraction: floatOf(value) };
    case "string": {
      const number = readNumber(value as string);
      // Not the text: it may be a secret, and this message reaches statuses, Events and logs.
      if (number === undefined) throw new Failure(`a text of ${(value as string).length} characters is not a number`);
      return number;
    }
    default:
      throw new Failure(`${describe(value)} cannot stand for a number`);
  }
}

/** An integer in the range of `number`, for counts and positions. Absent is 0; a fraction is cut off. */
export function countArgument(value: Value): number {
  const number = numberArgument(value);
  return "integer" in number ? Number(number.integer) : Math.trunc(number.fraction);
}

/** The number that a text holds, white space round it aside; `undefined` when it holds none. */
export function readNumber(text: string): Numeric | undefined {
  const trimmed = text.length > 400 ? "" : text.trim();
  if (/^[+-]?\d+$/.test(trimmed)) {
    const value = BigInt(trimmed.replace(/^\+/, ""));
    return BigInt.asIntN(64, value) === value ? { integer: int64(value) } : { fraction: Number(value) };
  }
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(trimmed) ? { fraction: Number(trimmed) } : undefined;
}

/** A float64 as the value of arithmetic: an int64 when it is whole and in range. */
export function wholeOrFraction(value: number): Value {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? int64(value) : float(value);
}

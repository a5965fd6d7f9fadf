import { floatOf, int64, integerOf, kindOf, type Value } from "../values.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Safe access";

export const safeAccess: readonly LibraryFunction[] = [
  define(
    domain,
    "getOr(value, fallback)",
    "The value, or the fallback when the value is absent; empty values are kept",
    ([value, fallback]) => value ?? fallback,
    () => ({ passes: [0, 1] }),
  ),
  define(
    domain,
    "getStringOr(value, fallback)",
    "The value when it is text, else the fallback",
    ([value, fallback]) => typeof value === "string" ? value : fallback,
  ),
  define(
    domain,
    "getIntOr(value, fallback)",
    "The value as an integer when it is a number, else the fallback; text that holds a number is not one",
    ([value, fallback]) => asInteger(value) ?? fallback,
  ),
  define(
    domain,
    "getBoolOr(value, fallback)",
    "The value when it is a boolean, else the fallback",
    ([value, fallback]) => typeof value === "boolean" ? value : fallback,
  ),
];

function asInteger(value: Value): Value {
  const kind = kindOf(value);
  if (kind === "int" || kind === "uint") return integerOf(value);
  if (kind !== "float") return undefined;
  const whole = Math.trunc(floatOf(value));
  return Math.abs(whole) < 2 ** 63 ? int64(whole) : undefined;
}

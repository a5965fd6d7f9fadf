import { isTrue, type Value } from "../values.ts";
import { anyText } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Conditional";

export const conditional: readonly LibraryFunction[] = [
  define(
    domain,
    "default(fallback, value)",
    "The value, or the fallback when the value is empty; made for pipes: .spec.replicas | default 3",
    ([fallback, value]) => isTrue(value) ? value : fallback,
    () => ({ passes: [0, 1] }),
  ),
  define(
    domain,
    "coalesce(values…)",
    "The first value that is not empty, absent when there is none",
    (values) => values.find(isTrue),
    (constants) => ({ passes: [...constants.keys()] }),
  ),
  define(
    domain,
    "ternary(condition, yes, no)",
    "The second argument when the condition is not empty, else the third",
    ([condition, yes, no]) => isTrue(condition) ? yes : no,
    () => ({ tests: [0], passes: [1, 2] }),
  ),
  define(
    domain,
    "boolTernary(flag, yes, no)",
    'The second argument when the flag is true or "true", else the third',
    ([flag, yes, no]) => asBool(flag) === true ? yes : no,
    () => ({ passes: [1, 2] }),
  ),
  define(
    domain,
    "boolDefault(flag, fallback)",
    "The flag, or the fallback when the flag is not a boolean: unlike default it keeps false",
    ([flag, fallback]) => asBool(flag) ?? fallback,
  ),
  define(
    domain,
    "eqTernary(value, target, yes, no)",
    "The third argument when value and target print alike, else the fourth",
    ([value, target, yes, no], budget) => anyText(value, budget) === anyText(target, budget) ? yes : no,
    () => ({ passes: [2, 3] }),
  ),
  define(
    domain,
    "empty(value)",
    'Whether it is absent, "", 0, false, or a list or map without items',
    isEmpty,
    presence,
  ),
  define(domain, "notEmpty(value)", "The opposite of empty", ([value]) => isTrue(value), presence),
];

function isEmpty([value]: readonly Value[]): Value {
  return !isTrue(value);
}

function presence() {
  return { tests: [0] };
}

function asBool(value: Value): boolean | undefined {
  if (typeof value === "boolean") return value;
  return value === "true" ? true : value === "false" ? false : undefined;
}

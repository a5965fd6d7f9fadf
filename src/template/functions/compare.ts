import type { Budget } from "../budget.ts";
import { Failure } from "../failure.ts";
import { compareText, Complex, describe, floatOf, integerOf, kindOf, type Value } from "../values.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Go: comparison";

/** Go's comparisons: kinds must match, only int and uint8 mix; maps and lists cannot be compared. */
export const comparisons: readonly LibraryFunction[] = [
  define(domain, "eq(a, b…)", "Whether a equals any of the others", ([a, ...others], budget) => {
    if (others.length === 0) throw new Failure("there is nothing to compare with");
    return others.some((b) => isEqual(a, b, budget));
  }),
  define(domain, "ne(a, b)", "Whether a and b differ", ([a, b], budget) => !isEqual(a, b, budget)),
  define(domain, "lt(a, b)", "Whether a is less than b", ([a, b], budget) => isLess(a, b, budget)),
  define(
    domain,
    "le(a, b)",
    "Whether a is at most b",
    ([a, b], budget) => isLess(a, b, budget) || isEqual(a, b, budget),
  ),
  define(
    domain,
    "gt(a, b)",
    "Whether a is more than b",
    ([a, b], budget) => !(isLess(a, b, budget) || isEqual(a, b, budget)),
  ),
  define(domain, "ge(a, b)", "Whether a is at least b", ([a, b], budget) => !isLess(a, b, budget)),
];

function isEqual(a: Value, b: Value, budget: Budget): boolean {
  // The common case first.
  if (typeof a === "string" && typeof b === "string") {
    if (a.length !== b.length) return false;
    budget.read(a.length);
    return a === b;
  }
  const kindA = kindOf(a), kindB = kindOf(b);
  if (isInteger(kindA) && isInteger(kindB)) return integerOf(a) === integerOf(b);
  if (kindA === "nil" || kindB === "nil") return kindA === kindB;
  if (kindA !== kindB) throw incompatible(a, b);
  switch (kindA) {
    case "float":
      return floatOf(a) === floatOf(b);
    case "complex":
      return (a as Complex).real === (b as Complex).real && (a as Complex).imaginary === (b as Complex).imaginary;
    case "list":
    case "map":
      throw new Failure(`two ${kindA}s cannot be compared`);
    default:
      return a === b;
  }
}

function isLess(a: Value, b: Value, budget: Budget): boolean {
  const kindA = kindOf(a), kindB = kindOf(b);
  if (isInteger(kindA) && isInteger(kindB)) return integerOf(a) < integerOf(b);
  if (!isOrdered(kindA)) throw new Failure(`${describe(a)} has no order`.replace(/^absent/, "an absent value"));
  if (!isOrdered(kindB)) throw new Failure(`${describe(b)} has no order`.replace(/^absent/, "an absent value"));
  if (kindA !== kindB) throw incompatible(a, b);
  if (kindA === "float") return floatOf(a) < floatOf(b);
  budget.read(Math.min((a as string).length, (b as string).length));
  return compareText(a as string, b as string) < 0;
}

function isInteger(kind: string): boolean {
  return kind === "int" || kind === "uint";
}

function isOrdered(kind: string): boolean {
  return isInteger(kind) || kind === "float" || kind === "string";
}

function incompatible(a: Value, b: Value): Failure {
  const kinds = [kindOf(a), kindOf(b)];
  if (kinds.includes("float") && kinds.some(isInteger)) {
    return new Failure("a whole number and a fraction cannot be compared; make both the same with toFloat or toInt");
  }
  return new Failure(`${describe(a)} and ${describe(b)} cannot be compared`);
}

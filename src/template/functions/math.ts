import { Failure } from "../failure.ts";
import { int64, type Integer, type Value } from "../values.ts";
import { numberArgument, type Numeric, wholeOrFraction } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Math";

/** Arithmetic: integers are exact in 64 bits and wrap round as in Go; a whole result is an integer, any other a fraction. */
export const math: readonly LibraryFunction[] = [
  define(domain, "add(a, b)", "a + b", arithmetic((a, b) => a + b, (a, b) => a + b)),
  define(domain, "sub(a, b)", "a - b", arithmetic((a, b) => a - b, (a, b) => a - b)),
  define(domain, "mul(a, b)", "a × b", arithmetic((a, b) => a * b, (a, b) => a * b)),
  define(domain, "div(a, b)", "a / b; 0 for b is an error", ([a, b]) => divide(numberArgument(a), numberArgument(b))),
  define(
    domain,
    "mod(a, b)",
    "The rest of a / b between whole numbers, with the sign of a; 0 for b is an error",
    ([a, b]) => {
      const [dividend, divisor] = [whole(numberArgument(a)), whole(numberArgument(b))];
      if (divisor === 0n) throw new Failure("division by zero");
      return int64(dividend % divisor);
    },
  ),
  define(domain, "min(a, b)", "The smaller of two numbers", ([a, b]) => pick(a, b, (x, y) => x <= y)),
  define(domain, "max(a, b)", "The larger of two numbers", ([a, b]) => pick(a, b, (x, y) => x >= y)),
  define(
    domain,
    "clamp(value, low, high)",
    "The value, but no less than low and no more than high",
    ([value, low, high]) => pick(pick(value, low, (x, y) => x >= y), high, (x, y) => x <= y),
  ),
  define(domain, "abs(value)", "The value without its sign", ([value]) => {
    const number = numberArgument(value);
    return "integer" in number
      ? int64(number.integer < 0 ? -number.integer : number.integer)
      : wholeOrFraction(Math.abs(number.fraction));
  }),
];

function arithmetic(
  onIntegers: (a: bigint, b: bigint) => bigint,
  onFractions: (a: number, b: number) => number,
): LibraryFunction["call"] {
  return ([left, right]) => {
    const [a, b] = [numberArgument(left), numberArgument(right)];
    if (!("integer" in a) || !("integer" in b)) return wholeOrFraction(onFractions(toNumber(a), toNumber(b)));
    // Exact as long as the result is; otherwise again, in 64 bits.
    if (typeof a.integer === "number" && typeof b.integer === "number") {
      const result = onFractions(a.integer, b.integer);
      if (Number.isSafeInteger(result)) return int64(result);
    }
    return int64(onIntegers(BigInt(a.integer), BigInt(b.integer)));
  };
}

function divide(a: Numeric, b: Numeric): Value {
  if (toNumber(b) === 0) throw new Failure("division by zero");
  if ("integer" in a && "integer" in b) {
    const [dividend, divisor] = [BigInt(a.integer), BigInt(b.integer)];
    if (dividend % divisor === 0n) return int64(dividend / divisor);
  }
  return wholeOrFraction(toNumber(a) / toNumber(b));
}

function pick(left: Value, right: Value, first: (a: Integer, b: Integer) => boolean): Value {
  const [a, b] = [numberArgument(left), numberArgument(right)];
  // A number and a bigint compare by value.
  return valueOf(first(raw(a), raw(b)) ? a : b);
}

function raw(number: Numeric): Integer {
  return "integer" in number ? number.integer : number.fraction;
}

function valueOf(number: Numeric): Value {
  return "integer" in number ? number.integer : wholeOrFraction(number.fraction);
}

function toNumber(number: Numeric): number {
  return Number(raw(number));
}

/** The number with its fraction cut off, as an int64. */
function whole(number: Numeric): bigint {
  if ("integer" in number) return BigInt(number.integer);
  if (!Number.isFinite(number.fraction)) throw new Failure("the number is infinite");
  return BigInt.asIntN(64, BigInt(Math.trunc(number.fraction)));
}

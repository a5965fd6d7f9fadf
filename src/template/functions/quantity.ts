import { Failure } from "../failure.ts";
import { float, type Value } from "../values.ts";
import { numberArgument, textArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Quantity";

/** Functions on Kubernetes quantities: `250m`, `1.5`, `512Mi`. Exact down to a billionth, as in Kubernetes. */
export const quantity: readonly LibraryFunction[] = [
  define(domain, "parseQuantity(text)", "The quantity as a number", ([value], budget) => {
    return float(Number(read(textArgument(value, budget)).nanos) / 1e9);
  }),
  define(domain, "formatQuantity(number)", "The number as a quantity in its shortest form", ([value]) => {
    return print({ nanos: nanosOf(value), binary: false });
  }),
  define(domain, "sumQuantity(a, b)", "The sum of two quantities, written as the first is", ([a, b], budget) => {
    return combined(textArgument(a, budget), textArgument(b, budget), (left, right) => left + right);
  }),
  define(
    domain,
    "subtractQuantity(a, b)",
    "The first quantity less the second, written as the first is",
    ([a, b], budget) => combined(textArgument(a, budget), textArgument(b, budget), (left, right) => left - right),
  ),
];

interface Quantity {
  readonly nanos: bigint;
  /** Written with `Ki`, `Mi`, … */
  readonly binary: boolean;
}

const giga = 1_000_000_000n;
const decimals = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binaries = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Absent is 0. */
function read(text: string): Quantity {
  const trimmed = text.trim();
  if (trimmed === "") return { nanos: 0n, binary: false };
  const match = trimmed.length > 64
    ? null
    : /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?$/.exec(trimmed);
  const [, sign, whole = "", part = "", suffix = ""] = match ?? [];
  if (match === null || whole + part === "") {
    throw new Failure(`a text of ${trimmed.length} characters is not a quantity`);
  }
  const binary = binaries.indexOf(suffix);
  const isBinary = suffix.endsWith("i");
  const power = isBinary
    ? 0
    : /^[eE]/.test(suffix) && suffix.length > 1
    ? Number(suffix.slice(1))
    : 3 * (decimals.indexOf(suffix) - 3);
  let nanos = BigInt(whole + part) * giga;
  if (isBinary) nanos *= 1024n ** BigInt(binary);
  const shift = power - part.length;
  // Kubernetes rounds up what is smaller than a billionth.
  nanos = shift >= 0 ? nanos * 10n ** BigInt(shift) : roundedUp(nanos, 10n ** BigInt(-shift));
  return { nanos: sign === "-" ? -nanos : nanos, binary: isBinary };
}

function roundedUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

function nanosOf(value: Value): bigint {
  const number = numberArgument(value);
  if ("integer" in number) return BigInt(number.integer) * giga;
  const scaled = number.fraction * 1e9;
  if (!Number.isFinite(scaled)) throw new Failure("a quantity has a limit");
  return BigInt(Math.round(scaled));
}

function combined(a: string, b: string, by: (left: bigint, right: bigint) => bigint): string {
  const [left, right] = [read(a), read(b)];
  // What is nothing has no form of its own.
  const binary = a.trim() === "" ? right.binary : left.binary;
  return print({ nanos: by(left.nanos, right.nanos), binary });
}

/** The largest suffix that leaves a whole number (k8s.io/apimachinery, `Quantity.CanonicalizeBytes`). */
function print({ nanos, binary }: Quantity): string {
  if (nanos === 0n) return "0";
  const sign = nanos < 0n ? "-" : "";
  let left = nanos < 0n ? -nanos : nanos;
  // A fraction has no binary form.
  if (binary && left % giga === 0n) {
    left /= giga;
    let power = 0;
    while (power < binaries.length - 1 && left % 1024n === 0n) {
      left /= 1024n;
      power++;
    }
    return `${sign}${left}${binaries[power]}`;
  }
  let power = 0;
  while (power < decimals.length - 1 && left % 1000n === 0n) {
    left /= 1000n;
    power++;
  }
  return `${sign}${left}${decimals[power]}`;
}

import type { Budget } from "../budget.ts";
import { binary, type Decimal, exactDecimal, round, shortestDecimal } from "./decimal.ts";
import { pad } from "./pad.ts";
import type { Spec } from "./spec.ts";

export type FloatVerb = "b" | "e" | "E" | "f" | "g" | "G" | "x" | "X";

/** A float64 as Go prints it by default, which is `%v`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + generalText(Math.abs(value), undefined, "e");
}

/** A float64 by a verb of printf; `precision` is the verb's own when the format names none, `undefined` the shortest. */
export function formatFloat(
  value: number,
  verb: FloatVerb,
  defaultPrecision: number | undefined,
  spec: Spec,
  budget: Budget,
): string {
  const precision = spec.precision ?? defaultPrecision;
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  if (!Number.isFinite(value)) return pad(notFinite(value, spec), spec, budget, false);
  budget.make(precision ?? 0);
  // All digits of a float64 may have to be computed.
  budget.spend(precision === undefined ? 1 : 4);
  let text = magnitude(Math.abs(value), verb, precision);
  if (spec.sharp && verb !== "b") text = sharpened(text, verb, precision);
  const width = spec.width ?? 0;
  if (sign !== "" && spec.zero && !spec.minus && width > text.length + 1) {
    budget.make(width);
    return sign + text.padStart(width - 1, "0");
  }
  return pad(sign + text, spec, budget);
}

function notFinite(value: number, spec: Spec): string {
  if (Number.isNaN(value)) return spec.plus ? "+NaN" : spec.space ? " NaN" : "NaN";
  if (value < 0) return "-Inf";
  return spec.space && !spec.plus ? " Inf" : "+Inf";
}

function magnitude(value: number, verb: FloatVerb, precision: number | undefined): string {
  switch (verb) {
    case "b": {
      const { mantissa, exponent } = binary(value);
      return `${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
    }
    case "x":
    case "X":
      return hexadecimalText(value, precision, verb);
    case "e":
    case "E": {
      if (precision === undefined) {
        const decimal = shortestDecimal(value);
        return exponentText(decimal, Math.max(decimal.digits.length - 1, 0), verb);
      }
      return exponentText(round(exactDecimal(value), precision + 1), precision, verb);
    }
    case "f": {
      const decimal = precision === undefined ? shortestDecimal(value) : exactDecimal(value);
      const decimals = precision ?? Math.max(decimal.digits.length - decimal.point, 0);
      return pointText(round(decimal, decimal.point + decimals), decimals);
    }
    case "g":
    case "G":
      return generalText(value, precision, verb === "g" ? "e" : "E");
  }
}

/** `%g`: with an exponent when that is below -4 or not below the precision (6 for the shortest form). */
function generalText(value: number, precision: number | undefined, letter: "e" | "E"): string {
  const decimal = precision === undefined ? shortestDecimal(value) : round(exactDecimal(value), Math.max(precision, 1));
  const count = decimal.digits.length;
  let digits = precision === undefined ? count : Math.max(precision, 1);
  let limit = digits > count && count >= decimal.point ? count : digits;
  if (precision === undefined) limit = 6;
  const exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= limit) {
    return exponentText(decimal, Math.min(digits, count) - 1, letter);
  }
  if (digits > decimal.point) digits = count;
  return pointText(decimal, Math.max(digits - decimal.point, 0));
}

function exponentText({ digits, point }: Decimal, decimals: number, letter: string): string {
  const exponent = digits === "" ? 0 : point - 1;
  const fraction = decimals > 0 ? "." + digits.slice(1, decimals + 1).padEnd(decimals, "0") : "";
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${digits[0] ?? "0"}${fraction}${letter}${exponent < 0 ? "-" : "+"}${size}`;
}

function pointText({ digits, point }: Decimal, decimals: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (decimals <= 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : "0".repeat(Math.min(-point, decimals)) + digits;
  return `${whole}.${fraction.slice(0, decimals).padEnd(decimals, "0")}`;
}

/** `0x1.8p+01`: one bit before the point, the mantissa in hexadecimal digits behind it. */
function hexadecimalText(value: number, precision: number | undefined, verb: "x" | "X"): string {
  let { mantissa, exponent } = binary(value);
  if (mantissa === 0n) exponent = 0;
  else {
    // Bring the leading bit to position 60, so that 15 hexadecimal digits stand behind it.
    const shift = 61 - mantissa.toString(2).length;
    mantissa <<= BigInt(shift);
    exponent += 60 - shift;
  }
  if (precision !== undefined && precision < 15) {
    const drop = BigInt(60 - precision * 4);
    const extra = mantissa & ((1n << drop) - 1n);
    const half = 1n << (drop - 1n);
    mantissa >>= drop;
    if (extra > half || (extra === half && (mantissa & 1n) === 1n)) mantissa++;
    mantissa <<= drop;
    if (mantissa >> 61n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const lead = mantissa >> 60n;
  let fraction = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, "0");
  fraction = precision === undefined
    ? fraction.replace(/0+$/, "")
    : fraction.slice(0, precision).padEnd(precision, "0");
  const size = String(Math.abs(exponent)).padStart(2, "0");
  const text = `0x${lead}${fraction === "" ? "" : "." + fraction}p${exponent < 0 ? "-" : "+"}${size}`;
  return verb === "X" ? text.toUpperCase() : text;
}

/** The `#` flag: always a point, and for `%g` and `%x` the trailing zeros up to the precision. */
function sharpened(text: string, verb: FloatVerb, precision: number | undefined): string {
  const tailAt = text.search(verb === "x" || verb === "X" ? /[pP]/ : /[eEpP]/);
  let head = tailAt < 0 ? text : text.slice(0, tailAt);
  const tail = tailAt < 0 ? "" : text.slice(tailAt);
  let missing = verb === "g" || verb === "G" || verb === "x" ? precision ?? 6 : 0;
  let counting = false;
  for (const char of head) {
    if (char === ".") continue;
    if (char !== "0") counting = true;
    if (counting) missing--;
  }
  if (!head.includes(".")) {
    if (head === "0") missing--;
    head += ".";
  }
  return head + "0".repeat(Math.max(missing, 0)) + tail;
}

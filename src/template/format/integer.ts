import type { Budget } from "../budget.ts";
import type { Integer } from "../values.ts";
import { pad } from "./pad.ts";
import { isPrintable } from "./printable.ts";
import { runeText } from "./quote.ts";
import type { Spec } from "./spec.ts";

export type Base = 2 | 8 | 10 | 16;

/** An integer in a base; `octalPrefix` is the `0o` of `%O`. */
export function formatInteger(
  value: Integer,
  base: Base,
  spec: Spec,
  budget: Budget,
  { upper = false, octalPrefix = false } = {},
): string {
  const negative = value < 0;
  if (spec.precision === 0 && (value === 0 || value === 0n)) return pad("", spec, budget, false);
  let digits = (negative ? -value : value).toString(base);
  if (upper) digits = digits.toUpperCase();
  const minDigits = spec.precision ?? zeroWidth(spec, negative);
  if (digits.length < minDigits) {
    budget.make(minDigits);
    digits = digits.padStart(minDigits, "0");
  }
  if (spec.sharp) {
    if (base === 2) digits = "0b" + digits;
    else if (base === 8 && !digits.startsWith("0")) digits = "0" + digits;
    else if (base === 16) digits = (upper ? "0X" : "0x") + digits;
  }
  if (octalPrefix) digits = "0o" + digits;
  if (negative) digits = "-" + digits;
  else if (spec.plus) digits = "+" + digits;
  else if (spec.space) digits = " " + digits;
  return pad(digits, spec, budget, false);
}

/** Minimum number of digits for the `0` flag: the width, less the sign. */
function zeroWidth(spec: Spec, negative: boolean): number {
  if (!spec.zero || spec.minus || spec.width === undefined) return 0;
  return spec.width - (negative || spec.plus || spec.space ? 1 : 0);
}

/** `%c` */
export function formatCharacter(value: Integer, spec: Spec, budget: Budget): string {
  return pad(runeText(value), spec, budget);
}

/** `%U`: U+0078, with `#` also the character. */
export function formatUnicode(value: Integer, spec: Spec, budget: Budget): string {
  const code = BigInt.asUintN(64, BigInt(value));
  const minDigits = Math.max(4, spec.precision ?? 0);
  budget.make(minDigits);
  let text = "U+" + code.toString(16).toUpperCase().padStart(minDigits, "0");
  if (spec.sharp && code <= 0x10ffffn && isPrintable(Number(code))) text += ` '${runeText(code)}'`;
  return pad(text, spec, budget, false);
}

/** The decimal digits of a float64: 0.`digits` × 10^`point`, without trailing zeros; no digits for zero. */
export interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** The fewest digits that give `value` (finite, not negative) back when read. */
export function shortestDecimal(value: number): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  return { digits: trimZeros(mantissa.replace(".", "")), point: Number(exponent) + 1 };
}

/** All digits of `value` (finite, not negative): a float64 has at most 767. */
export function exactDecimal(value: number): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  const { mantissa, exponent } = binary(value);
  // m × 2^-k = m × 5^k / 10^k
  const scaled = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const digits = scaled.toString();
  return { digits: trimZeros(digits), point: digits.length + Math.min(exponent, 0) };
}

/** Keeps the first `count` digits, rounding half to even; fewer than none gives none. */
export function round(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count >= digits.length) return decimal;
  if (count < 0) return { digits: "", point: 0 };
  const half = digits[count] === "5" && count + 1 === digits.length;
  const up = half ? count > 0 && Number(digits[count - 1]) % 2 === 1 : digits[count]! >= "5";
  const kept = digits.slice(0, count);
  if (!up) return kept === "" ? { digits: "", point: 0 } : { digits: trimZeros(kept), point };
  let last = count - 1;
  while (last >= 0 && kept[last] === "9") last--;
  if (last < 0) return { digits: "1", point: point + 1 };
  return { digits: kept.slice(0, last) + (Number(kept[last]) + 1), point };
}

const view = new DataView(new ArrayBuffer(8));

/** `value` (finite, not negative) as mantissa × 2^exponent; the mantissa has 53 bits, fewer when subnormal. */
export function binary(value: number): { mantissa: bigint; exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n) & 0x7ff;
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end--;
  return digits.slice(0, end);
}

/** Decimal and binary suffixes of quantities and the power they stand for. */
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const syntax = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/;

/**
 * The canonical form of a quantity, as the API server stores it: `0.5` → `500m`, `1000m` → `1`, `1024Mi` → `1Gi`
 * (k8s.io/apimachinery/pkg/api/resource). `undefined` when the text is not a quantity.
 */
export function canonicalQuantity(text: string): string | undefined {
  const read = readQuantity(text);
  if (read === undefined) return undefined;
  const { nano, negative, suffix, exponent } = read;
  const sign = negative && nano !== 0n ? "-" : "";
  if (suffix in binary && nano % 10n ** 9n === 0n) return sign + binaryForm(nano / 10n ** 9n);
  return sign + (exponent ? exponentForm(nano) : decimalForm(nano));
}

/** The value in units of 10^-9; `undefined` when the text is not a quantity. */
export function quantityValue(text: string): bigint | undefined {
  const read = readQuantity(text);
  return read === undefined ? undefined : read.negative ? -read.nano : read.nano;
}

/** Compares two quantities as a sort function does. Texts that are not quantities count as 0. */
export function compareQuantities(a: string, b: string): number {
  const difference = (quantityValue(a) ?? 0n) - (quantityValue(b) ?? 0n);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

interface Read {
  /** In units of 10^-9, rounded up as the API server does; without the sign. */
  readonly nano: bigint;
  readonly negative: boolean;
  readonly suffix: string;
  readonly exponent: boolean;
}

function readQuantity(text: string): Read | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 64) return undefined;
  const match = syntax.exec(trimmed);
  if (match === null || (match[2] === "" && (match[3] ?? "") === "")) return undefined;
  const [, sign, whole, fraction = "", exponent, suffix = ""] = match;
  const digits = BigInt(`${whole}${fraction}` || "0");
  let nano: bigint;
  if (suffix in binary) {
    nano = ceilDivide(digits * 10n ** 9n * 2n ** BigInt(binary[suffix]!), 10n ** BigInt(fraction.length));
  } else {
    const power = 9 + (exponent === undefined ? decimal[suffix]! : Number(exponent.slice(1))) - fraction.length;
    if (power > 60) return undefined;
    nano = power >= 0 ? digits * 10n ** BigInt(power) : ceilDivide(digits, 10n ** BigInt(-power));
  }
  return { nano, negative: sign === "-", suffix, exponent: exponent !== undefined };
}

function ceilDivide(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

function binaryForm(value: bigint): string {
  if (value === 0n) return "0";
  let best = "";
  let bestPower = 0;
  for (const [suffix, power] of Object.entries(binary)) {
    if (power > bestPower && value % 2n ** BigInt(power) === 0n) [best, bestPower] = [suffix, power];
  }
  const mantissa = value / 2n ** BigInt(bestPower);
  return `${mantissa}${best}`;
}

function decimalForm(nano: bigint): string {
  if (nano === 0n) return "0";
  const suffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
  let at = 0;
  let value = nano;
  while (at < suffixes.length - 1 && value % 1000n === 0n) {
    value /= 1000n;
    at++;
  }
  return `${value}${suffixes[at]}`;
}

function exponentForm(nano: bigint): string {
  if (nano === 0n) return "0";
  let power = -9;
  let value = nano;
  while (value % 1000n === 0n) {
    value /= 1000n;
    power += 3;
  }
  return power === 0 ? String(value) : `${value}e${power}`;
}

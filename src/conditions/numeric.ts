import { quantityValue } from "../k8s/quantity.ts";

/** A number in a text, exact when it is an integer; `undefined` when the text is none. */
export function parseNumber(text: string): number | bigint | undefined {
  if (text.length > 64) return undefined;
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace(/^\+/, ""));
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/.test(text)) return undefined;
  return Number(text);
}

/** What a number is compared with. */
export interface Bound {
  readonly number: number | bigint;
  /** It is written with a suffix, so that the other side may have one: `1Gi`, `500m`. */
  readonly isQuantity: boolean;
}

/** A number, or a quantity; `undefined` when the text is neither. */
export function parseBound(text: string): Bound | undefined {
  const number = parseNumber(text);
  if (number !== undefined) return { number, isQuantity: false };
  const quantity = parseQuantity(text);
  return quantity === undefined ? undefined : { number: quantity, isQuantity: true };
}

/**
 * The number that is compared with a bound; absent is 0. Without a suffix in the bound, `5m` is no number: it could be
 * five minutes.
 */
export function parseSubject(text: string, isQuantity: boolean): number | bigint | undefined {
  if (text === "") return 0n;
  const number = parseNumber(text);
  return number ?? (isQuantity || !text.endsWith("m") ? parseQuantity(text) : undefined);
}

/** Exact when it is whole. */
function parseQuantity(text: string): number | bigint | undefined {
  const nano = quantityValue(text);
  if (nano === undefined) return undefined;
  return nano % 1_000_000_000n === 0n ? nano / 1_000_000_000n : Number(nano) / 1e9;
}

/** The bounds in `"min,max"`; `undefined` when the text is none, or its bounds are the wrong way round. */
export function parseBounds(
  text: string,
): { min: number | bigint; max: number | bigint; isQuantity: boolean } | undefined {
  const [lower, upper, ...more] = text.split(",");
  if (upper === undefined || more.length > 0) return undefined;
  const min = parseBound(lower!.trim());
  const max = parseBound(upper.trim());
  if (min === undefined || max === undefined || min.number > max.number) return undefined;
  return { min: min.number, max: max.number, isQuantity: min.isQuantity || max.isQuantity };
}

/** A number in a text, exact when it is an integer; `undefined` when the text is none. */
export function parseNumber(text: string): number | bigint | undefined {
  if (text.length > 64) return undefined;
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace(/^\+/, ""));
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/.test(text)) return undefined;
  return Number(text);
}

/** The bounds in `"min,max"`; `undefined` when the text is none, or its bounds are the wrong way round. */
export function parseBounds(text: string): { min: number | bigint; max: number | bigint } | undefined {
  const [lower, upper, ...more] = text.split(",");
  if (upper === undefined || more.length > 0) return undefined;
  const min = parseNumber(lower!.trim());
  const max = parseNumber(upper.trim());
  return min === undefined || max === undefined || min > max ? undefined : { min, max };
}

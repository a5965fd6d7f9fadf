/**
 * What an unquoted scalar is, as Kubernetes' own tools read it: the mixture of YAML 1.1 and 1.2 of Go's yaml.v2, which
 * sigs.k8s.io/yaml is built on (its `resolve.go`). Base-60 numbers and dates stay text there, and so they do here.
 */
export interface PlainScalar {
  readonly value: null | boolean | number | bigint | string;
  /** YAML 1.2 reads it as something else. */
  readonly ambiguous: boolean;
}

const nulls = new Set(["", "~", "null", "Null", "NULL"]);
const booleans: ReadonlyMap<string, PlainScalar> = new Map([
  ...words("true True TRUE", true, false),
  ...words("false False FALSE", false, false),
  ...words("y Y yes Yes YES on On ON", true, true),
  ...words("n N no No NO off Off OFF", false, true),
]);

function words(list: string, value: boolean, ambiguous: boolean): [string, PlainScalar][] {
  return list.split(" ").map((word) => [word, { value, ambiguous }]);
}

/** Reads a plain scalar. */
export function resolvePlain(text: string): PlainScalar {
  if (nulls.has(text)) return { value: null, ambiguous: false };
  const truth = booleans.get(text);
  if (truth !== undefined) return truth;
  if (!/^[-+.\d]/.test(text) || text.length > 400) return { value: text, ambiguous: false };
  return resolveNumber(text) ?? { value: text, ambiguous: false };
}

function resolveNumber(text: string): PlainScalar | undefined {
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return { value: text[0] === "-" ? -Infinity : Infinity, ambiguous: false };
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return { value: NaN, ambiguous: false };
  const digits = text.replaceAll("_", "");
  const grouped = digits !== text;
  const match = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/.exec(digits);
  if (match !== null) {
    const [, sign, hex, binary, octal, decimal] = match;
    const magnitude = decimal ?? (hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : `0o${octal}`);
    const legacy = binary !== undefined || (octal !== undefined && !/0[oO]/.test(digits)) || grouped;
    return { value: whole(sign === "-" ? -BigInt(magnitude) : BigInt(magnitude)), ambiguous: legacy };
  }
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(digits)) {
    return { value: Number(digits), ambiguous: grouped };
  }
  return undefined;
}

/** Integers that an int64 or uint64 holds stay exact; the rest are floats, as in Go. */
function whole(value: bigint): number | bigint {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  return value >= -(2n ** 63n) && value < 2n ** 64n ? value : Number(value);
}

/**
 * JSON as Kubernetes means it: every integer is exact up to 64 bits.
 *
 * A number that JavaScript's `number` holds exactly is a `number`; an integer outside ±(2^53-1) is a `bigint`.
 * An integral `number` is an int64 to everything that follows, any other `number` a float64
 * (k8s.io/apimachinery/pkg/util/json).
 */
export type Json = null | boolean | number | bigint | string | Json[] | JsonMap;

/** A JSON object. Its keys come from users: never use a plain assignment where `__proto__` could be the key. */
export interface JsonMap {
  [key: string]: Json;
}

// Not in the compiler's library yet (ECMAScript proposal JSON.parse source text access).
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** Only a text with this many digits in a row can hold an integer that a `number` cannot. */
const longInteger = /\d{16}/;
const integer = /^-?\d+$/;

/** Parses JSON text; integers beyond 2^53-1 become `bigint`. Throws `SyntaxError`. */
export function parseJson(text: string): Json {
  if (!longInteger.test(text)) return JSON.parse(text);
  const revive = (_key: string, value: unknown, context: { source?: string }): unknown => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context.source ?? "";
    return integer.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

/** Prints a value as JSON text; `bigint` prints as an integer. `indent` is a number of spaces. */
export function stringifyJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent); // several times faster than with a replacer
  } catch (error) {
    // What the first try could not print: a `bigint`, or a cycle, which fails again.
    if (!(error instanceof TypeError)) throw error;
  }
  return JSON.stringify(
    value,
    (_key, item) => typeof item === "bigint" ? JSON.rawJSON(String(item)) : item,
    indent,
  );
}

/** Prints with the keys of every map sorted, so that equal values give equal text. */
export function canonicalJson(value: Json): string {
  // Every pass prints all that it wants: text that grows, and no lists of its parts.
  if (Array.isArray(value)) {
    let text = "";
    for (const item of value) text += (text === "" ? "[" : ",") + canonicalJson(item);
    return text === "" ? "[]" : text + "]";
  }
  if (isMap(value)) {
    let text = "";
    for (const key of sortedKeys(value)) {
      const item = value[key];
      if (item !== undefined) text += `${text === "" ? "{" : ","}${JSON.stringify(key)}:${canonicalJson(item)}`;
    }
    return text === "" ? "{}" : text + "}";
  }
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

function sortedKeys(map: JsonMap): string[] {
  const keys = Object.keys(map);
  for (let i = 1; i < keys.length; i++) if (keys[i]! < keys[i - 1]!) return keys.sort();
  return keys;
}

/** Tells a JSON object from everything else. */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Deep equality of two JSON values; the order of keys does not matter. An absent key and `undefined` are the same. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  if (isMap(a)) {
    if (!isMap(b)) return false;
    for (const key of Object.keys(a)) if (!equalJson(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false;
    for (const key of Object.keys(b)) if (b[key] !== undefined && !Object.hasOwn(a, key)) return false;
    return true;
  }
  return false;
}

/** The own value under `key`, never one inherited from a prototype. */
export function ownValue(map: JsonMap, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Sets an own property even when `key` is `__proto__`. */
export function setOwn(map: JsonMap, key: string, value: Json): void {
  if (key === "__proto__") {
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  } else map[key] = value;
}

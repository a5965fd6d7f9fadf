import { sha256Hex } from "./sha256.ts";

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
/** A whole integer of 64 bits outside of strings; not a key, which JSON does not have, and nothing with a leading 0. */
const exactInteger = /(?<![\d.eE+-])-?[1-9]\d{15,19}(?![\d.eE])(?!\s*:)/g;

/** Parses JSON text; integers beyond 2^53-1 and up to 64 bits become `bigint`. Throws `SyntaxError`. */
export function parseJson(text: string): Json {
  if (!longInteger.test(text)) return JSON.parse(text);
  // A reviver would take a microsecond and a hundred bytes for each value, and stack for each level: texts come from
  // anybody. So each long integer is parsed as a string that nothing else in the text can be, and put back.
  const mark = text.includes("\\u0001") ? `\u0001${sha256Hex(text)}` : "\u0001";
  const marked = markIntegers(text, JSON.stringify(mark).slice(1, -1));
  if (marked === undefined) return JSON.parse(text);
  try {
    return restoreIntegers(JSON.parse(marked), mark);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return JSON.parse(text); // throws with the place in the text as it was given
  }
}

/** The text with each long integer as a string after `mark`; `undefined`: it has none. */
function markIntegers(text: string, mark: string): string | undefined {
  let marked = "";
  let copied = 0;
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    if (end - at >= 16) {
      for (const { 0: found, index } of text.slice(at, end).matchAll(exactInteger)) {
        if (Number.isSafeInteger(Number(found))) continue;
        marked += `${text.slice(copied, at + index)}"${mark}${found}"`;
        copied = at + index + found.length;
      }
    }
    at = quote === -1 ? end : stringEnd(text, quote);
  }
  return copied === 0 ? undefined : marked + text.slice(copied);
}

/** Where the string that begins at `quote` is over. */
function stringEnd(text: string, quote: number): number {
  for (let end = text.indexOf('"', quote + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** In place, and without recursion. */
function restoreIntegers(root: Json, mark: string): Json {
  const holder: Json[] = [root];
  const open: (Json[] | JsonMap)[] = [holder];
  const restored = (item: Json): bigint | undefined => {
    if (typeof item === "string") return item.startsWith(mark) ? BigInt(item.slice(mark.length)) : undefined;
    if (typeof item === "object" && item !== null) open.push(item);
    return undefined;
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (Array.isArray(next)) {
      for (let i = 0; i < next.length; i++) next[i] = restored(next[i]!) ?? next[i]!;
    } else {
      for (const key of Object.keys(next)) {
        const integer = restored(next[key]!);
        if (integer !== undefined) setOwn(next, key, integer);
      }
    }
  }
  return holder[0]!;
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

/** The map at a key; an empty one where there is none. */
export function mapIn(map: JsonMap, key: string): JsonMap {
  const value = ownValue(map, key);
  return isMap(value) ? value : {};
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

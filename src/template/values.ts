import { toBytes } from "./bytes.ts";

/**
 * The values of the language. Data stay what they are (base/json.ts); Go's types that have no counterpart there are
 * boxed: a `number` or `bigint` is an int64 when integral and in range, otherwise a float64; `Int` is Go's int or uint8
 * (literals, lengths, bytes); `Float` a float64 that happens to be integral; `Complex` a complex128. Absent and nil are
 * the same and never printed: `undefined` and `null` are interchangeable. Text follows bytes.ts: bytes that are not
 * UTF-8 are lone surrogates.
 */
export type Value =
  | undefined
  | null
  | boolean
  | string
  | number
  | bigint
  | Boxed
  | Value[]
  | ValueMap;

export interface ValueMap {
  [key: string]: Value;
}

export type Boxed = Int | Float | Complex;

/** An int64 as `number` where that is exact, else as `bigint`. */
export type Integer = number | bigint;

class Box {}

export class Int extends Box {
  constructor(readonly value: Integer, readonly type: "int" | "uint8" = "int") {
    super();
  }
}

export class Float extends Box {
  constructor(readonly value: number) {
    super();
  }
}

export class Complex extends Box {
  constructor(readonly real: number, readonly imaginary: number) {
    super();
  }
}

export type Kind = "nil" | "bool" | "string" | "int" | "uint" | "float" | "complex" | "list" | "map";

const int64Limit = 2 ** 63;
const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);

export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return isInt64(value) ? "int" : "float";
    case "bigint":
      return value >= minInt64 && value <= maxInt64 ? "int" : "float";
    case "object":
      if (value === null) return "nil";
      if (Array.isArray(value)) return "list";
      if (value instanceof Int) return value.type === "uint8" ? "uint" : "int";
      if (value instanceof Float) return "float";
      return value instanceof Complex ? "complex" : "map";
    default:
      return "nil";
  }
}

export function isMapValue(value: Value): value is ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Box);
}

/** The name of the value's type in Go. */
export function typeName(value: Value): string {
  switch (kindOf(value)) {
    case "nil":
      return "<nil>";
    case "bool":
      return "bool";
    case "string":
      return "string";
    case "int":
    case "uint":
      return value instanceof Int ? value.type : "int64";
    case "float":
      return "float64";
    case "complex":
      return "complex128";
    case "list":
      return "[]interface {}";
    case "map":
      return "map[string]interface {}";
  }
}

/** What a user calls the value, for messages: "text", "a number", … */
export function describe(value: Value): string {
  switch (kindOf(value)) {
    case "nil":
      return "absent";
    case "bool":
      return "a boolean";
    case "string":
      return "text";
    case "list":
      return "a list";
    case "map":
      return "a map";
    default:
      return "a number";
  }
}

/** Go's truth: everything but nil, false, 0, empty text, empty list and empty map. */
export function isTrue(value: Value): boolean {
  switch (typeof value) {
    case "string":
      return value !== "";
    case "boolean":
      return value;
    case "number":
      return value !== 0;
    case "bigint":
      return value !== 0n;
    case "object":
      if (value === null) return false;
      if (Array.isArray(value)) return value.length > 0;
      if (value instanceof Complex) return value.real !== 0 || value.imaginary !== 0;
      if (value instanceof Int || value instanceof Float) return Number(value.value) !== 0;
      for (const key in value) if (Object.hasOwn(value, key) && value[key] !== undefined) return true;
      return false;
    default:
      return false;
  }
}

function isInt64(value: number): boolean {
  return Number.isSafeInteger(value) || (Number.isInteger(value) && Math.abs(value) < int64Limit);
}

/** The exact integer of a value of kind "int" or "uint". */
export function integerOf(value: Value): Integer {
  if (value instanceof Int) return value.value;
  if (typeof value === "bigint") return value;
  const number = value as number;
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  return BigInt(number);
}

/** The float64 of a value of kind "float". */
export function floatOf(value: Value): number {
  return value instanceof Float ? value.value : Number(value);
}

/** A float64 as a value. */
export function float(value: number): Value {
  return isInt64(value) ? new Float(value) : value;
}

/** An int64 as a value; what is out of range wraps round, as in Go. */
export function int64(value: Integer): Integer {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  const wrapped = BigInt.asIntN(64, BigInt(value));
  return wrapped >= BigInt(Number.MIN_SAFE_INTEGER) && wrapped <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(wrapped)
    : wrapped;
}

/** The keys of a map that hold something, sorted by their bytes as Go does. */
export function sortedKeys(map: ValueMap): string[] {
  const keys = Object.keys(map).filter((key) => map[key] !== undefined);
  return keys.length > 1 ? keys.sort(compareText) : keys;
}

/** Orders text by its UTF-8 bytes, which is the order of its code points. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    if (x < 0xd800 && y < 0xd800) return x - y;
    // Surrogates stand for code points above U+FFFF, or for stray bytes.
    return compareBytes(toBytes(a.slice(Math.max(i - 1, 0))), toBytes(b.slice(Math.max(i - 1, 0))));
  }
  return a.length - b.length;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? -1);
}

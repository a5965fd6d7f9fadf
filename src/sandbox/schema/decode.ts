import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { Schema } from "./schema.ts";

/** A value has another type than its field. */
export class DecodeError extends Error {
  override name = "DecodeError";
}

/**
 * Reads a value of a built-in kind as the API server's typed decoding does: unknown fields and nulls are dropped, what
 * is empty and optional is left out, structures and defaults that every object has are filled in.
 * The paths of unknown fields are added to `unknown`. Throws `DecodeError`.
 */
export function decodeTyped(schema: Schema, value: Json, path: string, unknown: string[]): Json {
  if (isMap(value) && (schema.type === "object" || schema.type === "")) {
    if (schema.propertyNames.length > 0) return decodeStruct(schema, value, path, unknown);
    const additional = schema.additional;
    if (additional === undefined) return value;
    const out: JsonMap = {};
    for (const [key, item] of Object.entries(value)) {
      const decoded = decodeValue(additional, item, `${path}.${key}`, unknown);
      if (decoded !== undefined) setOwn(out, key, decoded);
      else if (additional.type === "string") setOwn(out, key, "");
    }
    return out;
  }
  switch (schema.type) {
    case "object":
      throw mismatch(value, path, "map");
    case "array":
      if (!Array.isArray(value)) throw mismatch(value, path, "slice");
      return value.map((item, i) => decodeValue(schema.items, item, `${path}[${i}]`, unknown) ?? zeroOf(schema.items));
    case "string":
      if (typeof value !== "string") throw mismatch(value, path, "string");
      return schema.text("format") === "date-time" ? decodeTime(schema, value, path) : value;
    case "boolean":
      if (typeof value !== "boolean") throw mismatch(value, path, "bool");
      return value;
    case "integer":
      if (typeof value !== "bigint" && !Number.isInteger(value)) {
        throw mismatch(value, path, schema.text("format") ?? "int");
      }
      return value;
    case "number":
      if (typeof value !== "number" && typeof value !== "bigint") throw mismatch(value, path, "float64");
      return value;
    default:
      return decodeUntyped(schema, value, path);
  }
}

function decodeValue(schema: Schema, value: Json | undefined, path: string, unknown: string[]): Json | undefined {
  if (value === undefined || value === null) {
    const fallback = schema.default;
    if (fallback === undefined) return schema.source["x-null"] === true ? null : undefined;
    return isMap(fallback) && schema.propertyNames.length > 0 ? decodeStruct(schema, fallback, path, []) : fallback;
  }
  const decoded = decodeTyped(schema, value, path, unknown);
  return schema.source["x-omit"] === true && isZero(decoded) ? zeroDefault(schema) : decoded;
}

function zeroDefault(schema: Schema): Json | undefined {
  const fallback = schema.default;
  return fallback === undefined || isZero(fallback) ? undefined : fallback;
}

function decodeStruct(schema: Schema, value: JsonMap, path: string, unknown: string[]): JsonMap {
  const out: JsonMap = {};
  const prefix = path === "" ? "" : `${path}.`;
  for (const key of Object.keys(value)) {
    if (schema.property(key) === undefined) unknown.push(`${prefix}${key}`);
  }
  for (const name of schema.propertyNames) {
    const decoded = decodeValue(schema.property(name)!, ownValue(value, name), `${prefix}${name}`, unknown);
    if (decoded !== undefined) setOwn(out, name, decoded);
  }
  return out;
}

function decodeTime(_schema: Schema, value: string, path: string): Json {
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.exec(value);
  const time = match === null ? NaN : Date.parse(value);
  if (Number.isNaN(time)) {
    throw new DecodeError(
      `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse (${path})`,
    );
  }
  const whole = new Date(time).toISOString().slice(0, 19);
  // MicroTime is the only time that keeps fractions; its fields are these.
  const micro = /(?:^|\.)(?:eventTime|renewTime|acquireTime|lastObservedTime)$/.test(path);
  return micro ? `${whole}.${(match![1] ?? ".").slice(1, 7).padEnd(6, "0")}Z` : `${whole}Z`;
}

function decodeUntyped(schema: Schema, value: Json, path: string): Json {
  const choices = ownValue(schema.source, "oneOf");
  if (!Array.isArray(choices)) return value;
  const types = choices.map((choice) => isMap(choice) ? choice["type"] : undefined);
  if (types.includes("number")) {
    const canonical = typeof value === "string" || typeof value === "number" || typeof value === "bigint"
      ? canonicalQuantity(String(value))
      : undefined;
    if (canonical === undefined) {
      throw new DecodeError(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" + ` (${path})`,
      );
    }
    return canonical;
  }
  if (typeof value === "string" || typeof value === "bigint" || Number.isInteger(value)) return value;
  throw mismatch(value, path, "intstr.IntOrString");
}

function zeroOf(schema: Schema): Json {
  switch (schema.type) {
    case "object":
      return {};
    case "array":
      return [];
    case "string":
      return "";
    case "boolean":
      return false;
    case "integer":
    case "number":
      return 0;
    default:
      return null;
  }
}

function isZero(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isMap(value)) return Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false;
}

function mismatch(value: Json, path: string, type: string): DecodeError {
  const given = Array.isArray(value)
    ? "array"
    : isMap(value)
    ? "object"
    : typeof value === "boolean"
    ? "bool"
    : typeof value;
  return new DecodeError(`json: cannot unmarshal ${given} into Go struct field ${path} of type ${type}`);
}

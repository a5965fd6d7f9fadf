import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import { canonicalQuantity } from "../../k8s/quantity.ts";
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
export function decodeTyped(schema: Schema, value: Json, path: string, unknown: string[], field = path): Json {
  return decode(schema, value, { path, field, struct: structName(schema) }, unknown);
}

/** Where a value stands: its path, the field that holds it without indexes and keys, and that field's structure. */
interface Place {
  readonly path: string;
  readonly field: string;
  readonly struct: string;
}

function decode(schema: Schema, value: Json, place: Place, unknown: string[]): Json {
  if (isMap(value) && (schema.type === "object" || schema.type === "")) {
    if (schema.propertyNames.length > 0) return decodeStruct(schema, value, place, unknown);
    const additional = schema.additional;
    if (additional === undefined) return value;
    const out: JsonMap = {};
    for (const [key, item] of Object.entries(value)) {
      const below = { ...place, path: `${place.path}.${key}` };
      setOwn(out, key, decodeValue(additional, item, below, unknown) ?? zeroOf(additional));
    }
    return out;
  }
  switch (schema.type) {
    case "object":
      throw mismatch(schema, value, place);
    case "array":
      if (!Array.isArray(value)) throw mismatch(schema, value, place);
      return value.map((item, i) =>
        decodeValue(schema.items, item, { ...place, path: `${place.path}[${i}]` }, unknown) ?? zeroOf(schema.items)
      );
    case "string":
      if (typeof value !== "string") throw mismatch(schema, value, place);
      if (schema.text("format") === "date-time") return decodeTime(schema, value);
      if (schema.text("format") === "byte") checkBase64(value);
      return value;
    case "boolean":
      if (typeof value !== "boolean") throw mismatch(schema, value, place);
      return value;
    case "integer":
      if (typeof value !== "bigint" && !Number.isInteger(value)) throw mismatch(schema, value, place);
      return value;
    case "number":
      if (typeof value !== "number" && typeof value !== "bigint") throw mismatch(schema, value, place);
      return value;
    default:
      return decodeUntyped(schema, value, place);
  }
}

function decodeValue(schema: Schema, value: Json | undefined, place: Place, unknown: string[]): Json | undefined {
  if (value === undefined || value === null) {
    const fallback = schema.default;
    if (fallback === undefined) return schema.source["x-null"] === true ? null : undefined;
    if (schema.source["x-omit"] === true && isZero(fallback)) return undefined;
    return isMap(fallback) && schema.propertyNames.length > 0 ? decodeStruct(schema, fallback, place, []) : fallback;
  }
  const decoded = decode(schema, value, place, unknown);
  if (!isZero(decoded)) return decoded;
  if (schema.source["x-omit"] === true) return zeroDefault(schema);
  // Stored as protobuf, an empty list or map comes back as none.
  return schema.source["x-null"] === true && schema.propertyNames.length === 0 ? null : decoded;
}

function zeroDefault(schema: Schema): Json | undefined {
  const fallback = schema.default;
  return fallback === undefined || isZero(fallback) ? undefined : fallback;
}

function decodeStruct(schema: Schema, value: JsonMap, place: Place, unknown: string[]): JsonMap {
  const out: JsonMap = {};
  const struct = structName(schema);
  const at = (name: string): Place => ({
    path: place.path === "" ? name : `${place.path}.${name}`,
    field: place.field === "" ? name : `${place.field}.${name}`,
    struct,
  });
  for (const key of Object.keys(value)) {
    const property = schema.property(key);
    if (property === undefined) {
      unknown.push(at(key).path);
      continue;
    }
    const decoded = decodeValue(property, value[key], at(key), unknown);
    if (decoded !== undefined) setOwn(out, key, decoded);
  }
  for (const name of schema.propertyNames) {
    if (Object.hasOwn(value, name)) continue;
    const decoded = decodeValue(schema.property(name)!, undefined, at(name), unknown);
    if (decoded !== undefined) setOwn(out, name, decoded);
  }
  return out;
}

/** The object that Go makes of nothing: structures and zero values, but no defaults. */
export function zeroStruct(schema: Schema): JsonMap {
  const out: JsonMap = {};
  for (const name of schema.propertyNames) {
    const property = schema.property(name)!;
    const fallback = property.default;
    if (isMap(fallback) && property.propertyNames.length > 0) setOwn(out, name, zeroStruct(property));
    else if (property.source["x-null"] === true) setOwn(out, name, null);
    else if (fallback !== undefined && isZero(fallback) && property.source["x-omit"] !== true) {
      setOwn(out, name, fallback);
    }
  }
  return out;
}

/** The last part of a definition's name, as Go's errors call it. */
function structName(schema: Schema): string {
  return schema.text("$ref")?.split(".").at(-1) ?? "";
}

function checkBase64(text: string): void {
  const bad = /[^A-Za-z0-9+/=\r\n]|=(?=[A-Za-z0-9+/])/.exec(text);
  const sound = bad === null && text.replace(/[\r\n]/g, "").length % 4 === 0;
  if (!sound) throw new DecodeError(`illegal base64 data at input byte ${bad?.index ?? text.length}`);
}

function decodeTime(schema: Schema, value: string): Json {
  const micro = structName(schema) === "MicroTime";
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.exec(value);
  const time = match === null ? NaN : Date.parse(value);
  // A MicroTime has six digits of fraction, no more and no less.
  if (Number.isNaN(time) || (micro && match?.[1]?.length !== 7)) {
    const layout = micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
    throw new DecodeError(`parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse`);
  }
  const whole = new Date(time).toISOString().slice(0, 19);
  return micro ? `${whole}${match![1]}Z` : `${whole}Z`;
}

function decodeUntyped(schema: Schema, value: Json, place: Place): Json {
  const choices = ownValue(schema.source, "oneOf");
  if (!Array.isArray(choices)) return value;
  const types = choices.map((choice) => isMap(choice) ? choice["type"] : undefined);
  if (types.includes("number")) {
    const canonical = typeof value === "string" || typeof value === "number" || typeof value === "bigint"
      ? canonicalQuantity(String(value))
      : undefined;
    if (canonical === undefined) {
      throw new DecodeError(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    }
    return canonical;
  }
  if (typeof value === "string" || typeof value === "bigint" || Number.isInteger(value)) return value;
  throw mismatch(schema, value, place);
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

function mismatch(schema: Schema, value: Json, { field, struct }: Place): DecodeError {
  let given: string = Array.isArray(value) ? "array" : isMap(value) ? "object" : typeof value;
  if (given === "boolean") given = "bool";
  if (typeof value === "number" && !Number.isInteger(value) && schema.type === "integer") given = `number ${value}`;
  return new DecodeError(
    `json: cannot unmarshal ${given} into Go struct field ${struct}.${field} of type ${goType(schema)}`,
  );
}

/** The Go type of a field, as far as errors name it. */
function goType(schema: Schema): string {
  const name = structName(schema);
  switch (schema.type) {
    case "object":
      if (schema.additional !== undefined) return `map[string]${goType(schema.additional)}`;
      return `v1.${name}`;
    case "array":
      return `[]${goType(schema.items)}`;
    case "boolean":
      return "bool";
    case "integer":
      return schema.text("format") ?? "int64";
    case "number":
      return "float64";
    default:
      return name === "" ? "string" : `v1.${name}`;
  }
}

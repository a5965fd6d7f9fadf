import { isMap, type Json, type JsonMap, parseJson, setOwn } from "../base/json.ts";
import { scalarText } from "../base/scalar_text.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { anything, type FieldSchema, schemaOfKey } from "./convert_schema.ts";

/** A rendered value that its field cannot have; the message begins with a small letter. */
export class TypeProblem extends Error {
  override name = "TypeProblem";
}

/**
 * A rendered value with the type that its field has in the target: text for a string field stays text, `"5"` becomes an
 * integer where the field is one, exact to 64 bits; text for a list or a map is read as JSON. `undefined`: absent, as
 * are `null` where the field takes none, and empty text for a field that is not text. Throws `TypeProblem`.
 */
export function typed(value: Json, schema: FieldSchema): Json | undefined {
  if (value === null) return schema.nullable ? null : undefined;
  if (typeof value === "string" && schema.type !== "string" && schema.type !== "any") return fromText(value, schema);
  switch (schema.type) {
    case "any":
      return value;
    case "string":
      return typeof value === "object" ? refuse("text", value) : typeof value === "string" ? value : scalarText(value);
    case "integer":
      return isInteger(value) ? inRange(value) : refuse("a whole number", value);
    case "number":
      return typeof value === "number" || typeof value === "bigint" ? value : refuse("a number", value);
    case "boolean":
      return typeof value === "boolean" ? value : refuse("true or false", value);
    case "intOrString":
      return isInteger(value) ? inRange(value) : refuse("a whole number or text", value);
    case "array":
      return Array.isArray(value)
        ? value.map((item) => typed(item, schema.items ?? anything)).filter((item) => item !== undefined)
        : refuse("a list", value);
    case "object":
      return isMap(value) ? typedMap(value, schema) : refuse("a map", value);
    default:
      return schema.type satisfies never;
  }
}

function typedMap(map: JsonMap, schema: FieldSchema): JsonMap {
  const result: JsonMap = {};
  for (const [key, item] of Object.entries(map)) {
    const value = typed(item, schemaOfKey(schema, key) ?? anything);
    if (value !== undefined) setOwn(result, key, value);
  }
  return result;
}

function fromText(text: string, schema: FieldSchema): Json | undefined {
  if (schema.type === "intOrString") return text;
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  switch (schema.type) {
    case "integer":
      return /^[-+]?\d{1,20}$/.test(trimmed) ? inRange(exact(trimmed)) : refuse("a whole number", text);
    case "number":
      if (/^[-+]?\d{1,20}$/.test(trimmed)) return exact(trimmed);
      return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?$/.test(trimmed) && Number.isFinite(Number(trimmed))
        ? Number(trimmed)
        : refuse("a number", text);
    case "boolean":
      return trimmed === "true" ? true : trimmed === "false" ? false : refuse("true or false", text);
    case "array":
    case "object": {
      const value = json(trimmed);
      const fits = schema.type === "array" ? Array.isArray(value) : isMap(value);
      return fits ? typed(value, schema) : refuse(schema.type === "array" ? "a list" : "a map", text);
    }
    case "string":
    case "any":
      return text;
    default:
      return schema.type satisfies never;
  }
}

/** `null` for what is no JSON: it is no list and no map either. */
function json(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isInteger(value: Json): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

function exact(text: string): number | bigint {
  const value = BigInt(text.replace(/^\+/, ""));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const bits = 2n ** 63n;

function inRange(value: number | bigint): number | bigint {
  return BigInt(value) < bits && BigInt(value) >= -bits ? value : refuse("a whole number of 64 bits", value);
}

function refuse(expected: string, value: Json): never {
  const found = Array.isArray(value)
    ? "a list"
    : isMap(value)
    ? "a map"
    : typeof value === "string"
    ? JSON.stringify(shortenMiddle(value, 60))
    : String(value);
  throw new TypeProblem(`expected ${expected}, found ${found}`);
}

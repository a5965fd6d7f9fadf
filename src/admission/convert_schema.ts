import { isMap, type Json, type JsonMap, ownValue } from "../base/json.ts";
import { compilePattern, type Pattern, PatternError } from "../conditions/pattern.ts";

/** Which values a field of a version may have: a structural schema, read once. */
export interface FieldSchema {
  readonly type: "string" | "integer" | "number" | "boolean" | "object" | "array" | "intOrString" | "any";
  readonly nullable: boolean;
  readonly properties: ReadonlyMap<string, FieldSchema>;
  /** Of keys that `properties` does not name; absent: there are none. */
  readonly additional?: FieldSchema | undefined;
  readonly items?: FieldSchema | undefined;
  /** What a scalar must keep besides its type: `enum`, bounds, lengths, `pattern`. */
  readonly admitsScalar: (value: string | number | bigint | boolean) => boolean;
}

/** Any value, or a version whose schema is not known. */
export const anything: FieldSchema = {
  type: "any",
  nullable: true,
  properties: new Map(),
  admitsScalar: () => true,
};

/** Reads a structural schema (OpenAPI v3 as CRDs have it); what it does not say is open. */
export function compileSchema(schema: Json | undefined): FieldSchema {
  if (!isMap(schema)) return anything;
  const properties = ownValue(schema, "properties");
  const additional = ownValue(schema, "additionalProperties");
  const isOpen = ownValue(schema, "x-kubernetes-preserve-unknown-fields") === true ||
    ownValue(schema, "x-kubernetes-embedded-resource") === true || additional === true;
  const type = typeOf(schema, isMap(properties) || isMap(additional));
  return {
    type,
    nullable: type === "any" || ownValue(schema, "nullable") === true,
    properties: new Map(isMap(properties) ? Object.entries(properties).map(([k, v]) => [k, compileSchema(v)]) : []),
    additional: isMap(additional) ? compileSchema(additional) : isOpen ? anything : undefined,
    items: type === "array" ? compileSchema(ownValue(schema, "items")) : undefined,
    admitsScalar: scalarRule(schema),
  };
}

const types: ReadonlySet<unknown> = new Set(["string", "integer", "number", "boolean", "object", "array"]);

function typeOf(schema: JsonMap, hasKeys: boolean): FieldSchema["type"] {
  if (ownValue(schema, "x-kubernetes-int-or-string") === true) return "intOrString";
  const type = ownValue(schema, "type");
  if (types.has(type)) return type as FieldSchema["type"];
  return hasKeys ? "object" : "any";
}

/** The schema of a key of a map; `undefined`: the API server drops it. */
export function schemaOfKey(schema: FieldSchema, key: string): FieldSchema | undefined {
  if (schema.type === "any") return anything;
  return schema.properties.get(key) ?? schema.additional;
}

/** Whether a value can stand there as it is, with everything in it. */
export function admits(schema: FieldSchema, value: Json): boolean {
  if (value === null) return schema.nullable;
  switch (schema.type) {
    case "any":
      return true;
    case "object":
      return isMap(value) && Object.entries(value).every(([key, item]) => {
        const below = schemaOfKey(schema, key);
        return below !== undefined && admits(below, item);
      });
    case "array":
      return Array.isArray(value) && value.every((item) => admits(schema.items ?? anything, item));
    case "string":
      return typeof value === "string" && schema.admitsScalar(value);
    case "boolean":
      return typeof value === "boolean" && schema.admitsScalar(value);
    case "integer":
      return isInteger(value) && schema.admitsScalar(value);
    case "number":
      return (typeof value === "number" || typeof value === "bigint") && schema.admitsScalar(value);
    case "intOrString":
      return (typeof value === "string" || isInteger(value)) && schema.admitsScalar(value);
    default:
      return schema.type satisfies never;
  }
}

function isInteger(value: Json): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

function scalarRule(schema: JsonMap): FieldSchema["admitsScalar"] {
  const allowed = ownValue(schema, "enum");
  const number = (key: string): number | bigint | undefined => {
    const value = ownValue(schema, key);
    return typeof value === "number" || typeof value === "bigint" ? value : undefined;
  };
  const [min, max, minLength, maxLength] = ["minimum", "maximum", "minLength", "maxLength"].map(number);
  const isOpenBelow = ownValue(schema, "exclusiveMinimum") === true;
  const isOpenAbove = ownValue(schema, "exclusiveMaximum") === true;
  const pattern = patternOf(ownValue(schema, "pattern"));
  return (value) => {
    if (Array.isArray(allowed) && !allowed.some((each) => each === value)) return false;
    if (typeof value === "number" || typeof value === "bigint") {
      if (min !== undefined && (value < min || (isOpenBelow && value === min))) return false;
      return max === undefined || !(value > max || (isOpenAbove && value === max));
    }
    if (typeof value !== "string") return true;
    if (minLength !== undefined || maxLength !== undefined) {
      const length = [...value].length;
      if (minLength !== undefined && length < minLength) return false;
      if (maxLength !== undefined && length > maxLength) return false;
    }
    return pattern === undefined || matches(pattern, value);
  };
}

/** `undefined` for a pattern that is beyond our bounds: the API server has checked the value of its own version. */
function patternOf(source: Json | undefined): Pattern | undefined {
  if (typeof source !== "string") return undefined;
  try {
    return compilePattern(source);
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

/** A text that is too long to be matched is not admitted, so it is carried. */
function matches(pattern: Pattern, text: string): boolean {
  try {
    return pattern.test(text);
  } catch (error) {
    if (error instanceof PatternError) return false;
    throw error;
  }
}

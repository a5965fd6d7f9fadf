import { canonicalJson, isMap, type Json, type JsonMap, ownValue } from "../base/json.ts";
import { compilePattern, PatternError } from "../conditions/mod.ts";

/** OpenAPI v3 of Kubernetes' own kinds, for who has it: the Runtime need not carry it. */
export interface BuiltInSchemas {
  schemaOf(type: { group: string; version: string; kind: string }): JsonMap | undefined;
  /** What a `$ref` leads to. */
  resolve(ref: string): JsonMap | undefined;
  /** Whether a text is of a format such as `ipv4`; true for unknown formats. */
  matchesFormat(format: string, text: string): boolean;
}

export const noBuiltInSchemas: BuiltInSchemas = {
  schemaOf: () => undefined,
  resolve: () => undefined,
  matchesFormat: () => true,
};

/** `open`: whatever stands there is welcome, or nothing is known of it. */
export type Field = JsonMap | "open" | undefined;

/** More references in a row would be a circle. */
const maxReferences = 10;

/** Reads schemas: the structural ones of CRDs, and those of built-in kinds with their references. */
export class OpenApi {
  readonly #builtIn: BuiltInSchemas;

  constructor(builtIn: BuiltInSchemas) {
    this.#builtIn = builtIn;
  }

  /** The schema with its reference followed; what stands beside the reference is laid over. */
  resolved(schema: JsonMap): JsonMap {
    let here = schema;
    for (let i = 0; i < maxReferences; i++) {
      const ref = ownValue(here, "$ref");
      if (typeof ref !== "string") return here;
      const { $ref: _ref, ...beside } = here;
      here = { ...openIfBare(this.#builtIn.resolve(ref) ?? {}), ...beside };
    }
    return {};
  }

  /** The schema of a key of a map; `undefined` where the schema has no such key. */
  field(schema: JsonMap, name: string): Field {
    const properties = ownValue(schema, "properties");
    const property = isMap(properties) ? ownValue(properties, name) : undefined;
    if (isMap(property)) return this.resolved(property);
    if (property !== undefined || isOpen(schema)) return "open";
    if (
      ownValue(schema, "x-kubernetes-embedded-resource") === true && ["apiVersion", "kind", "metadata"].includes(name)
    ) return "open";
    const additional = ownValue(schema, "additionalProperties");
    if (isMap(additional)) return this.resolved(additional);
    return additional === true ? "open" : undefined;
  }

  /** The keys that a map may have, as far as the schema names them. */
  fieldNames(schema: JsonMap): string[] {
    const properties = ownValue(schema, "properties");
    return isMap(properties) ? Object.keys(properties) : [];
  }

  /** The schema of a list's items. */
  items(schema: JsonMap): JsonMap | "open" {
    const items = ownValue(schema, "items");
    return isMap(items) ? this.resolved(items) : "open";
  }

  /** The schema at a path of names; list indexes are names. */
  at(schema: JsonMap, path: readonly string[]): Field {
    let here: JsonMap = this.resolved(schema);
    for (const name of path) {
      const inList = /^\d+$/.test(name) && ownValue(here, "items") !== undefined;
      const next = inList ? this.items(here) : this.field(here, name);
      if (next === undefined || next === "open") return next;
      here = next;
    }
    return here;
  }

  /** What the schema wants where a literal value does not fit it, as a noun phrase: `a whole number`, `at most 5`. */
  expected(schema: JsonMap, value: Json): string | undefined {
    if (value === null) return undefined;
    const types = typesOf(schema);
    if (types.length > 0 && !types.some((type) => isOfType(type, value))) return typePhrase(types);
    return enumProblem(schema, value) ??
      (typeof value === "string"
        ? this.#textProblem(schema, value, types)
        : typeof value === "number" || typeof value === "bigint"
        ? numberProblem(schema, value)
        : undefined);
  }

  /** The same for a value of which only the type is known: `string`, `integer`, `number`, `boolean`. */
  expectedOfType(schema: JsonMap, type: string): string | undefined {
    const types = typesOf(schema);
    const fits = types.length === 0 || types.includes(type) || (type === "integer" && types.includes("number")) ||
      (type === "number" && types.includes("integer"));
    return fits ? undefined : typePhrase(types);
  }

  #textProblem(schema: JsonMap, text: string, types: readonly string[]): string | undefined {
    const length = [...text].length;
    const minLength = numberOf(schema, "minLength");
    const maxLength = numberOf(schema, "maxLength");
    if (minLength !== undefined && length < minLength) return `at least ${minLength} characters`;
    if (maxLength !== undefined && length > maxLength) return `at most ${maxLength} characters`;
    const pattern = ownValue(schema, "pattern");
    if (typeof pattern === "string" && matches(pattern, text) === false) return `text that matches ${pattern}`;
    const format = ownValue(schema, "format");
    // Line breaks do not count in base64 (Go's encoding/base64).
    const checked = format === "byte" ? text.replaceAll(/[\r\n]/g, "") : text;
    return types.length === 1 && typeof format === "string" && !this.#builtIn.matchesFormat(format, checked)
      ? `text of the format ${format}`
      : undefined;
  }
}

/** A definition such as `RawExtension`, which only says that it is a map, takes whatever stands in it. */
function openIfBare(definition: JsonMap): JsonMap {
  const bare = ["properties", "additionalProperties", "$ref"].every((key) => ownValue(definition, key) === undefined);
  return bare && ownValue(definition, "type") === "object"
    ? { ...definition, "x-kubernetes-preserve-unknown-fields": true }
    : definition;
}

/** A map about whose keys nothing is said. */
function isOpen(schema: JsonMap): boolean {
  if (ownValue(schema, "x-kubernetes-preserve-unknown-fields") === true) return true;
  return ownValue(schema, "type") === undefined && ownValue(schema, "properties") === undefined &&
    ownValue(schema, "additionalProperties") === undefined;
}

/** The types that a value may have; none where the schema does not say. */
function typesOf(schema: JsonMap): string[] {
  if (
    ownValue(schema, "x-kubernetes-int-or-string") === true || ownValue(schema, "format") === "int-or-string"
  ) return ["integer", "string"];
  const type = ownValue(schema, "type");
  if (typeof type === "string") return [type];
  // A quantity is text or a number, and says so in this way.
  const branches = ownValue(schema, "oneOf");
  if (!Array.isArray(branches)) return [];
  const types = branches.map((branch) => isMap(branch) ? ownValue(branch, "type") : undefined);
  return types.every((each) => typeof each === "string") ? types : [];
}

function isOfType(type: string, value: Json): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return typeof value === "bigint" || Number.isInteger(value);
    case "number":
      return typeof value === "bigint" || typeof value === "number";
    case "array":
      return Array.isArray(value);
    case "object":
      return isMap(value);
    default:
      return true;
  }
}

/** What texts call the types of JSON Schema. */
export const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  array: "a list",
  object: "a map",
};

function typePhrase(types: readonly string[]): string {
  return types.map((type) => typeNames[type] ?? type).join(" or ");
}

function enumProblem(schema: JsonMap, value: Json): string | undefined {
  const allowed = ownValue(schema, "enum");
  if (!Array.isArray(allowed) || allowed.length === 0 || typeof value === "object") return undefined;
  if (allowed.some((each) => each === value)) return undefined;
  const words = allowed.map((each) => canonicalJson(each));
  return words.length === 1 ? words[0] : `one of ${words.slice(0, 12).join(", ")}${words.length > 12 ? ", …" : ""}`;
}

function numberProblem(schema: JsonMap, value: number | bigint): string | undefined {
  const format = ownValue(schema, "format");
  const bits = format === "int32" ? 31n : format === "int64" ? 63n : undefined;
  if (bits !== undefined && Number.isInteger(Number(value))) {
    const whole = BigInt(value);
    if (whole >= 2n ** bits || whole < -(2n ** bits)) return `a whole number of ${bits + 1n} bits`;
  }
  const min = numberOf(schema, "minimum");
  const max = numberOf(schema, "maximum");
  if (min !== undefined) {
    if (ownValue(schema, "exclusiveMinimum") === true && value <= min) return `a number above ${min}`;
    if (value < min) return `at least ${min}`;
  }
  if (max !== undefined) {
    if (ownValue(schema, "exclusiveMaximum") === true && value >= max) return `a number below ${max}`;
    if (value > max) return `at most ${max}`;
  }
  const multiple = numberOf(schema, "multipleOf");
  const fits = multiple === undefined || Number(multiple) === 0 || Number.isInteger(Number(value) / Number(multiple));
  return fits ? undefined : `a multiple of ${multiple}`;
}

function numberOf(schema: JsonMap, key: string): number | bigint | undefined {
  const value = ownValue(schema, key);
  return typeof value === "number" || typeof value === "bigint" ? value : undefined;
}

/** `undefined` where the pattern cannot be used: the API server says what it makes of it. */
function matches(pattern: string, text: string): boolean | undefined {
  try {
    return compilePattern(pattern).test(text);
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

import { isMap, type Json, ownValue } from "../../base/json.ts";
import { decodeBase64 } from "../../base/base64.ts";
import type { Schema } from "../schema/schema.ts";

/**
 * A value as CEL sees it. Whole numbers are its `int`, which the library takes as `bigint`; objects are maps, since keys
 * of users may be `constructor`.
 */
export type CelValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | CelValue[]
  | Map<string, CelValue>;

/** JSON without a schema, read as Kubernetes reads it: integers are int64. */
export function celValue(value: Json): CelValue {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (!isMap(value)) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, celValue(item)]));
}

/**
 * The same by a structural schema (apiextensions `pkg/apiserver/schema/cel`): a `number` is a double, whatever it is
 * now; formats have types; names of fields are escaped, and what no schema describes is left out.
 */
export function typedCelValue(schema: Schema, value: Json): CelValue {
  if (schema.intOrString) return celValue(value);
  switch (typeof value) {
    case "number":
    case "bigint":
      return schema.type === "number" ? Number(value) : celValue(value);
    case "string":
      return formatted(schema, value);
    default:
  }
  if (Array.isArray(value)) return value.map((item) => typedCelValue(schema.items, item));
  if (!isMap(value)) return value;
  const out = new Map<string, CelValue>();
  for (const [key, item] of Object.entries(value)) {
    const field = schema.field(key);
    if (field === undefined) continue;
    const name = field.named ? escapedName(key) : key;
    if (name !== undefined) out.set(name, typedCelValue(field.schema, item));
  }
  return out;
}

/** The root of an object or of an embedded one: of its metadata only the name is visible. */
export function objectCelValue(schema: Schema, value: { readonly [key: string]: Json }): CelValue {
  const { metadata, ...rest } = value;
  const out = typedCelValue(schema, rest) as Map<string, CelValue>;
  for (const key of ["apiVersion", "kind"]) {
    const text = ownValue(rest, key);
    if (typeof text === "string") out.set(key, text);
  }
  const names = new Map<string, CelValue>();
  for (const key of ["name", "generateName"]) {
    const text = isMap(metadata) ? ownValue(metadata, key) : undefined;
    if (typeof text === "string") names.set(key, text);
  }
  return out.set("metadata", names);
}

function formatted(schema: Schema, text: string): CelValue {
  switch (schema.text("format")) {
    case "date":
    case "date-time": {
      const date = new Date(text);
      return Number.isNaN(date.getTime()) ? text : date;
    }
    case "byte":
      try {
        return decodeBase64(text);
      } catch (error) {
        // Not what its format says; the schema has refused it.
        if (error instanceof DOMException) return text;
        throw error;
      }
    default:
      return text;
  }
}

/** Names that CEL does not take as they are (k8s.io/apiserver `pkg/cel/escaping.go`). */
const reserved = new Set(
  ("true false null in as break const continue else for function if import let loop package namespace return var void " +
    "while").split(" "),
);

/** The name of a field in expressions: `a-b` is `a__dash__b`. `undefined`: it cannot be named. */
function escapedName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  const escaped = name.replace(/__|[.\-/]/g, (found) => `__${signs[found]}__`);
  return /^[A-Za-z_]\w*$/.test(escaped) ? escaped : undefined;
}

const signs: Readonly<Record<string, string>> = { "__": "underscores", ".": "dot", "-": "dash", "/": "slash" };

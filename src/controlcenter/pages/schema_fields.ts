import { isMap, type Json, setOwn } from "../../base/json.ts";
import type { TypeSchema } from "../sources/documents.ts";

/** A field of a schema, as documentation shows it. */
export interface Field {
  /** `spec.parts[].image`. */
  readonly path: string;
  readonly name: string;
  /** 0 for the fields of `spec` itself. */
  readonly depth: number;
  readonly type: string;
  readonly isRequired: boolean;
  /** The default, as JSON. */
  readonly fallback: string | undefined;
  /** Which values it takes, beyond the type. */
  readonly bounds: string;
  readonly description: string;
}

const maxFields = 1000;
const maxDepth = 12;

type Schema = Readonly<Record<string, unknown>>;

/** The fields below one field of an `openAPIV3Schema`, parents first; `more`: the number of those that are left out. */
export function fieldsOf(schema: unknown, root: string): { readonly fields: readonly Field[]; readonly more: number } {
  const fields: Field[] = [];
  let count = 0;
  const visit = (parent: Schema, path: string, depth: number): void => {
    const required = listOf(parent["required"]);
    for (const [name, child] of Object.entries(mapOf(parent["properties"]))) {
      if (!isMap(child)) continue;
      if (++count > maxFields) continue;
      const { schema: own, suffix } = elementOf(child);
      const at = `${path}.${name}${suffix}`;
      fields.push({
        path: at,
        name: `${name}${suffix}`,
        depth,
        type: typeOf(child),
        isRequired: required.includes(name),
        fallback: child["default"] === undefined ? undefined : JSON.stringify(child["default"]),
        bounds: boundsOf(child),
        description: textOf(child["description"]),
      });
      if (depth < maxDepth) visit(own, at, depth + 1);
    }
  };
  const top = mapOf(mapOf(mapOf(schema)["properties"])[root]);
  visit(top, root, 0);
  return { fields, more: Math.max(0, count - maxFields) };
}

/** An object with every required field of the spec, and a value that its type takes. */
export function exampleOf({ group, version, kind, namespaced, schema }: TypeSchema): Json {
  const spec = mapOf(mapOf(mapOf(schema)["properties"])["spec"]);
  return {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    metadata: { name: "example", ...(namespaced ? { namespace: "default" } : {}) },
    ...(Object.keys(spec).length === 0 ? {} : { spec: sampleOf(spec, 0) }),
  };
}

/** Of `parts[]` and `labels.*`, what one of them is. */
function elementOf(schema: Schema): { readonly schema: Schema; readonly suffix: string } {
  if (isMap(schema["items"])) return { schema: schema["items"], suffix: "[]" };
  if (isMap(schema["additionalProperties"])) return { schema: schema["additionalProperties"], suffix: ".*" };
  return { schema, suffix: "" };
}

function typeOf(schema: Schema): string {
  if (schema["x-kubernetes-int-or-string"] === true) return "integer or text";
  const type = textOf(schema["type"]) || "anything";
  const format = textOf(schema["format"]);
  if (type === "array") return `list of ${typeOf(mapOf(schema["items"]))}`;
  if (type === "object" && isMap(schema["additionalProperties"])) {
    return `map of ${typeOf(schema["additionalProperties"])}`;
  }
  return `${type === "string" ? "text" : type}${format === "" ? "" : ` (${format})`}`;
}

function boundsOf(schema: Schema): string {
  const bounds: string[] = [];
  const values = listOf(schema["enum"]);
  if (values.length > 0) bounds.push(`one of ${values.slice(0, 30).map((value) => JSON.stringify(value)).join(", ")}`);
  for (
    const [key, word] of [
      ...[["minimum", "≥"], ["maximum", "≤"], ["minLength", "characters ≥"], ["maxLength", "characters ≤"]],
      ...[["minItems", "items ≥"], ["maxItems", "items ≤"], ["pattern", "like"]],
    ] as const
  ) {
    const value = schema[key!];
    if (typeof value === "number" || typeof value === "string") bounds.push(`${word} ${value}`);
  }
  return bounds.join(", ");
}

function sampleOf(schema: Schema, depth: number): Json {
  if (schema["default"] !== undefined) return schema["default"] as Json;
  const [first] = listOf(schema["enum"]);
  if (first !== undefined) return first as Json;
  switch (schema["type"]) {
    case "integer":
    case "number":
      return typeof schema["minimum"] === "number" ? schema["minimum"] : 1;
    case "boolean":
      return false;
    case "array":
      return depth >= maxDepth ? [] : [sampleOf(mapOf(schema["items"]), depth + 1)];
    case "object": {
      const sample: Record<string, Json> = {};
      if (depth >= maxDepth) return sample;
      const properties = mapOf(schema["properties"]);
      for (const name of listOf(schema["required"]).slice(0, 100)) {
        if (typeof name === "string") setOwn(sample, name, sampleOf(mapOf(properties[name]), depth + 1));
      }
      return sample;
    }
    default:
      return schema["type"] === "string" ? "text" : {};
  }
}

function mapOf(value: unknown): Schema {
  return isMap(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

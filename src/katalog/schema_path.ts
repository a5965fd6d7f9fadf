import { isMap, type Json, type JsonMap, ownValue } from "../base/json.ts";

/** Where a path leaves an OpenAPI schema. */
export interface LostPath {
  /** Index of the first name that the schema does not have. */
  readonly at: number;
  /** The names that there are instead; none where the value has no fields at all. */
  readonly known: readonly string[];
  /** The value before has a scalar type: "string", "integer", … */
  readonly scalar?: string;
}

/** Follows a path through a structural schema; `undefined` while the schema knows it, or leaves it open. */
export function losePath(schema: JsonMap, path: readonly string[]): LostPath | undefined {
  let here: JsonMap = schema;
  for (const [at, name] of path.entries()) {
    const next = step(here, name);
    if (next === "open") return undefined;
    if (next === undefined) {
      const properties = ownValue(here, "properties");
      const type = ownValue(here, "type");
      const scalar = typeof type === "string" && type !== "object" && type !== "array" ? type : undefined;
      return {
        at,
        known: isMap(properties) ? Object.keys(properties) : [],
        ...(scalar === undefined ? {} : { scalar }),
      };
    }
    here = next;
  }
  return undefined;
}

function step(schema: JsonMap, name: string): JsonMap | "open" | undefined {
  if (ownValue(schema, "x-kubernetes-preserve-unknown-fields") === true) return "open";
  if (ownValue(schema, "x-kubernetes-int-or-string") === true) return undefined;
  if (ownValue(schema, "x-kubernetes-embedded-resource") === true) return "open";
  const properties = ownValue(schema, "properties");
  const property = isMap(properties) ? ownValue(properties, name) : undefined;
  if (property !== undefined) return schemaOrOpen(property);
  const additional = ownValue(schema, "additionalProperties");
  if (additional !== undefined && additional !== false) return schemaOrOpen(additional);
  const items = ownValue(schema, "items");
  if (items !== undefined) return /^\d+$/.test(name) ? schemaOrOpen(items) : undefined;
  const type = ownValue(schema, "type");
  if (type === undefined) return "open";
  // An object without declared fields: the API server prunes whatever is in it.
  return undefined;
}

function schemaOrOpen(value: Json): JsonMap | "open" {
  return isMap(value) ? value : "open";
}

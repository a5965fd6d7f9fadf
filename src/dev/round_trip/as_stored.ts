import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";

/**
 * What the API server makes of a value that comes from a converter, or from a client: fields that the structural schema
 * does not have are dropped, and defaults filled in.
 */
export function asStored(value: Json, schema: Json | undefined): Json {
  if (!isMap(schema)) return value;
  if (Array.isArray(value)) return value.map((item) => asStored(item, ownValue(schema, "items")));
  if (!isMap(value)) return value;
  const properties = ownValue(schema, "properties");
  const additional = ownValue(schema, "additionalProperties");
  const isOpen =
    ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"].some((key) =>
      ownValue(schema, key) === true
    ) || additional === true;
  const result: JsonMap = {};
  for (const [key, item] of Object.entries(value)) {
    const known = isMap(properties) ? ownValue(properties, key) : undefined;
    const below = known ?? (isMap(additional) ? additional : undefined);
    if (below !== undefined || isOpen) setOwn(result, key, asStored(item, below));
  }
  for (const [key, property] of isMap(properties) ? Object.entries(properties) : []) {
    const fallback = isMap(property) ? ownValue(property, "default") : undefined;
    if (fallback !== undefined && !Object.hasOwn(result, key)) setOwn(result, key, asStored(fallback, property));
  }
  return result;
}

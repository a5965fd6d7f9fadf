import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import type { Schema } from "./schema.ts";

/** The fields of an embedded resource and of a root object that every object has. */
const objectFields = ["apiVersion", "kind", "metadata"];

/**
 * Drops the fields that a structural schema does not name (`pruning.PruneWithOptions`) and answers the value without
 * them. Their paths are added to `unknown`. The metadata of the root and of embedded resources is left alone.
 */
export function prune(schema: Schema, value: Json, path: string, unknown: string[], isResource = false): Json {
  if (Array.isArray(value)) {
    return value.map((item, i) => prune(schema.items, item, `${path}[${i}]`, unknown, schema.items.embedded));
  }
  if (!isMap(value)) return value;
  const resource = isResource || schema.embedded;
  const out: JsonMap = {};
  const prefix = path === "" ? "" : `${path}.`;
  for (const [key, item] of Object.entries(value)) {
    if (resource && objectFields.includes(key)) {
      setOwn(out, key, item);
      continue;
    }
    const field = schema.field(key);
    if (field !== undefined) setOwn(out, key, prune(field.schema, item, prefix + key, unknown));
    else if (schema.preservesUnknown || schema.freeForm) setOwn(out, key, item);
    else unknown.push(prefix + key);
  }
  return out;
}

/**
 * Lays the defaults of a structural schema under a value (`defaulting.Default`): absent fields with a default get it,
 * and so do nulls in fields that may not be null. Answers the value itself when nothing is to be filled in.
 */
export function fillDefaults(schema: Schema, value: Json): Json {
  if (Array.isArray(value)) {
    const items = value.map((item) => item === null ? item : fillDefaults(schema.items, item));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (!isMap(value)) return value;
  const out: JsonMap = { ...value };
  let changed = false;
  for (const name of schema.propertyNames) {
    const property = schema.property(name)!;
    const given = ownValue(value, name);
    const missing = given === undefined || (given === null && !property.nullable);
    if (missing && property.default !== undefined) {
      setOwn(out, name, fillDefaults(property, property.default));
      changed = true;
    } else if (given !== undefined && given !== null) {
      const filled = fillDefaults(property, given);
      if (filled !== given) {
        setOwn(out, name, filled);
        changed = true;
      }
    }
  }
  const additional = schema.additional;
  if (additional !== undefined) {
    for (const [key, item] of Object.entries(value)) {
      if (schema.property(key) !== undefined || item === null) continue;
      const filled = fillDefaults(additional, item);
      if (filled !== item) {
        setOwn(out, key, filled);
        changed = true;
      }
    }
  }
  return changed ? out : value;
}

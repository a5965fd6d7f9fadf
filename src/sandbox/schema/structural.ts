import { isMap, type Json, type JsonMap, setOwn } from "../../base/json.ts";
import { objectMetaSchema } from "./builtin.ts";
import { decodeTyped } from "./decode.ts";
import { isObjectField, type Schema } from "./schema.ts";

/** Paths of fields that a schema does not know. */
export interface Unknown {
  readonly pruned: string[];
  /** In the metadata of embedded resources. */
  readonly embedded: string[];
}

/**
 * Drops the fields that a structural schema does not name (`pruning.PruneWithOptions`) and returns the value without
 * them. The metadata of the root is left alone, that of embedded resources is read as what it is. Throws `DecodeError`.
 * Nothing is kept of a map without a schema.
 */
export function prune(
  schema: Schema | undefined,
  value: Json,
  path: string,
  unknown: Unknown,
  isRoot = false,
  open = schema?.preservesUnknown === true,
): Json {
  if (Array.isArray(value)) {
    return value.map((item, i) => {
      const items = schema?.items;
      return prune(items, item, `${path}[${i}]`, unknown, false, open || items?.preservesUnknown === true);
    });
  }
  if (!isMap(value)) return value;
  const out: JsonMap = {};
  const prefix = path === "" ? "" : `${path}.`;
  for (const [key, item] of Object.entries(value)) {
    if ((isRoot || schema?.embedded === true) && isObjectField(key)) {
      const metadata = !isRoot && key === "metadata" && isMap(item);
      setOwn(out, key, metadata ? decodeTyped(objectMetaSchema(), item, prefix + key, unknown.embedded) : item);
      continue;
    }
    const field = schema?.field(key);
    if (field !== undefined) setOwn(out, key, prune(field.schema, item, prefix + key, unknown));
    else if (schema?.freeForm === true) setOwn(out, key, prune(undefined, item, prefix + key, unknown));
    else if (open) setOwn(out, key, item);
    else unknown.pruned.push(prefix + key);
  }
  return out;
}

/**
 * Drops the nulls of fields that may not be null and have no default (`PruneNonNullableNullsWithoutDefaults`). Returns
 * the value itself when nothing changes.
 */
export function dropNulls(schema: Schema, value: Json): Json {
  if (Array.isArray(value)) return changed(value, value.map((item) => dropNulls(schema.items, item)));
  if (!isMap(value)) return value;
  const out: JsonMap = {};
  let same = true;
  for (const [key, item] of Object.entries(value)) {
    const field = schema.field(key)?.schema;
    if (item === null && field !== undefined && !field.nullable && field.default === undefined) {
      same = false;
      continue;
    }
    const kept = field === undefined ? item : dropNulls(field, item);
    same &&= kept === item;
    setOwn(out, key, kept);
  }
  return same ? value : out;
}

/**
 * Lays the defaults of a structural schema under a value (`defaulting.Default`). A null that may not be one counts as
 * absent. Returns the value itself when nothing changes.
 */
export function fillDefaults(schema: Schema, value: Json): Json {
  if (Array.isArray(value)) return changed(value, value.map((item) => fillOne(schema.items, item)));
  if (!isMap(value)) return value;
  const out: JsonMap = {};
  let same = true;
  for (const [key, item] of Object.entries(value)) {
    const field = schema.field(key)?.schema;
    const filled = field === undefined ? item : fillOne(field, item);
    same &&= filled === item;
    setOwn(out, key, filled);
  }
  for (const name of schema.propertyNames) {
    if (Object.hasOwn(value, name)) continue;
    const property = schema.property(name)!;
    if (property.default === undefined) continue;
    setOwn(out, name, fillDefaults(property, property.default));
    same = false;
  }
  return same ? value : out;
}

function fillOne(schema: Schema, value: Json): Json {
  return fillDefaults(schema, value === null && !schema.nullable ? schema.default ?? null : value);
}

function changed(before: Json[], after: Json[]): Json[] {
  return after.some((item, i) => item !== before[i]) ? after : before;
}

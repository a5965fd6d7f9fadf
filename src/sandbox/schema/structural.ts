import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import { objectMetaSchema } from "./builtin.ts";
import { decodeTyped } from "./decode.ts";
import type { Schema } from "./schema.ts";

/** The fields that every object has, an embedded one too. */
const objectFields = ["apiVersion", "kind", "metadata"];

/** Paths of fields that a schema does not know. */
export interface Unknown {
  readonly pruned: string[];
  /** In the metadata of embedded resources. */
  readonly embedded: string[];
}

/**
 * Drops the fields that a structural schema does not name (`pruning.PruneWithOptions`) and answers the value without
 * them. The metadata of the root is left alone, that of embedded resources is read as what it is. Throws `DecodeError`.
 */
export function prune(schema: Schema, value: Json, path: string, unknown: Unknown, isRoot = false): Json {
  if (Array.isArray(value)) return value.map((item, i) => prune(schema.items, item, `${path}[${i}]`, unknown));
  if (!isMap(value)) return value;
  const out: JsonMap = {};
  const prefix = path === "" ? "" : `${path}.`;
  for (const [key, item] of Object.entries(value)) {
    if ((isRoot || schema.embedded) && objectFields.includes(key)) {
      const metadata = !isRoot && key === "metadata" && isMap(item);
      setOwn(out, key, metadata ? decodeTyped(objectMetaSchema(), item, prefix + key, unknown.embedded) : item);
      continue;
    }
    const field = schema.field(key);
    if (field !== undefined) setOwn(out, key, prune(field.schema, item, prefix + key, unknown));
    else if (schema.preservesUnknown || schema.freeForm) setOwn(out, key, item);
    else unknown.pruned.push(prefix + key);
  }
  return out;
}

/**
 * Lays the defaults of a structural schema under a value (`defaulting.Default`). A null in a field that may not be null
 * counts as absent: it gets the default, or goes (when `dropNulls`). Answers the value itself when nothing changes.
 */
export function fillDefaults(schema: Schema, value: Json, dropNulls = true): Json {
  if (Array.isArray(value)) {
    const items = value.map((item) => fillDefaults(schema.items, item, dropNulls));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (!isMap(value)) return value;
  const out: JsonMap = { ...value };
  let changed = false;
  const put = (key: string, item: Json) => {
    setOwn(out, key, item);
    changed = true;
  };
  for (const name of schema.propertyNames) {
    const property = schema.property(name)!;
    const given = ownValue(value, name);
    if (given === undefined || (given === null && !property.nullable && !isOpen(property))) {
      if (property.default !== undefined) put(name, fillDefaults(property, property.default));
      else if (given === null && dropNulls) {
        delete out[name];
        changed = true;
      }
    } else if (given !== null) {
      const filled = fillDefaults(property, given, dropNulls);
      if (filled !== given) put(name, filled);
    }
  }
  const additional = schema.additional;
  if (additional !== undefined) {
    for (const [key, item] of Object.entries(value)) {
      if (schema.property(key) !== undefined || item === null) continue;
      const filled = fillDefaults(additional, item, dropNulls);
      if (filled !== item) put(key, filled);
    }
  }
  return changed ? out : value;
}

/** Takes anything, null as well. */
function isOpen(schema: Schema): boolean {
  return schema.type === "" && !schema.intOrString;
}

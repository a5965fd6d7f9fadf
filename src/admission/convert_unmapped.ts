import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../base/json.ts";
import { admits, type FieldSchema, schemaOfKey } from "./convert_schema.ts";
import { pathsBelow, type PathTree } from "./convert_paths.ts";

/** The fields of an object that no template reads (ruling 97), at their paths. */
export interface Unmapped {
  /** Those that the target has too. */
  readonly copied?: Json | undefined;
  /** Those that it does not have. */
  readonly carried?: Json | undefined;
}

/**
 * Divides what no template reads: a value that the target's schema admits at the same path is copied, unless a template
 * writes there; any other is carried. Maps are divided key by key, lists are taken as one value.
 */
export function unmapped(
  value: Json,
  reads: PathTree | undefined,
  writes: PathTree | undefined,
  target: FieldSchema | undefined,
): Unmapped {
  if (reads?.whole === true) return {};
  const isUnread = reads === undefined || (reads.below.size === 0 && !reads.tested);
  if (!isMap(value)) {
    if (reads?.tested === true && !(Array.isArray(value) && value.length > 0)) return {};
    return writes === undefined && target !== undefined && admits(target, value)
      ? { copied: value }
      : { carried: value };
  }
  if (isUnread) {
    if (target === undefined || writes?.whole === true) return { carried: value };
    if (writes === undefined && admits(target, value)) return { copied: value };
  }
  const copied: JsonMap = {};
  const carried: JsonMap = {};
  const keys = Object.keys(value);
  for (const key of keys) {
    const below = target === undefined ? undefined : schemaOfKey(target, key);
    const part = unmapped(value[key]!, pathsBelow(reads, key), pathsBelow(writes, key), below);
    if (part.copied !== undefined) setOwn(copied, key, part.copied);
    if (part.carried !== undefined) setOwn(carried, key, part.carried);
  }
  if (keys.length === 0) return isFree(writes, target) ? { copied: {} } : { carried: {} };
  return {
    copied: Object.keys(copied).length > 0 ? copied : undefined,
    carried: Object.keys(carried).length > 0 ? carried : undefined,
  };
}

/** Can an empty map stand there? Templates that write below it do not mind. */
function isFree(writes: PathTree | undefined, target: FieldSchema | undefined): boolean {
  return writes?.whole !== true && target !== undefined && (target.type === "object" || target.type === "any");
}

/**
 * Lays values over a tree where it has nothing; what the tree has stays. Values that the schema does not admit are left
 * out: anyone who can write the object can write the annotation that they come from.
 */
export function laidUnder(tree: Json | undefined, values: Json, schema: FieldSchema | undefined): Json | undefined {
  if (schema === undefined) return tree;
  if (tree === undefined && admits(schema, values)) return values;
  if (!isMap(values) || (tree !== undefined && !isMap(tree))) return tree;
  const result: JsonMap = { ...tree };
  for (const [key, value] of Object.entries(values)) {
    const merged = laidUnder(ownValue(result, key), value, schemaOfKey(schema, key));
    if (merged !== undefined) setOwn(result, key, merged);
  }
  return tree === undefined && Object.keys(result).length === 0 ? undefined : result;
}

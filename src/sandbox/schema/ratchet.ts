import { canonicalJson, equalJson, isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import type { Schema } from "./schema.ts";

/**
 * Which old value a new one replaces, and whether they are the same (k8s.io/apiserver `cel/common.CorrelatedObject`):
 * an update may leave what was wrong before.
 */

/** Finds the old item of a new one. Only the items of a list with keys have one; `undefined` for other lists. */
export function oldItems(schema: Schema, old: Json | undefined): ((item: Json) => Json | undefined) | undefined {
  if (schema.listType !== "map" || !Array.isArray(old)) return undefined;
  const byKey = new Map<string, Json>();
  for (const item of old) {
    const key = keyOf(schema, item);
    if (key !== undefined && !byKey.has(key)) byKey.set(key, item);
  }
  return (item) => {
    const key = keyOf(schema, item);
    return key === undefined ? undefined : byKey.get(key);
  };
}

function keyOf(schema: Schema, item: Json): string | undefined {
  if (!isMap(item)) return undefined;
  const keys = schema.listKeys.map((name) => ownValue(item, name));
  if (keys.some((key) => key === undefined || key === null || typeof key === "object")) return undefined;
  return canonicalJson(keys as Json[]);
}

/**
 * True when a value is what it was. The order of items with keys does not count, and a map in which there is a key that
 * its schema does not know has always changed.
 */
export function unchanged(schema: Schema, old: Json, value: Json): boolean {
  if (Array.isArray(old) && Array.isArray(value)) {
    const find = oldItems(schema, old);
    if (find === undefined) return equalJson(old, value);
    return old.length === value.length && value.every((item) => {
      const before = find(item);
      return before !== undefined && unchanged(schema.items, before, item);
    });
  }
  return isMap(old) && isMap(value) ? unchangedMap(schema, old, value) : equalJson(old, value);
}

function unchangedMap(schema: Schema, old: JsonMap, value: JsonMap): boolean {
  const keys = Object.keys(value);
  return keys.length === Object.keys(old).length && keys.every((key) => {
    const before = ownValue(old, key);
    const field = schema.field(key);
    return before !== undefined && field !== undefined && unchanged(field.schema, before, value[key]!);
  });
}

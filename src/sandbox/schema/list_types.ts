import { canonicalJson, isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import type { FieldError } from "../faults.ts";
import { duplicate, invalidField } from "../kinds/fields.ts";
import type { Schema } from "./schema.ts";

/** Finds what is twice in lists of type `set` and `map` (apiextensions `schema/listtype`). */
export function listTypeErrors(schema: Schema, value: Json, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const errors = schema.listType === "set"
      ? repeated(value).map((i) => duplicate(`${path}[${i}]`, value[i]))
      : schema.listType === "map"
      ? mapErrors(schema, value, path)
      : [];
    value.forEach((item, i) => errors.push(...listTypeErrors(schema.items, item, `${path}[${i}]`)));
    return errors;
  }
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const field = schema.field(key);
    if (field === undefined) return [];
    return listTypeErrors(field.schema, item, field.named ? (path === "" ? key : `${path}.${key}`) : `${path}[${key}]`);
  });
}

function mapErrors(schema: Schema, items: readonly Json[], path: string): FieldError[] {
  const odd = items.findIndex((item) => item !== null && !isMap(item));
  if (odd >= 0) return [invalidField(`${path}[${odd}]`, items[odd], "must be an object for an array of list-type map")];
  const keys = items.map((item) => {
    const key: JsonMap = {};
    for (const name of schema.listKeys) {
      const value = isMap(item) ? ownValue(item, name) : undefined;
      if (value !== undefined) key[name] = value;
    }
    return key;
  });
  return repeated(keys).map((i) => duplicate(`${path}[${i}]`, keys[i]));
}

/** The places at which a value is there for the second time. */
function repeated(values: readonly Json[]): number[] {
  const times = new Map<string, number>();
  return values.flatMap((value, i) => {
    const text = canonicalJson(value);
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    return before === 1 ? [i] : [];
  });
}

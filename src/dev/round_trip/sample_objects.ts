import { canonicalJson, isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import { valueAt, withValueAt } from "../../k8s/object.ts";
import { maximal, minimal, sampleValues } from "./sample_values.ts";

/** A field of the schema, and what it may hold. */
interface Field {
  readonly path: readonly string[];
  readonly required: boolean;
  readonly values: readonly Json[];
  /** The maps that it is in, outer ones first. */
  readonly within: readonly Within[];
}

interface Within {
  readonly schema: JsonMap;
  readonly path: readonly string[];
}

/** Fields of one schema that are varied. */
const maxFields = 200;

/**
 * Objects that the schema admits, the smallest first, each once, at most `max`: with nothing but what is required and
 * with everything, and of both every field varied alone. The same schema gives the same objects.
 */
export function sampleObjects(schema: JsonMap, max: number): JsonMap[] {
  const all = new Map<string, JsonMap>();
  const add = (value: Json | undefined): void => {
    if (isMap(value)) all.set(canonicalJson(value), value);
  };
  const fields = fieldsOf(schema);
  for (const base of [minimal(schema), maximal(schema)]) {
    add(base);
    for (const { path, required, values, within } of fields) {
      const around = withMaps(base, within);
      for (const value of values) add(withValueAt(around, path, value));
      if (!required) add(withValueAt(around, path, undefined));
    }
  }
  return [...all].sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)).slice(0, max).map(([, value]) => value);
}

/** The object with these maps in it: where one is absent, with what it requires. */
function withMaps(base: JsonMap, within: readonly Within[]): Json | undefined {
  return within.reduce<Json | undefined>(
    (object, { path, schema }) =>
      valueAt(object, path) === undefined ? withValueAt(object, path, minimal(schema)) : object,
    base,
  );
}

/** The fields of a schema, those inside of maps too; lists are one value. */
function fieldsOf(schema: JsonMap): Field[] {
  const fields: Field[] = [];
  const queue: (Within & { readonly within: readonly Within[] })[] = [{ schema, path: [], within: [] }];
  for (const { schema: here, path, within } of queue) {
    const properties = ownValue(here, "properties");
    const required = ownValue(here, "required");
    for (const [key, property] of isMap(properties) ? Object.entries(properties) : []) {
      if (fields.length >= maxFields) return fields;
      const below = [...path, key];
      const isRequired = Array.isArray(required) && required.includes(key);
      fields.push({ path: below, required: isRequired, values: sampleValues(property), within });
      if (!isMap(property) || !isMap(ownValue(property, "properties"))) continue;
      const map = { schema: property, path: below };
      queue.push({ ...map, within: [...within, map] });
    }
  }
  return fields;
}

import { isMap, type Json, setOwn } from "../../base/json.ts";
import type { Schema } from "../schema/schema.ts";

/** A value as CEL sees it: whole numbers are its `int`, which the library takes as `bigint`. */
export type CelValue = null | boolean | number | bigint | string | CelValue[] | { [key: string]: CelValue };

/** JSON without a schema, read as Kubernetes reads it: integers are int64. */
export function celValue(value: Json): CelValue {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (!isMap(value)) return value;
  const out: { [key: string]: CelValue } = {};
  for (const [key, item] of Object.entries(value)) setOwn(out as never, key, celValue(item) as Json);
  return out;
}

/** The same with a schema: a field of type `number` is a double, whatever it is now. */
export function typedCelValue(schema: Schema | undefined, value: Json): CelValue {
  if (schema === undefined) return celValue(value);
  if (typeof value === "number") return schema.type === "number" ? value : celValue(value);
  if (typeof value === "bigint") return schema.type === "number" ? Number(value) : value;
  if (Array.isArray(value)) return value.map((item) => typedCelValue(schema.items, item));
  if (!isMap(value)) return value;
  const out: { [key: string]: CelValue } = {};
  for (const [key, item] of Object.entries(value)) {
    setOwn(out as never, key, typedCelValue(schema.field(key)?.schema, item) as Json);
  }
  return out;
}

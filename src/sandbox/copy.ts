import { type JsonMap, setOwn } from "../base/json.ts";

/** A copy that may be changed freely. */
export function structuredCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(structuredCopy) as T;
  if (typeof value !== "object" || value === null) return value;
  const out: JsonMap = {};
  for (const [key, item] of Object.entries(value)) setOwn(out, key, structuredCopy(item));
  return out as T;
}

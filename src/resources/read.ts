import { isMap, type Json, type JsonMap, ownValue } from "../base/json.ts";

/** Readers of rendered fields. The shape has settled every type already: what is not there is `undefined`. */

export function textAt(fields: JsonMap | undefined, key: string): string | undefined {
  const value = fields === undefined ? undefined : ownValue(fields, key);
  return typeof value === "string" ? value : undefined;
}

export function numberAt(fields: JsonMap | undefined, key: string): number | undefined {
  const value = fields === undefined ? undefined : ownValue(fields, key);
  return typeof value === "number" ? value : undefined;
}

export function flagAt(fields: JsonMap | undefined, key: string): boolean | undefined {
  const value = fields === undefined ? undefined : ownValue(fields, key);
  return typeof value === "boolean" ? value : undefined;
}

export function mapAt(fields: JsonMap | undefined, key: string): JsonMap | undefined {
  const value = fields === undefined ? undefined : ownValue(fields, key);
  return isMap(value) ? value : undefined;
}

/** The list under `key`; empty when there is none. */
export function listAt(fields: JsonMap | undefined, key: string): readonly Json[] {
  const value = fields === undefined ? undefined : ownValue(fields, key);
  return Array.isArray(value) ? value : [];
}

/** The maps in the list under `key`. */
export function mapsAt(fields: JsonMap | undefined, key: string): readonly JsonMap[] {
  return listAt(fields, key).filter(isMap);
}

/** Only the entries of `parts` that have a value: Kubernetes gets no nulls and no empty maps or lists (D3). */
export function present(parts: Readonly<Record<string, Json | undefined>>): JsonMap {
  const kept: JsonMap = {};
  for (const [key, value] of Object.entries(parts)) {
    if (value === undefined || value === null) continue;
    if (Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0) continue;
    kept[key] = value;
  }
  return kept;
}

import { isMap, type Json, type JsonMap, setOwn } from "./json.ts";

/**
 * JSON merge patch (RFC 7396), as the API server does it (evanphx/json-patch): other than the RFC says, nulls go from
 * the objects in new lists too, unless the list replaces an object. The target is not changed.
 */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(target)) return withoutNulls(patch);
  if (!isMap(patch)) return patch;
  const out: JsonMap = {};
  for (const [key, value] of Object.entries(target)) setOwn(out, key, value);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else setOwn(out, key, mergePatch(Object.hasOwn(out, key) ? out[key] : undefined, value));
  }
  return out;
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const out: JsonMap = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== null) setOwn(out, key, withoutNulls(item));
  }
  return out;
}

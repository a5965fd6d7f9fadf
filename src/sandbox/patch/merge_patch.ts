import { isMap, type Json, type JsonMap, setOwn } from "../../base/json.ts";

/** JSON merge patch (RFC 7396). The target is not changed. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const out: JsonMap = {};
  if (isMap(target)) { for (const [key, value] of Object.entries(target)) setOwn(out, key, value); }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else setOwn(out, key, mergePatch(Object.hasOwn(out, key) ? out[key] : undefined, value));
  }
  return out;
}

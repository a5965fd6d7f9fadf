import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../base/json.ts";
import { keyPath } from "../base/key_path.ts";
import { nearest } from "../base/suggest.ts";
import { builtInProfile, builtInProfileNames, type ProfileClass, type Profiles, profileSpots } from "./profiles.ts";
import { EntryError } from "./shorthand.ts";

/**
 * The fields of an entry with those of the profiles that it names, as they are written: what the Katalog knows was put
 * in when it was read, so these are profiles whose names are templates. `render` gives the name. Throws `EntryError`.
 */
export function withProfiles(
  shorthand: string,
  fields: JsonMap,
  profiles: Profiles | undefined,
  render: (text: string, path: string) => Json | undefined,
): JsonMap {
  let merged = fields;
  for (const spot of profileSpots(shorthand)) {
    const at = mapIn(merged, spot.at);
    const written = at === undefined ? undefined : ownValue(at, "profile");
    if (at === undefined || typeof written !== "string") continue;
    const path = keyPath(spot.at.join("."), "profile");
    const rendered = written.includes("{{") ? render(written, path) : written;
    const name = typeof rendered === "string" ? rendered.trim() : String(rendered ?? "");
    merged = replaced(merged, spot.at, without(at, "profile"));
    if (name === "") continue;
    const found = profileOf(spot.class, name, profiles);
    if (found === undefined) throw new EntryError(path, unknownProfile(spot.class, name, profiles));
    merged = replaced(merged, spot.into, under(found, mapIn(merged, spot.into) ?? {}));
  }
  return merged;
}

/** A declared profile, its name as it is written, else one that everybody has. */
export function profileOf(of: ProfileClass, name: string, declared: Profiles | undefined): JsonMap | undefined {
  const own = declared?.[of];
  return (own === undefined || !Object.hasOwn(own, name) ? undefined : own[name]) ?? builtInProfile(of, name);
}

/** Why there is no such profile, and which there are. */
export function unknownProfile(of: ProfileClass, name: string, declared: Profiles | undefined): string {
  const known = [...Object.keys(declared?.[of] ?? {}), ...builtInProfileNames(of)];
  const near = nearest(name, known);
  const advice = near !== undefined
    ? `did you mean "${near}"?`
    : known.length === 0
    ? "none is declared"
    : known.join(", ");
  return `Cannot use the profile "${name}": there is none of this name for ${of} (${advice})`;
}

/** What an entry says itself wins; an empty map says nothing. */
function under(profile: JsonMap, own: JsonMap): JsonMap {
  const merged: JsonMap = {};
  for (const key of Object.keys(profile)) setOwn(merged, key, profile[key]!);
  for (const key of Object.keys(own)) {
    const value = own[key]!;
    if (isMap(value) && Object.keys(value).length === 0 && Object.hasOwn(merged, key)) continue;
    setOwn(merged, key, value);
  }
  return merged;
}

function mapIn(fields: JsonMap, path: readonly string[]): JsonMap | undefined {
  let at: Json | undefined = fields;
  for (const key of path) at = isMap(at) ? ownValue(at, key) : undefined;
  return isMap(at) ? at : undefined;
}

function replaced(fields: JsonMap, path: readonly string[], value: JsonMap): JsonMap {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const inner = ownValue(fields, key);
  return { ...fields, [key]: replaced(isMap(inner) ? inner : {}, rest, value) };
}

function without(map: JsonMap, key: string): JsonMap {
  const { [key]: _gone, ...rest } = map;
  return rest;
}

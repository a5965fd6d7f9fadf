import { isMap, type Json, type JsonMap } from "../../base/json.ts";

/** Field of `v1` Event → field of `events.k8s.io/v1` Event; the rest has one name in both. */
const renamed: readonly (readonly [string, string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

/** Reads an Event at the version of another group: one storage serves both (kubernetes/pkg/apis/events). */
export function convertEvent(object: JsonMap, apiVersion: string): JsonMap {
  if (object["apiVersion"] === apiVersion) return object;
  const toCore = apiVersion === "v1";
  const names = new Map(renamed.map(([core, events]) => toCore ? [events, core] : [core, events]));
  const out: JsonMap = {};
  for (const [key, value] of Object.entries(object)) out[names.get(key) ?? key] = value;
  out["apiVersion"] = apiVersion;
  return out;
}

/** Renames the first field of managed field paths likewise, so that ownership follows the conversion. */
export function isEvent(object: Json): boolean {
  return isMap(object) && object["kind"] === "Event";
}

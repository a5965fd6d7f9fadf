import { equalJson, type JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { immutable, invalidField, required } from "./fields.ts";

/** Field of `v1` Event → field of `events.k8s.io/v1` Event; the rest has one name in both. */
const renamed: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

/** Fields that are always there in the core group and left out of the other when they are empty. */
const alwaysInCore = ["reportingComponent", "reportingInstance"];

/** Reads an Event at the version of another group: one storage serves both (kubernetes/pkg/apis/events). */
export function convertEvent(object: JsonMap, apiVersion: string): JsonMap {
  if (object["apiVersion"] === apiVersion) return object;
  const toCore = apiVersion === "v1";
  const names = new Map(renamed.map(([core, events]) => toCore ? [events, core] : [core, events]));
  const out: JsonMap = {};
  for (const [key, value] of Object.entries(object)) {
    if (!toCore && value === "" && alwaysInCore.includes(key)) continue;
    out[names.get(key) ?? key] = value;
  }
  if (toCore) { for (const key of alwaysInCore) out[key] ??= ""; }
  out["apiVersion"] = apiVersion;
  return out;
}

/** The field of the core group that a field selector of `events.k8s.io` means. */
export function coreEventField(field: string): string {
  for (const [core, events] of renamed) {
    if (field === events || field.startsWith(`${events}.`)) return core + field.slice(events.length);
  }
  return field;
}

/** Through `events.k8s.io` only the series of an Event may change. */
export function validateEventUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  if (next.apiVersion === "v1") return [];
  const errors: FieldError[] = [];
  const fixed = [
    "regarding",
    "reason",
    "note",
    "deprecatedSource",
    "deprecatedFirstTimestamp",
    "deprecatedLastTimestamp",
    "deprecatedCount",
    "type",
    "eventTime",
    "action",
    "related",
    "reportingController",
    "reportingInstance",
  ];
  for (const field of fixed) {
    if (!equalJson(next[field], current[field])) {
      errors.push(invalidField(coreEventField(field), next[field], immutable));
    }
  }
  return errors;
}

/** Rules of an Event; those of `events.k8s.io` are stricter (kubernetes/pkg/apis/core/validation/events.go). */
export function validateEvent(event: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const about = event["involvedObject"] ?? event["regarding"];
  if (event["eventTime"] !== null || event.apiVersion !== "v1") {
    if (event["eventTime"] === null) errors.push(required("eventTime"));
    else {
      for (
        const [key, shown] of [
          ["reportingComponent", "reportingController"],
          ["reportingInstance", "reportingInstance"],
          ["action", "action"],
          ["reason", "reason"],
        ] as const
      ) {
        if (!event[key] && !event[shown]) errors.push(required(shown));
      }
    }
    if (!["Normal", "Warning"].includes(event["type"])) {
      errors.push(invalidField("type", "", `has invalid value: ${event["type"] ?? ""}`));
    }
    if (errors.length > 0 && event["eventTime"] === null) return errors;
  }
  const namespace = about?.namespace ?? "";
  const clusterScoped = namespace === "" && event.metadata.namespace === "default";
  if (namespace !== event.metadata.namespace && !clusterScoped) {
    errors.push(invalidField("involvedObject.namespace", namespace, "does not match event.namespace"));
  }
  return errors;
}

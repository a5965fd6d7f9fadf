import { isMap, ownValue } from "../base/json.ts";

/** On a CR of a protected kind: it cannot be deleted while the value is `true` (ruling 27). */
export const protectionLabel = "orkestra.io/deletion-protection";

/** Why an object may be deleted, or lose the label, all the same; listed identities alone may write it (ruling 74). */
export const overrideAnnotation = "orkestra.io/deletion-override";

/** The one value of the label that protects; no other spelling does, as for every label selector. */
export const protectedValue = "true";

/** Whether the object carries the label. Takes any value: objects of an AdmissionReview are not to be trusted. */
export function isLabelled(object: unknown): boolean {
  return labelValueOf(object) === protectedValue;
}

/** The value of the label; `undefined` where there is none. */
export function labelValueOf(object: unknown): string | undefined {
  return metadataText(object, "labels", protectionLabel);
}

/** The override as it is written; `undefined` where there is none. */
export function overrideOf(object: unknown): string | undefined {
  return metadataText(object, "annotations", overrideAnnotation);
}

/** The reason that the override gives; `undefined`: there is none, and an empty one overrides nothing (ruling 74). */
export function overrideReason(object: unknown): string | undefined {
  const reason = overrideOf(object)?.trim() ?? "";
  return reason === "" ? undefined : reason;
}

function metadataText(object: unknown, field: "labels" | "annotations", key: string): string | undefined {
  const metadata = isMap(object) ? ownValue(object, "metadata") : undefined;
  const map = isMap(metadata) ? ownValue(metadata, field) : undefined;
  const value = isMap(map) ? ownValue(map, key) : undefined;
  return typeof value === "string" ? value : undefined;
}

import { equalJson } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { fill, forbiddenField, immutable, required } from "./fields.ts";

/** The largest Secret or ConfigMap in bytes (`MaxSecretSize`). */
const largestData = 1024 * 1024;

/** A Secret's `stringData` goes into `data`, which is base64. */
export function mergeStringData(secret: KubeObject): void {
  fill(secret, "type", "Opaque");
  const texts: Record<string, string> | undefined = secret["stringData"];
  if (texts === undefined) return;
  const data = secret["data"] ??= {};
  for (const [key, value] of Object.entries(texts)) data[key] = toBase64(value);
  delete secret["stringData"];
}

function toBase64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export function validateSecret(secret: KubeObject): FieldError[] {
  const size = Object.values<string>(secret["data"] ?? {}).reduce((sum, value) => sum + value.length * 3 / 4, 0);
  if (size <= largestData) return [];
  return [{
    field: "data",
    reason: "FieldValueTooLong",
    message: `Too long: may not be more than ${largestData} bytes`,
  }];
}

/** `immutable: true` may not be taken back, and the data may not change under it. */
export function validateConfigMapUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  if (current["immutable"] !== true) {
    return current.kind === "Secret" && next["type"] !== current["type"] ? [typeFixed(next)] : [];
  }
  const errors: FieldError[] = [];
  if (next["immutable"] !== true) {
    errors.push(forbiddenField("immutable", "field is immutable when `immutable` is set"));
  }
  for (const key of ["data", "binaryData"]) {
    if (!equalJson(next[key], current[key])) {
      errors.push(forbiddenField(key, "field is immutable when `immutable` is set"));
    }
  }
  return errors;
}

function typeFixed(next: KubeObject): FieldError {
  return {
    field: "type",
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(next["type"])}: ${immutable}`,
  };
}

export function defaultClaim({ spec, status }: KubeObject): void {
  fill(spec, "volumeMode", "Filesystem");
  fill(status, "phase", "Pending");
}

export function validateClaim({ spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.accessModes ?? []).length === 0) {
    errors.push(required("spec.accessModes", "at least 1 access mode is required"));
  }
  if (spec.resources?.requests?.storage === undefined) errors.push(required("spec.resources[storage]"));
  return errors;
}

export function defaultIngress({ spec }: KubeObject): void {
  for (const rule of spec.rules ?? []) {
    for (const path of rule.http?.paths ?? []) fill(path, "pathType", "ImplementationSpecific");
  }
}

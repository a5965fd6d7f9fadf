import { equalJson } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { fill, forbiddenField, immutable, invalidField, required, tooLong } from "./fields.ts";
import { dataKeyProblems } from "./names.ts";

/** The largest Secret or ConfigMap in bytes (`MaxSecretSize`). */
const maxDataBytes = 1024 * 1024;

/** Keys that a Secret of a type must have. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

/** A Secret's `stringData` goes into `data`, which is base64. */
export function defaultSecret(secret: KubeObject): void {
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
  const errors: FieldError[] = [];
  const data: Record<string, string> = secret["data"] ?? {};
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    for (const why of dataKeyProblems(key)) errors.push(invalidField(`data[${key}]`, key, why));
    size += value.length * 3 / 4;
  }
  if (size > maxDataBytes) errors.push(tooLong("data", maxDataBytes));
  for (const key of requiredKeys[secret["type"]] ?? []) {
    if (!Object.hasOwn(data, key)) errors.push(required(`data[${key}]`));
    else if (key.startsWith(".docker")) {
      const why = jsonProblem(data[key]!);
      if (why !== undefined) errors.push(invalidField(`data[${key}]`, "<secret contents redacted>", why));
    }
  }
  return errors;
}

/** What is wrong with base64 of JSON. */
function jsonProblem(base64: string): string | undefined {
  const text = atob(base64);
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `invalid character '${text[0] ?? ""}' looking for beginning of value`;
  }
}

export function validateConfigMap(map: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const { data = {}, binaryData = {} } = map as { data?: Record<string, string>; binaryData?: Record<string, string> };
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    for (const why of dataKeyProblems(key)) errors.push(invalidField(`data[${key}]`, key, why));
    if (Object.hasOwn(binaryData, key)) {
      errors.push(invalidField(`data[${key}]`, key, "duplicate of key present in binaryData"));
    }
    size += value.length;
  }
  for (const [key, value] of Object.entries(binaryData)) {
    for (const why of dataKeyProblems(key)) errors.push(invalidField(`binaryData[${key}]`, key, why));
    size += value.length * 3 / 4;
  }
  if (size > maxDataBytes) errors.push(tooLong("", maxDataBytes));
  return errors;
}

/** `immutable: true` may not be taken back, and the data may not change under it; a Secret's type never changes. */
export function validateDataUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (current.kind === "Secret" && next["type"] !== current["type"]) {
    errors.push(invalidField("type", next["type"], immutable));
  }
  if (current["immutable"] !== true) return errors;
  const why = "field is immutable when `immutable` is set";
  if (next["immutable"] !== true) errors.push(forbiddenField("immutable", why));
  for (const key of ["data", "binaryData"]) {
    if (!equalJson(next[key], current[key])) errors.push(forbiddenField(key, why));
  }
  return errors;
}

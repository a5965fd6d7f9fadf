import { formatTime } from "../../base/clock.ts";
import { type Json, type JsonMap, ownValue } from "../../base/json.ts";
import { certificateSecret } from "../../k8s/installation.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { KeyPair } from "./inspect.ts";

/** What the Secret holds. */
export interface Stored {
  /** `tls.crt`, `tls.key`: what replicas serve. */
  readonly current: KeyPair;
  /** `next.crt`, `next.key`: what they will serve once its CA has been published. */
  readonly next?: KeyPair | undefined;
  /** `ca.crt`: all CAs that are published, the newest first. */
  readonly caBundle: string;
}

/** The name of the Secret. */
export const secretName = certificateSecret;

const secretType = "kubernetes.io/tls";
const generatedAt = "orkestra.orkspace.io/generated-at";
const rotatedAt = "orkestra.orkspace.io/rotated-at";
/** What each object of the control plane carries; `component` distinguishes this one. */
const secretLabels: Readonly<Record<string, string>> = {
  "app.kubernetes.io/name": "orkestra",
  "app.kubernetes.io/tag": "orkestra-internal",
  "app.kubernetes.io/component": "tls",
  "app.kubernetes.io/managed-by": "orkestra",
  "orkestra.io/deletion-protection": "true",
};

/** Reads a Secret; what is absent is empty. */
export function readSecret(secret: KubeObject): Stored {
  const nextCert = text(secret, "next.crt");
  return {
    current: { certPem: text(secret, "tls.crt"), keyPem: text(secret, "tls.key") },
    ...(nextCert === "" ? {} : { next: { certPem: nextCert, keyPem: text(secret, "next.key") } }),
    caBundle: text(secret, "ca.crt"),
  };
}

/** No patch can correct these: its type, or that it may not be changed. */
export function cannotBePatched(secret: KubeObject): boolean {
  return secret["type"] !== secretType || secret["immutable"] === true;
}

export function newSecret(namespace: string, stored: Stored, wallMs: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: secretName,
      namespace,
      labels: { ...secretLabels },
      annotations: { [generatedAt]: formatTime(wallMs) },
    },
    type: secretType,
    data: { ...dataOf(stored) },
  };
}

/** A merge patch from one state of the Secret; it fails with a conflict where that has changed. */
export function secretPatch(
  { metadata }: KubeObject,
  stored: Stored,
  { wallMs, promotes }: { readonly wallMs: number; readonly promotes: boolean },
): JsonMap {
  return {
    metadata: {
      resourceVersion: metadata.resourceVersion!,
      uid: metadata.uid!,
      labels: { ...secretLabels },
      annotations: { [promotes ? rotatedAt : generatedAt]: formatTime(wallMs) },
    },
    data: { "next.crt": null, "next.key": null, ...dataOf(stored) },
  };
}

function dataOf({ current, next, caBundle }: Stored): Record<string, string> {
  return {
    "tls.crt": btoa(current.certPem),
    "tls.key": btoa(current.keyPem),
    "ca.crt": btoa(caBundle),
    ...(next === undefined ? {} : { "next.crt": btoa(next.certPem), "next.key": btoa(next.keyPem) }),
  };
}

function text(secret: KubeObject, key: string): string {
  const data = secret["data"] as JsonMap | undefined;
  const value: Json | undefined = data === undefined || data === null ? undefined : ownValue(data, key);
  if (typeof value !== "string") return "";
  try {
    return atob(value); // PEM is ASCII
  } catch (error) {
    if (error instanceof DOMException) return ""; // not base64: as good as absent
    throw error;
  }
}

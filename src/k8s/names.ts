import { sha256Hex } from "../base/sha256.ts";

/** What everything made by a box carries; all keys and values in one place (rulings 20, 22, 41, 42). */
export const labels = {
  managed: "orkestra.orkspace.io/managed",
  owner: "orkestra-owner",
  ownerNamespace: "orkestra.orkspace.io/owner-namespace",
  box: "orkestra.orkspace.io/box",
  managedBy: "app.kubernetes.io/managed-by",
  name: "app.kubernetes.io/name",
} as const;

/** Digest of the desired object, on reconciled children only. */
export const appliedAnnotation = "orkestra.orkspace.io/applied";

/** Held on a CR while it has children that garbage collection does not reach. */
export const cleanupFinalizer = "orkestra.orkspace.io/cleanup";

/** The field manager of every write. */
export const fieldManager = "orkestra";

/** The longest label value (Kubernetes: labels and selectors). */
const longestLabelValue = 63;

/**
 * A name as a label value: itself while it fits, else its beginning and ten digits of its digest, so that
 * two long names never share a value.
 */
export function labelValue(name: string): string {
  return name.length <= longestLabelValue
    ? name
    : `${name.slice(0, 52).replace(/[^A-Za-z0-9]+$/, "")}-${sha256Hex(name).slice(0, 10)}`;
}

/** RFC 1123 label: `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 63 characters. */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text);
}

/** RFC 1123 subdomain: DNS labels joined by dots, at most 253 characters. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text);
}

/** A label value: empty, or at most 63 characters `[A-Za-z0-9_.-]` that begin and end alphanumeric. */
export function isLabelValue(text: string): boolean {
  return text.length <= longestLabelValue && /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(text);
}

/** A label or annotation key: optional DNS prefix and `/`, then a name of at most 63 characters. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf("/");
  const name = text.slice(slash + 1);
  if (slash >= 0 && !isDnsSubdomain(text.slice(0, slash))) return false;
  return name !== "" && isLabelValue(name);
}

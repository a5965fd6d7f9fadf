import { sha256Hex } from "../base/sha256.ts";

/** What everything made by a box carries; all keys and values in one place (rulings 20, 22, 41, 42, 62). */
export const labels = {
  managed: "orkestra.orkspace.io/managed",
  /** Name of the CR: for people and selectors, never decided on alone. */
  owner: "orkestra-owner",
  ownerNamespace: "orkestra.orkspace.io/owner-namespace",
  /** Uid of the CR: with `ownerKind` the identity. */
  ownerUid: "orkestra.orkspace.io/owner-uid",
  /** `Kind.group` of the CR: what watches of children select by. */
  ownerKind: "orkestra.orkspace.io/owner-kind",
  managedBy: "app.kubernetes.io/managed-by",
  name: "app.kubernetes.io/name",
} as const;

/** The label of versions before `ownerUid`: the key under `spec.crds`. Read to carry over what they made. */
export const formerBoxLabel = "orkestra.orkspace.io/box";

export const annotations = {
  /** Digest of the desired object, on reconciled children only. */
  applied: "orkestra.orkspace.io/applied",
  /** The box that declares the child, see `declarerOf`. */
  declaredBy: "orkestra.orkspace.io/declared-by",
  /** `Retain`: the child outlives its CR, its entry and its condition. */
  deletionPolicy: "orkestra.orkspace.io/deletion-policy",
  /**
   * `namespace/name` of the child itself, where its CR cannot own it: a copy elsewhere, as a restore into another
   * namespace makes it with managed fields and all, has the name of another place.
   */
  place: "orkestra.orkspace.io/place",
  /** `true`: it was there before, and was taken over. */
  adopted: "orkestra.orkspace.io/adopted",
  /** RFC 3339: when the values of a Secret that is made once were made. */
  generatedAt: "orkestra.orkspace.io/generated-at",
  /** After what time they are made again, as the Katalog says it. */
  rotateAfter: "orkestra.orkspace.io/rotate-after",
  /** RFC 3339: when `autoscale` changed the number of Pods last. */
  lastScale: "orkestra.orkspace.io/last-scale-event",
  /** `true`: a Job of `onDelete`, so that no other Job of its name counts as one that ran. */
  onDelete: "orkestra.orkspace.io/on-delete",
} as const;

/** Keys of labels and annotations under this prefix are the system's; an author's are left out. */
const reservedPrefix = "orkestra.orkspace.io/";

export function isReservedKey(key: string): boolean {
  return key.startsWith(reservedPrefix);
}

/** Names a box for `declaredBy`: `<metadata.name of the Katalog>/<key under spec.crds>`. */
export function declarerOf({ katalog, name }: { readonly katalog: string; readonly name: string }): string {
  return `${katalog}/${name}`;
}

/** Katalog and key of a box; the Katalog is `undefined` where the key stands alone. */
export function splitDeclarer(declarer: string): { katalog: string | undefined; name: string } {
  const slash = declarer.lastIndexOf("/"); // no key has one
  return { katalog: slash < 0 ? undefined : declarer.slice(0, slash), name: declarer.slice(slash + 1) };
}

/** Held on a CR by a box while garbage collection does not do all that its deletion needs (ruling 22). */
export function cleanupFinalizer(box: string): string {
  return `${box}${finalizerSuffix}`;
}

const finalizerSuffix = ".orkestra.orkspace.io/cleanup";

/** The finalizer of versions that had one for all boxes. */
export const formerFinalizer = "orkestra.orkspace.io/cleanup";

/** The key of the box that a finalizer belongs to; `undefined` for finalizers of others. */
export function boxOfFinalizer(finalizer: string): string | undefined {
  return finalizer.endsWith(finalizerSuffix) ? finalizer.slice(0, -finalizerSuffix.length) : undefined;
}

/** The field manager of every write. */
export const fieldManager = "orkestra";

/** The longest label value (Kubernetes: labels and selectors). */
const maxLabelValue = 63;
/** Characters of the name, and digits of its digest, in a shortened value. */
const kept = 52;
const digits = 10;

/**
 * A name as a label value: itself while it fits, else its beginning and ten digits of its digest. Two names never share
 * a value: one that looks like a shortened name is shortened too.
 */
export function labelValue(name: string): string {
  const looksShortened = name.length === maxLabelValue && /-[0-9a-f]{10}$/.test(name);
  if (name.length <= maxLabelValue && !looksShortened && isLabelValue(name)) return name;
  const start = name.slice(0, kept).replace(/[^A-Za-z0-9_.-]/g, "x").padEnd(kept, "x");
  const stem = start.replace(/^[^A-Za-z0-9]/, "x").replace(/[^A-Za-z0-9]$/, "x");
  return `${stem}-${sha256Hex(name).slice(0, digits)}`;
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
  return text.length <= maxLabelValue && /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(text);
}

/** A label or annotation key: optional DNS prefix and `/`, then a name of at most 63 characters. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf("/");
  const name = text.slice(slash + 1);
  if (slash >= 0 && !isDnsSubdomain(text.slice(0, slash))) return false;
  return name !== "" && isLabelValue(name);
}

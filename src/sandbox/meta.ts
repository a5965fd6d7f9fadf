import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import type { KubeObject, OwnerReference } from "../k8s/object.ts";
import type { FieldError } from "./faults.ts";
import { immutable, invalidField, required, tooLong } from "./kinds/fields.ts";
import { keyProblems, labelProblems, labelValueProblems, segmentProblems, subdomainProblems } from "./kinds/names.ts";
import type { Resource } from "./resource.ts";

/** All annotations of an object together (`TotalAnnotationSizeLimitB`). */
const maxAnnotationBytes = 256 * 1024;

type Metadata = KubeObject["metadata"];

/** Checks what every object has (`validation.ValidateObjectMeta`). */
export function validateMeta(resource: Resource, { metadata }: KubeObject): FieldError[] {
  const errors = metaErrors(metadata, "metadata", (name) => nameProblems(resource, name));
  // Kinds of the core group want their finalizers fully qualified.
  if (resource.group !== "") return errors;
  (metadata.finalizers ?? []).forEach((name, i) => {
    if (name.includes("/") || standardFinalizers.includes(name)) return;
    const why = "name is neither a standard finalizer name nor is it fully qualified";
    errors.push(invalidField(`metadata.finalizers[${i}]`, name, why));
  });
  return errors;
}

/** The same for the metadata of an object within another, which may lack a name. */
export function embeddedMetaErrors(metadata: JsonMap, at: string): FieldError[] {
  const named = { ...metadata } as unknown as Metadata;
  if (!named.name) named.name = "fakename";
  const errors = metaErrors(named, at, segmentProblems);
  if (named.namespace) {
    for (const why of labelProblems(named.namespace)) {
      errors.push(invalidField(`${at}.namespace`, named.namespace, why));
    }
  }
  return errors;
}

function metaErrors(metadata: Metadata, at: string, problemsOf: (name: string) => string[]): FieldError[] {
  const errors: FieldError[] = [];
  const { name, generateName } = metadata;
  if (generateName) {
    for (const why of problemsOf(generateName.replace(/[-.]$/, "x"))) {
      errors.push(invalidField(`${at}.generateName`, generateName, why));
    }
  }
  if (typeof name !== "string" || name === "") {
    errors.push(required(`${at}.name`, "name or generateName is required"));
  } else for (const why of problemsOf(name)) errors.push(invalidField(`${at}.name`, name, why));
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    for (const why of keyProblems(key)) errors.push(invalidField(`${at}.labels`, key, why));
    for (const why of labelValueProblems(value)) errors.push(invalidField(`${at}.labels`, value, why));
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    size += key.length + value.length;
    for (const why of keyProblems(key.toLowerCase())) errors.push(invalidField(`${at}.annotations`, key, why));
  }
  if (size > maxAnnotationBytes) errors.push(tooLong(`${at}.annotations`, maxAnnotationBytes));
  validateOwners(metadata.ownerReferences ?? [], `${at}.ownerReferences`, errors);
  const finalizers = metadata.finalizers ?? [];
  for (const finalizer of finalizers) {
    for (const why of keyProblems(finalizer)) errors.push(invalidField(`${at}.finalizers`, finalizer, why));
  }
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    const why = "finalizer orphan and foregroundDeletion cannot be both set";
    errors.push(invalidField(`${at}.finalizers`, finalizers, why));
  }
  return errors;
}

const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];

/** What clients of custom resources are warned of: names of finalizers that others may use too. */
export function finalizerWarnings(next: KubeObject, current?: KubeObject): string[] {
  const before = new Set(current?.metadata.finalizers ?? []);
  const added = (next.metadata.finalizers ?? []).filter((name) => !before.has(name));
  return [...new Set(added)].sort().flatMap((name) => {
    if (name.includes("/") || standardFinalizers.includes(name)) return [];
    const advice = name.includes(".")
      ? "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other " +
        "finalizer writers"
      : "prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers";
    return [`metadata.finalizers: ${JSON.stringify(name)}: ${advice}`];
  });
}

function validateOwners(owners: readonly OwnerReference[], path: string, errors: FieldError[]): void {
  let controller: OwnerReference | undefined;
  owners.forEach((owner, i) => {
    const at = `${path}[${i}]`;
    for (const key of ["apiVersion", "kind", "name", "uid"] as const) {
      if (typeof owner[key] !== "string" || owner[key] === "") {
        errors.push(required(`${at}.${key}`, "must not be empty"));
      }
    }
    if (owner.apiVersion === "v1" && owner.kind === "Event") {
      const { apiVersion, kind, name, uid } = owner;
      const message = `Invalid value: ${
        JSON.stringify({ apiVersion, kind, name, uid })
      }: /v1, Kind=Event is disallowed from being an owner`;
      errors.push({ field: at, reason: "FieldValueInvalid", message });
    }
    if (owner.controller !== true) return;
    if (controller !== undefined) {
      const why =
        `Only one reference can have Controller set to true. Found "true" in references for ${controller.kind}/` +
        `${controller.name} and ${owner.kind}/${owner.name}`;
      const message = `Invalid value: ${JSON.stringify(owners)}: ${why}`;
      errors.push({ field: path, reason: "FieldValueInvalid", message });
    }
    controller = owner;
  });
}

function nameProblems(resource: Resource, name: string): string[] {
  switch (resource.storageKey) {
    case "namespaces.":
    case "services.":
      return labelProblems(name);
    case "roles.rbac.authorization.k8s.io":
    case "clusterroles.rbac.authorization.k8s.io":
    case "rolebindings.rbac.authorization.k8s.io":
    case "clusterrolebindings.rbac.authorization.k8s.io":
      return segmentProblems(name);
    default:
      return subdomainProblems(name);
  }
}

/** What may not change of the metadata (`validation.ValidateObjectMetaUpdate`). */
export function validateMetaUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const fixed = [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ] as const;
  for (const key of fixed) {
    if (next.metadata[key] !== current.metadata[key]) {
      errors.push(invalidField(`metadata.${key}`, next.metadata[key] ?? null, immutable));
    }
  }
  if (current.metadata.deletionTimestamp !== undefined) {
    const before = new Set(current.metadata.finalizers ?? []);
    const added = (next.metadata.finalizers ?? []).filter((name) => !before.has(name));
    if (added.length > 0) {
      const why = "no new finalizers can be added if the object is being deleted, found new finalizers " +
        `[]string{${added.map((name) => JSON.stringify(name)).join(", ")}}`;
      errors.push({ field: "metadata.finalizers", reason: "FieldValueForbidden", message: `Forbidden: ${why}` });
    }
  }
  return errors;
}

/** `prefix` and five characters without vowels (`names.SimpleNameGenerator`). */
export function generateName(prefix: string): string {
  const alphabet = "bcdfghjklmnpqrstvwxz2456789";
  const random = crypto.getRandomValues(new Uint8Array(5));
  return prefix.slice(0, 58) + Array.from(random, (byte) => alphabet[byte % alphabet.length]).join("");
}

/** The metadata of a body; an empty one where there is none. */
export function metadataOf(body: JsonMap): JsonMap {
  const metadata = ownValue(body, "metadata");
  return isMap(metadata) ? metadata : {};
}

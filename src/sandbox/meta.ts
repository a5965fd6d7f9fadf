import { isMap, type Json, type JsonMap, ownValue } from "../base/json.ts";
import { isDnsLabel, isDnsSubdomain, isLabelValue, isQualifiedName } from "../k8s/names.ts";
import type { KubeObject, OwnerReference } from "../k8s/object.ts";
import type { FieldError } from "./faults.ts";
import type { Resource } from "./resource.ts";

/** All annotations of an object together (`TotalAnnotationSizeLimitB`). */
const largestAnnotations = 256 * 1024;

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
  "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start " +
  "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const dns1035Rule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic " +
  "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is " +
  "'[a-z]([-a-z0-9]*[a-z0-9])?')";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and " +
  "must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for " +
  "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const keyRule = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

export function invalidValue(field: string, value: Json, why: string): FieldError {
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

/** Checks what every object has (`validation.ValidateObjectMeta`). */
export function validateMeta(resource: Resource, object: KubeObject): FieldError[] {
  const { metadata } = object;
  const errors: FieldError[] = [];
  if (typeof metadata.name !== "string" || metadata.name === "") {
    errors.push({
      field: "metadata.name",
      reason: "FieldValueRequired",
      message: "Required value: name or generateName is required",
    });
  } else {
    for (const why of nameProblems(resource, metadata.name)) {
      errors.push(invalidValue("metadata.name", metadata.name, why));
    }
  }
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (!isQualifiedName(key)) errors.push(invalidValue("metadata.labels", key, keyRule));
    if (!isLabelValue(value)) {
      errors.push(
        invalidValue("metadata.labels", value, value.length > 63 ? "must be no more than 63 bytes" : labelValueRule),
      );
    }
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    size += key.length + value.length;
    if (!isQualifiedName(key.toLowerCase())) errors.push(invalidValue("metadata.annotations", key, keyRule));
  }
  if (size > largestAnnotations) {
    const message = `Too long: may not be more than ${largestAnnotations} bytes`;
    errors.push({ field: "metadata.annotations", reason: "FieldValueTooLong", message });
  }
  for (const name of metadata.finalizers ?? []) {
    if (!isQualifiedName(name)) errors.push(invalidValue("metadata.finalizers", name, keyRule));
  }
  validateOwners(metadata.ownerReferences ?? [], errors);
  return errors;
}

function validateOwners(owners: readonly OwnerReference[], errors: FieldError[]): void {
  let controller: OwnerReference | undefined;
  for (const owner of owners) {
    for (const key of ["apiVersion", "kind", "name", "uid"] as const) {
      if (typeof owner[key] === "string" && owner[key] !== "") continue;
      errors.push(
        invalidValue(
          `metadata.ownerReferences.${key}`,
          "",
          key === "apiVersion" ? "version must not be empty" : "must not be empty",
        ),
      );
    }
    if (owner.controller !== true) continue;
    if (controller !== undefined) {
      const why =
        `Only one reference can have Controller set to true. Found "true" in references for ${controller.kind}/` +
        `${controller.name} and ${owner.kind}/${owner.name}`;
      errors.push(invalidValue("metadata.ownerReferences", owners as unknown as Json, why));
    }
    controller = owner;
  }
}

function nameProblems(resource: Resource, name: string): string[] {
  switch (resource.storageKey) {
    case "namespaces.":
      return isDnsLabel(name) ? [] : name.length > 63 ? ["must be no more than 63 bytes"] : [labelRule];
    case "services.":
      return isDnsLabel(name) && /^[a-z]/.test(name)
        ? []
        : name.length > 63
        ? ["must be no more than 63 bytes"]
        : [dns1035Rule];
    case "roles.rbac.authorization.k8s.io":
    case "clusterroles.rbac.authorization.k8s.io":
    case "rolebindings.rbac.authorization.k8s.io":
    case "clusterrolebindings.rbac.authorization.k8s.io":
      return /^\.{1,2}$|[/%]/.test(name) ? ["may not be '.' or '..' or contain '/' or '%'"] : [];
    default:
      return isDnsSubdomain(name) ? [] : name.length > 253 ? ["must be no more than 253 bytes"] : [subdomainRule];
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
      errors.push(invalidValue(`metadata.${key}`, next.metadata[key] ?? null, "field is immutable"));
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

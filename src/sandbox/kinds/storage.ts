import { equalJson } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { compareQuantities } from "../../k8s/quantity.ts";
import { type Any, fill, forbiddenField, invalidField, listOf, notSupported, required } from "./fields.ts";
import { subdomainProblems } from "./names.ts";

const modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

export function defaultClaim({ spec, status }: KubeObject): void {
  fill(spec, "volumeMode", "Filesystem");
  fill(status, "phase", "Pending");
}

/** A new claim or volume is held by the finalizer that keeps it while it is in use. */
export function protect(finalizer: string): (object: KubeObject) => void {
  return ({ metadata }) => {
    if (!metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...metadata.finalizers ?? [], finalizer];
  };
}

export function validateClaim({ spec }: KubeObject): FieldError[] {
  return validateClaimSpec(spec, "spec");
}

/** Also of a Pod's ephemeral volumes. */
export function validateClaimSpec(spec: Any, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const given = listOf(spec.accessModes);
  if (given.length === 0) errors.push(required(`${path}.accessModes`, "at least 1 access mode is required"));
  for (const mode of given) if (!modes.includes(mode)) errors.push(notSupported(`${path}.accessModes`, mode, modes));
  const storage = spec.resources?.requests?.storage;
  if (storage === undefined) errors.push(required(`${path}.resources[storage]`));
  else if (compareQuantities(storage, "0") <= 0) {
    errors.push(invalidField(`${path}.resources[storage]`, storage, "must be greater than zero"));
  }
  if (spec.storageClassName) {
    for (const why of subdomainProblems(spec.storageClassName)) {
      errors.push(invalidField(`${path}.storageClassName`, spec.storageClassName, why));
    }
  }
  return errors;
}

/** A claim's spec is fixed but for a larger request, and the volume once it is bound. */
export function validateClaimUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const fixed = ({ spec }: KubeObject) => {
    const { resources: _, volumeAttributesClassName: __, volumeName: ___, storageClassName: ____, ...rest } = spec;
    return rest;
  };
  const [after, before] = [next["spec"], current["spec"]];
  const renamed = before.volumeName !== undefined && after.volumeName !== before.volumeName;
  const reclassed = before.storageClassName !== undefined && after.storageClassName !== before.storageClassName;
  if (!renamed && !reclassed && equalJson(fixed(next), fixed(current))) return [];
  return [forbiddenField(
    "spec",
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
  )];
}

export function defaultVolume({ spec, status }: KubeObject): void {
  fill(status, "phase", "Pending");
  fill(spec, "persistentVolumeReclaimPolicy", "Retain");
  fill(spec, "volumeMode", "Filesystem");
  if (spec.hostPath !== undefined) fill(spec.hostPath, "type", "");
}

/** A new volume notes when it entered its phase. */
export function prepareVolume(volume: KubeObject): void {
  volume["status"] = { ...volume["status"], lastPhaseTransitionTime: volume.metadata.creationTimestamp };
}

export function defaultStorageClass(object: KubeObject): void {
  fill(object, "reclaimPolicy", "Delete");
  fill(object, "volumeBindingMode", "Immediate");
}

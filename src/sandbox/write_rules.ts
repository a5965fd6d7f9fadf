import { equalJson, type Json, type JsonMap, setOwn } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { badRequest } from "./faults.ts";
import type { Strategy } from "./kinds/strategy.ts";
import { metadataOf } from "./meta.ts";
import type { ResourceVersion } from "./resource.ts";

/** A configuration names its kind, and leaves field ownership alone. */
export function checkApplied(type: ResourceVersion, config: JsonMap): void {
  const { apiVersion = "", kind = "" } = config;
  const slash = String(apiVersion).includes("/") || apiVersion === "" ? String(apiVersion) : `/${apiVersion}`;
  if (kind !== type.resource.kind || (apiVersion !== type.apiVersion && !type.resource.custom)) {
    throw badRequest(`invalid object type: ${slash === "" ? "/" : slash}, Kind=${String(kind)}`);
  }
  if (apiVersion !== type.apiVersion) {
    const wanted = `Specified patch version: ${String(apiVersion)}, expected: ${type.apiVersion}`;
    throw badRequest(`Incorrect version specified in apply patch. ${wanted}`);
  }
  if (metadataOf(config)["managedFields"] !== undefined) throw badRequest("metadata.managedFields must be nil");
}

/** Copies the top-level fields that an endpoint may not write from the current object. */
export function restore(next: KubeObject, current: KubeObject, fixed: (key: string) => boolean): void {
  for (const key of new Set([...Object.keys(next), ...Object.keys(current)])) {
    if (!fixed(key) || key === "metadata") continue;
    if (Object.hasOwn(current, key)) setOwn(next as unknown as JsonMap, key, current[key]);
    else delete next[key];
  }
}

/** The metadata of a write: the status endpoint of custom resources keeps it, that of Deployments only the labels. */
export function statusMetadata(
  type: ResourceVersion,
  subresource: string,
  next: KubeObject,
  current: KubeObject,
): KubeObject["metadata"] {
  if (subresource === "") return { ...next.metadata };
  if (type.resource.custom) return { ...current.metadata };
  const metadata = { ...next.metadata };
  if (type.resource.kind === "Deployment") {
    if (current.metadata.labels === undefined) delete metadata.labels;
    else metadata.labels = current.metadata.labels;
  }
  return metadata;
}

/** True when a write makes a new generation. */
export function counts(type: ResourceVersion, strategy: Strategy, next: KubeObject, current: KubeObject): boolean {
  const relevant = (object: KubeObject): Json => {
    if (!type.resource.custom) {
      const rest = object["spec"] === undefined ? webhooksOf(object) : object["spec"];
      return strategy.annotationsCount === true ? [rest, object.metadata.annotations ?? {}] as Json : rest ?? null;
    }
    const { metadata: _, status, ...rest } = object as unknown as JsonMap;
    return type.hasStatus || status === undefined ? rest : { ...rest, status };
  };
  return !equalJson(relevant(next), relevant(current));
}

function webhooksOf(object: KubeObject): Json {
  const { metadata: _, status: __, ...rest } = object as unknown as JsonMap;
  return rest;
}

/** A Namespace is held by `spec.finalizers`, too. */
export function isHeld(object: KubeObject): boolean {
  return object.kind === "Namespace" && (object["spec"]?.finalizers ?? []).length > 0;
}

/** Being deleted, and nothing holds it any more. */
export function isReleased(object: KubeObject): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0 || isHeld(object)) {
    return false;
  }
  return metadata.deletionGracePeriodSeconds === undefined || metadata.deletionGracePeriodSeconds === 0;
}

import { isMap, type Json, type JsonMap, setOwn } from "../base/json.ts";

/** Kubernetes' `metav1.ObjectMeta`, the fields that matter here; the rest is kept as it comes. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  /** Opaque for everyone but the API server, save that two of one resource compare as integers (KEP-5504). */
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
  generateName?: string;
}

/** `metav1.OwnerReference`. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** `metav1.ManagedFieldsEntry`; `fieldsV1` is the set of paths as server-side apply keeps it. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: "Apply" | "Update";
  apiVersion?: string;
  time?: string;
  fieldsType?: "FieldsV1";
  fieldsV1?: JsonMap;
  subresource?: string;
}

/** Any Kubernetes object, as unstructured JSON with typed metadata. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  // deno-lint-ignore no-explicit-any -- spec, status and data are whatever their kind says
  [field: string]: any;
}

/** A kind and the resource that serves it: what a URL and an RBAC rule need. */
export interface ResourceType {
  /** "" is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower-case plural, as in URLs. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** `plural` is what Kubernetes' tools would guess: discovery has the last word. */
  readonly guessed?: true;
}

/** `group/version`, or `version` for the core group. */
export function apiVersionOf(type: { group: string; version: string }): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** As client-go prints a GroupVersionKind: `apps/v1, Kind=Deployment`; `/v1, Kind=Pod` in the core group. */
export function gvkText({ group, version, kind }: { group: string; version: string; kind: string }): string {
  return `${group}/${version}, Kind=${kind}`;
}

/** Splits `group/version`. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `group/kind`: what makes two types the same kind, whatever their version. */
export function groupKind(type: { group: string; kind: string }): string {
  return type.group === "" ? type.kind : `${type.kind}.${type.group}`;
}

/** `namespace/name`, or `name` in cluster scope: names one object of one resource. */
export type ObjectKey = string;

/** The key of an object. */
export function objectKey(meta: { name: string; namespace?: string | undefined }): ObjectKey {
  return meta.namespace === undefined || meta.namespace === "" ? meta.name : `${meta.namespace}/${meta.name}`;
}

/** What `objectKey` was made of. */
export function splitKey(key: ObjectKey): { readonly name: string; readonly namespace: string | undefined } {
  const slash = key.indexOf("/");
  return slash < 0
    ? { name: key, namespace: undefined }
    : { name: key.slice(slash + 1), namespace: key.slice(0, slash) };
}

/** The controller among the owners, if there is one (at most one may be: `metav1.GetControllerOf`). */
export function controllerOf(meta: ObjectMeta): OwnerReference | undefined {
  return meta.ownerReferences?.find((owner) => owner.controller === true);
}

/** Compares two resource versions of one resource: they are integers (KEP-5504). Negative when `a` is older. */
export function compareResourceVersions(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** A condition of a status (`metav1.Condition`). */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** The value at a dot path such as `spec.containers.0.image`; `undefined` where the path leads nowhere. */
export function valueAt(object: Json | undefined, path: readonly string[]): Json | undefined {
  let at: Json | undefined = object;
  for (const segment of path) {
    if (Array.isArray(at)) at = /^\d+$/.test(segment) ? at[Number(segment)] : undefined;
    else if (typeof at === "object" && at !== null) at = Object.hasOwn(at, segment) ? at[segment] : undefined;
    else return undefined;
  }
  return at;
}

/**
 * Puts `value` at a dot path (list indexes are segments), on a copy: what is not on the path is shared with the old
 * tree. Missing maps are made; a list index may only replace or append. Returns `undefined` where the path runs
 * through a scalar or past the end of a list.
 */
export function withValueAt(
  tree: Json | undefined,
  path: readonly string[],
  value: Json | undefined,
): Json | undefined {
  const [segment, ...rest] = path;
  if (segment === undefined) return value;
  if (Array.isArray(tree)) {
    if (!/^\d{1,6}$/.test(segment) || Number(segment) > tree.length) return undefined;
    const copy = tree.slice();
    const item = withValueAt(tree[Number(segment)], rest, value);
    if (item === undefined) return undefined;
    copy[Number(segment)] = item;
    return copy;
  }
  if (tree !== undefined && tree !== null && !isMap(tree)) return undefined;
  const copy: JsonMap = { ...tree };
  if (rest.length === 0 && value === undefined) {
    delete copy[segment];
    return copy;
  }
  const below = withValueAt(Object.hasOwn(copy, segment) ? copy[segment] : undefined, rest, value);
  if (below === undefined) return undefined;
  setOwn(copy, segment, below);
  return copy;
}

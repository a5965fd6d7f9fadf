import { isMap, type JsonMap, ownValue, setOwn } from "../base/json.ts";
import { annotations as systemAnnotations, isReservedKey, labels, labelValue } from "../k8s/names.ts";
import { groupKind, type ObjectMeta, type OwnerReference, splitApiVersion } from "../k8s/object.ts";
import type { ExpandContext, RenderedEntry } from "./shorthand.ts";

/**
 * The labels that the system puts on a child (ruling 20). They win over an author's label of the same key: selectors
 * and ownership rest on them.
 */
export function systemLabels(context: ExpandContext, childName: string): Record<string, string> {
  const { owner } = context;
  return {
    ...descriptiveLabels(context, childName),
    [labels.ownerUid]: owner.uid,
    [labels.ownerKind]: ownerKindLabel(owner),
  };
}

/** The value of the label `owner-kind`: `Kind.group`. */
export function ownerKindLabel(owner: { readonly apiVersion: string; readonly kind: string }): string {
  return labelValue(groupKind({ group: splitApiVersion(owner.apiVersion).group, kind: owner.kind }));
}

/** Those for people and selectors; "" as `owner-namespace` stands for a cluster-scoped CR. */
function descriptiveLabels({ owner }: ExpandContext, childName: string): Record<string, string> {
  return {
    [labels.managed]: "true",
    [labels.owner]: labelValue(owner.name),
    [labels.ownerNamespace]: owner.namespace ?? "",
    [labels.managedBy]: "orkestra",
    [labels.name]: labelValue(childName),
  };
}

/**
 * What distinguishes the Pods of one workload from all others, those of the CR's other workloads included (ruling 19).
 */
export function workloadSelector(context: ExpandContext, workloadName: string): Record<string, string> {
  return { [labels.owner]: labelValue(context.owner.name), [labels.name]: labelValue(workloadName) };
}

/** The author's labels with the system's on top. */
export function childLabels(entry: RenderedEntry, context: ExpandContext): Record<string, string> {
  return withDeclared(entry, systemLabels(context, entry.name));
}

/**
 * The labels of a Pod template. Without the identity of the CR: a CR that is recreated takes its workloads over, and
 * that must not replace their Pods.
 */
export function podLabels(entry: RenderedEntry, context: ExpandContext): Record<string, string> {
  return withDeclared(entry, descriptiveLabels(context, entry.name));
}

function withDeclared(entry: RenderedEntry, system: Record<string, string>): Record<string, string> {
  return Object.assign(declaredIn(entry, "labels"), system);
}

/** What the author declares, but for keys that mean something to the system. */
function declaredIn(entry: RenderedEntry, field: "labels" | "annotations"): Record<string, string> {
  const all: JsonMap = {};
  const declared = ownValue(entry.fields, field);
  if (isMap(declared)) {
    for (const key of Object.keys(declared)) if (!isReservedKey(key)) setOwn(all, key, declared[key]!);
  }
  return all as Record<string, string>;
}

/** Whether Kubernetes allows the CR as owner: in the same namespace, or a cluster-scoped CR (ruling 21). */
export function mayOwn(
  owner: { readonly namespace?: string | undefined },
  childNamespace: string | undefined,
): boolean {
  return owner.namespace === undefined || owner.namespace === childNamespace;
}

/**
 * The CR as controller of the child, where Kubernetes allows it. A reference across namespaces would make the garbage
 * collector remove the child. A child that outlives its CR has none (ruling 62).
 */
export function ownerReference(context: ExpandContext, namespace: string | undefined): OwnerReference | undefined {
  const { owner, retain } = context;
  if (retain === true || !mayOwn(owner, namespace)) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The metadata of a child: name, namespace, labels, annotations when there are any, owner. */
export function childMetadata(entry: RenderedEntry, context: ExpandContext): ObjectMeta {
  const owner = ownerReference(context, entry.namespace);
  const metadata: ObjectMeta = { name: entry.name };
  if (entry.namespace !== undefined) metadata.namespace = entry.namespace;
  metadata.labels = childLabels(entry, context);
  const annotations = declaredIn(entry, "annotations");
  if (context.retain === true) annotations[systemAnnotations.deletionPolicy] = "Retain";
  if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
  if (owner !== undefined) metadata.ownerReferences = [owner];
  return metadata;
}

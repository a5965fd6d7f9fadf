import { isMap, type JsonMap, ownValue, setOwn } from "../base/json.ts";
import { labels, labelValue } from "../k8s/names.ts";
import type { ObjectMeta, OwnerReference } from "../k8s/object.ts";
import type { ExpandContext, RenderedEntry } from "./shorthand.ts";

/**
 * The labels that the system puts on a child (rulings 20 and 41). They win over an author's label of the same key:
 * selectors and ownership rest on them. `owner-namespace` is "" for a cluster-scoped CR, so that one equality
 * selector finds the children of any CR.
 */
export function systemLabels(context: ExpandContext, childName: string): Record<string, string> {
  const { owner, box } = context;
  return {
    [labels.managed]: "true",
    [labels.owner]: labelValue(owner.name),
    [labels.ownerNamespace]: owner.namespace ?? "",
    [labels.box]: labelValue(box),
    [labels.managedBy]: "orkestra",
    [labels.name]: labelValue(childName),
  };
}

/** What tells the Pods of one workload from all others, those of the CR's other workloads included (ruling 19). */
export function workloadSelector(context: ExpandContext, workloadName: string): Record<string, string> {
  return { [labels.owner]: labelValue(context.owner.name), [labels.name]: labelValue(workloadName) };
}

/** The author's labels with the system's on top: on the child and on its Pods alike. */
export function childLabels(entry: RenderedEntry, context: ExpandContext): Record<string, string> {
  const all: JsonMap = {};
  const declared = ownValue(entry.fields, "labels");
  if (isMap(declared)) { for (const key of Object.keys(declared)) setOwn(all, key, declared[key]!); }
  return Object.assign(all, systemLabels(context, entry.name)) as Record<string, string>;
}

/**
 * The CR as controller of the child, where Kubernetes allows it: in the same namespace, or a cluster-scoped CR
 * (ruling 21). A reference across namespaces would make the garbage collector remove the child.
 */
export function ownerReference(context: ExpandContext, namespace: string | undefined): OwnerReference | undefined {
  const { owner } = context;
  if (owner.namespace !== undefined && owner.namespace !== namespace) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The metadata of a child: name, namespace, labels, annotations when there are any, owner. */
export function childMetadata(entry: RenderedEntry, context: ExpandContext): ObjectMeta {
  const annotations = ownValue(entry.fields, "annotations");
  const owner = ownerReference(context, entry.namespace);
  return {
    name: entry.name,
    ...(entry.namespace === undefined ? {} : { namespace: entry.namespace }),
    labels: childLabels(entry, context),
    ...(isMap(annotations) && Object.keys(annotations).length > 0
      ? { annotations: annotations as Record<string, string> }
      : {}),
    ...(owner === undefined ? {} : { ownerReferences: [owner] }),
  };
}

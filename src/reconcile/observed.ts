import { isMap } from "../base/json.ts";
import type { KubeObject, ObjectKey, OwnerReference, ResourceType } from "../k8s/object.ts";
import { controllerOf, groupKind, objectKey, splitApiVersion } from "../k8s/object.ts";
import { annotations, fieldManager, formerBoxLabel, labels, labelValue } from "../k8s/names.ts";
import { conditionsOf, type Readiness, readinessOf } from "../readiness/mod.ts";
import { type ManagerSet, managersOf } from "./drift.ts";
import { type OwnedFields, ownedFields } from "./owned_fields.ts";

/** What a box keeps of an observed child: enough to decide, not the whole object. */
export interface ObservedChild {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Index under which its CR finds it; see `ownerIndexOf`. Does not prove ownership: see `claimOn`. */
  readonly owner: OwnerIndex;
  /** Its CR according to its labels; copied labels say the same. */
  readonly labelled: {
    readonly ownerUid: string | undefined;
    readonly ownerKind: string | undefined;
    readonly name: string | undefined;
    readonly namespace: string | undefined;
    /** Key of the box, written by former versions. */
    readonly formerBox: string | undefined;
  };
  readonly controller: OwnerReference | undefined;
  /** `managedFields` has an entry of our manager. */
  readonly managed: boolean;
  /** Its creator according to `managedFields`: the manager of the oldest entry. */
  readonly maker: string | undefined;
  /** Digest of the desired object that was applied; only reconciled children have one (ruling 42). */
  readonly applied: string | undefined;
  /** Key of the box that declares it. */
  readonly declaredBy: string | undefined;
  /** Where it was created, according to its annotation. */
  readonly place: string | undefined;
  /** It outlives its CR (ruling 62). */
  readonly retained: boolean;
  /** It existed before, and was taken over. */
  readonly adopted: boolean;
  /** When `autoscale` changed its number of Pods last, according to its annotation. */
  readonly lastScale: string | undefined;
  /** When its values were made, according to its annotation. */
  readonly generatedAt: string | undefined;
  readonly owned: OwnedFields | undefined;
  /** The same for what we applied to its `status` subresource (`custom` children with a status). */
  readonly ownedStatus: OwnedFields | undefined;
  /** The other managers and their sets, as text, to name the one that changed a field. */
  readonly managers: readonly ManagerSet[];
  readonly deleting: boolean;
  /** Job: it finished, so it is never deleted for being out of date (ruling 43). */
  readonly finished: boolean;
  /** Job: why it failed, from its condition `Failed`. */
  readonly failure: string | undefined;
  /** Job: it was created by `onDelete`. */
  readonly onDelete: boolean;
  readonly readiness: Readiness;
  /** `spec.replicas`: adopted where an autoscaler decides (ruling 44). */
  readonly replicas: number | undefined;
  /** The object, of kinds that are never changed in place: its differences are reported (ruling 43). */
  readonly fixed: KubeObject | undefined;
  /** What templates may read under `.children`. */
  readonly view: KubeObject;
}

/** The uid of a CR, or `<namespace>/<label value of its name>` for children of former versions, which have no uid. */
export type OwnerIndex = string;

/** Which parts of a child's object are kept for templates; `none`: only that it exists. */
export type ViewDepth = "none" | "metadata" | "status" | "whole";

/** How a box projects its children. */
export interface Observer {
  /** The type of the box's CRs. */
  readonly crType: ResourceType;
  depthOf(type: ResourceType): ViewDepth;
  /** Objects of this kind are never changed in place, so they are kept whole. */
  isFixed(type: ResourceType): boolean;
  /** Deduplicates equal texts. */
  intern(text: string): string;
}

/** Projects an object from an informer, or from the response to a write or a read. */
export function observeChild(type: ResourceType, object: KubeObject, observer: Observer): ObservedChild {
  const { metadata } = object;
  const intern = (text: string) => observer.intern(text);
  const own = metadata.labels ?? {};
  const controller = controllerOf(metadata);
  const labelled = {
    ownerUid: own[labels.ownerUid],
    ownerKind: own[labels.ownerKind],
    name: own[labels.owner],
    namespace: own[labels.ownerNamespace],
    formerBox: own[formerBoxLabel],
  };
  const notes = metadata.annotations ?? {};
  const managers = managersOf(metadata);
  return {
    type,
    key: objectKey(metadata),
    uid: metadata.uid ?? "",
    resourceVersion: metadata.resourceVersion ?? "",
    owner: ownerIndexOf(controller, labelled, observer.crType),
    labelled,
    controller,
    managed: isManaged(metadata),
    maker: managers.maker,
    applied: notes[annotations.applied],
    declaredBy: notes[annotations.declaredBy],
    place: notes[annotations.place],
    retained: notes[annotations.deletionPolicy] === "Retain",
    adopted: notes[annotations.adopted] === "true",
    lastScale: notes[annotations.lastScale],
    generatedAt: notes[annotations.generatedAt],
    owned: ownedFields(object, intern),
    ownedStatus: ownedFields(object, intern, "status"),
    managers: managers.others,
    deleting: metadata.deletionTimestamp !== undefined,
    finished: isJob(type) && hasFinished(object),
    failure: isJob(type) ? failureOf(object) : undefined,
    onDelete: notes[annotations.onDelete] === "true",
    readiness: readinessOf(object),
    replicas: typeof object["spec"]?.replicas === "number" ? object["spec"].replicas : undefined,
    fixed: observer.isFixed(type) ? project(object, "whole") : undefined,
    view: project(object, observer.depthOf(type)),
  };
}

/**
 * Does our manager own fields that only children have? What a box writes to its CRs (status, finalizer, declared
 * labels) does not count: it does not make a CR a child, even one that is a copy of a child.
 */
function isManaged({ managedFields = [] }: KubeObject["metadata"]): boolean {
  return managedFields.some(({ manager, operation, subresource, fieldsV1 = {} }) => {
    if (manager !== fieldManager || (operation === "Update" && subresource === "status")) return false;
    const { "f:metadata": own = {}, ...rest } = fieldsV1;
    if (operation !== "Update" || Object.keys(rest).length > 0 || !isMap(own)) return true;
    const { "f:labels": labelled = {}, "f:finalizers": _finalizers, ...others } = own;
    return Object.keys(others).length > 0 || (isMap(labelled) && systemLabelFields.some((key) => key in labelled));
  });
}

/** Labels that every child has, of former versions too, and that no box writes to its CRs. */
const systemLabelFields = [...Object.values(labels), formerBoxLabel].map((key) => `f:${key}`);

/** Is it of the kind `batch/v1 Job`, which runs once? */
export function isJob(type: { readonly group: string; readonly kind: string }): boolean {
  return groupKind(type) === "Job.batch";
}

/** Indexes under which the children of a CR are found, those of former versions last. */
export function ownerIndexes(cr: KubeObject): OwnerIndex[] {
  const { uid = "", name, namespace = "" } = cr.metadata;
  return [uid, `${namespace}/${labelValue(name)}`];
}

/** The controller reference takes precedence over the labels: Kubernetes itself acts on it. */
function ownerIndexOf(
  controller: OwnerReference | undefined,
  labelled: ObservedChild["labelled"],
  crType: ResourceType,
): OwnerIndex {
  if (controller !== undefined && isOfKind(controller, crType)) return controller.uid;
  return labelled.ownerUid ?? `${labelled.namespace ?? ""}/${labelled.name ?? ""}`;
}

/** Is the owner an object of this kind, of whatever version? */
export function isOfKind(owner: OwnerReference, type: ResourceType): boolean {
  return owner.kind === type.kind && splitApiVersion(owner.apiVersion).group === type.group;
}

function project(object: KubeObject, depth: ViewDepth): KubeObject {
  const { apiVersion, kind } = object;
  if (depth === "none") {
    const { name, namespace, creationTimestamp } = object.metadata;
    return { apiVersion, kind, metadata: { name, namespace, creationTimestamp } as KubeObject["metadata"] };
  }
  const { managedFields: _managed, ...metadata } = object.metadata;
  if (depth === "whole") return { ...object, metadata };
  const view: KubeObject = { apiVersion, kind, metadata };
  if (depth === "status" && object["status"] !== undefined) view["status"] = object["status"];
  return view;
}

function hasFinished(job: KubeObject): boolean {
  return conditionsOf(job).some(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
}

/** `BackoffLimitExceeded: Job has reached the specified backoff limit`. */
function failureOf(job: KubeObject): string | undefined {
  const failed = conditionsOf(job).find(({ type, status }) => type === "Failed" && status === "True");
  if (failed === undefined) return undefined;
  const { reason = "", message = "" } = failed;
  return [reason, message].filter((text) => text !== "").join(": ") || "no reason given";
}

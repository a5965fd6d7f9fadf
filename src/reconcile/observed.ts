import { isMap } from "../base/json.ts";
import type { KubeObject, ObjectKey, OwnerReference, ResourceType } from "../k8s/object.ts";
import { controllerOf, groupKind, objectKey, splitApiVersion } from "../k8s/object.ts";
import { annotations, fieldManager, formerBoxLabel, labels, labelValue } from "../k8s/names.ts";
import { conditionsOf, type Readiness, readinessOf } from "../readiness/mod.ts";
import { type ManagerSet, managersOf } from "./drift.ts";
import { type OwnedFields, ownedFields } from "./owned_fields.ts";

/** What a box remembers of a child that it sees: enough to decide, not the whole object. */
export interface ObservedChild {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The CR that it is looked up under; see `ownerIndex`. Says nothing of whose it is: see `claimOn`. */
  readonly owner: OwnerIndex;
  /** What its labels say of its CR; copied labels say the same. */
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
  /** Who made it, as far as `managedFields` tells: the manager of the oldest entry. */
  readonly maker: string | undefined;
  /** Digest of the desired object that was applied; only reconciled children have one (ruling 42). */
  readonly applied: string | undefined;
  /** Key of the box that declares it. */
  readonly declaredBy: string | undefined;
  /** Where it says that it was made. */
  readonly place: string | undefined;
  /** It outlives its CR (ruling 62). */
  readonly retained: boolean;
  /** It was there before us, and was taken over. */
  readonly adopted: boolean;
  readonly owned: OwnedFields | undefined;
  /** The same for what we applied to its `status` subresource (`custom` children with a status). */
  readonly ownedStatus: OwnedFields | undefined;
  /** The other managers and their sets, as text, to tell who changed a field; only while something differs from `owned`. */
  readonly managers: readonly ManagerSet[];
  readonly deleting: boolean;
  /** Job: it ran to an end, so it is never removed for being out of date (ruling 43). */
  readonly finished: boolean;
  readonly readiness: Readiness;
  /** `spec.replicas`: adopted where an autoscaler decides (ruling 44). */
  readonly replicas: number | undefined;
  /** The object, of kinds that are never changed in place: what differs from the declared one is told (ruling 43). */
  readonly fixed: KubeObject | undefined;
  /** What templates may read under `.children`. */
  readonly view: KubeObject;
}

/** The uid of a CR, or `<namespace>/<label value of its name>` for children of former versions, which have no uid. */
export type OwnerIndex = string;

/** Which parts of a child's object are kept for templates; `none`: only that it is there. */
export type ViewDepth = "none" | "metadata" | "status" | "whole";

/** How a box looks at its children. */
export interface Observer {
  /** The type of the box's CRs. */
  readonly crType: ResourceType;
  depthOf(type: ResourceType): ViewDepth;
  /** Objects of this kind are never changed in place, so they are kept whole. */
  isFixed(type: ResourceType): boolean;
  /** Makes one of equal texts. */
  intern(text: string): string;
}

/** Projects an object that an informer, a write or a read brought. */
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
    owned: ownedFields(object, intern),
    ownedStatus: ownedFields(object, intern, "status"),
    managers: managers.others,
    deleting: metadata.deletionTimestamp !== undefined,
    finished: isJob(type) && hasFinished(object),
    readiness: readinessOf(object),
    replicas: typeof object["spec"]?.replicas === "number" ? object["spec"].replicas : undefined,
    fixed: observer.isFixed(type) ? project(object, "whole") : undefined,
    view: project(object, observer.depthOf(type)),
  };
}

/**
 * Does our manager own anything that a child is made of? What a box writes on its CRs (status, finalizer, declared
 * labels) counts for nothing: a CR that somebody made, perhaps as a copy of a child, is no child for that.
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

/** Labels that are on every child, of former versions too, and that no box writes on its CRs. */
const systemLabelFields = [...Object.values(labels), formerBoxLabel].map((key) => `f:${key}`);

/** Is it of the kind `batch/v1 Job`, which runs once? */
export function isJob(type: { readonly group: string; readonly kind: string }): boolean {
  return groupKind(type) === "Job.batch";
}

/** Under which index the children of a CR are found, those of former versions last. */
export function ownerIndexes(cr: KubeObject): OwnerIndex[] {
  const { uid = "", name, namespace = "" } = cr.metadata;
  return [uid, `${namespace}/${labelValue(name)}`];
}

/** The controller reference outweighs the labels: it is the one of the two that Kubernetes itself acts on. */
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

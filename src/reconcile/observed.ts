import type { KubeObject, ObjectKey, OwnerReference, ResourceType } from "../k8s/object.ts";
import { controllerOf, objectKey, splitApiVersion } from "../k8s/object.ts";
import { appliedAnnotation, labels, labelValue } from "../k8s/names.ts";
import { type OwnedFields, ownedFields } from "./owned_fields.ts";

/** What a box remembers of a child that it sees: enough to decide, not the whole object. */
export interface ObservedChild {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Which CR it belongs to: the one that controls it, else the one that its labels name. */
  readonly owner: OwnerKey;
  /** Whose controller reference it carries. */
  readonly controllerUid?: string;
  /** The controller is a CR of the box's own kind, so `owner` names it. */
  readonly controllerIsCr: boolean;
  /** Digest of the desired object that was applied; only reconciled children have one (ruling 42). */
  readonly applied?: string;
  readonly owned?: OwnedFields;
  /** The same for what we applied to its `status` subresource (`custom` children with a status). */
  readonly ownedStatus?: OwnedFields;
  readonly deleting: boolean;
  /** Job: it ran to an end, so it is never removed for being out of date (ruling 43). */
  readonly finished: boolean;
  /** What templates may read under `.children`. */
  readonly view: KubeObject;
}

/** Namespace and name of a CR of the box as its children's labels write them: `<owner-namespace>/<owner>`. */
export type OwnerKey = string;

/** Which parts of a child's object are kept for templates. */
export type ViewDepth = "metadata" | "status" | "whole";

/** How a box looks at its children. */
export interface Observer {
  /** The type of the box's CRs. */
  readonly crType: ResourceType;
  depthOf(type: ResourceType): ViewDepth;
  /** Makes one of equal texts. */
  intern(text: string): string;
}

/** Projects an object that an informer or a write brought. */
export function observeChild(type: ResourceType, object: KubeObject, observer: Observer): ObservedChild {
  const { metadata } = object;
  const intern = (text: string) => observer.intern(text);
  return {
    type,
    key: objectKey(metadata),
    uid: metadata.uid ?? "",
    resourceVersion: metadata.resourceVersion ?? "",
    owner: ownerOf(metadata, observer.crType),
    controllerUid: controllerOf(metadata)?.uid,
    controllerIsCr: isCr(controllerOf(metadata), observer.crType),
    applied: metadata.annotations?.[appliedAnnotation],
    owned: ownedFields(object, intern),
    ownedStatus: ownedFields(object, intern, "status"),
    deleting: metadata.deletionTimestamp !== undefined,
    finished: type.kind === "Job" && type.group === "batch" && hasFinished(object),
    view: project(object, observer.depthOf(type)),
  };
}

/** The controller reference outweighs the labels: it is the one of the two that Kubernetes itself acts on. */
function ownerOf(metadata: KubeObject["metadata"], crType: ResourceType): OwnerKey {
  const controller = controllerOf(metadata);
  if (controller !== undefined && isCr(controller, crType)) {
    return ownerKey(crType.namespaced ? metadata.namespace ?? "" : "", labelValue(controller.name));
  }
  const own = metadata.labels ?? {};
  return ownerKey(own[labels.ownerNamespace] ?? "", own[labels.owner] ?? "");
}

function isCr(controller: OwnerReference | undefined, crType: ResourceType): boolean {
  return controller?.kind === crType.kind && splitApiVersion(controller.apiVersion).group === crType.group;
}

/** The owner key of label values, and so of a CR's namespace and name after `labelValue`. */
export function ownerKey(namespace: string, owner: string): OwnerKey {
  return `${namespace}/${owner}`;
}

function project(object: KubeObject, depth: ViewDepth): KubeObject {
  const { managedFields: _managed, ...metadata } = object.metadata;
  if (depth === "whole") return { ...object, metadata };
  const view: KubeObject = { apiVersion: object.apiVersion, kind: object.kind, metadata };
  if (depth === "status" && object["status"] !== undefined) view["status"] = object["status"];
  return view;
}

function hasFinished(job: KubeObject): boolean {
  const conditions: { type?: string; status?: string }[] = job["status"]?.conditions ?? [];
  return conditions.some((item) => (item.type === "Complete" || item.type === "Failed") && item.status === "True");
}

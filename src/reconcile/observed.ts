import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";
import { controllerOf, objectKey } from "../k8s/object.ts";
import { appliedAnnotation, labels } from "../k8s/names.ts";
import { type OwnedFields, ownedFields } from "./owned_fields.ts";

/** What a box remembers of a child that it sees: enough to decide, not the whole object. */
export interface ObservedChild {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Values of the owner labels: which CR it says it belongs to. */
  readonly owner: OwnerKey;
  /** Whose controller reference it carries. */
  readonly controllerUid?: string;
  /** Digest of the desired object that was applied; only reconciled children have one (ruling 42). */
  readonly applied?: string;
  readonly owned?: OwnedFields;
  readonly deleting: boolean;
  /** Job: it ran to an end, so it is never removed for being out of date (ruling 43). */
  readonly finished: boolean;
  /** What templates may read under `.children`. */
  readonly view: KubeObject;
}

/** `<owner-namespace>/<owner>` of the labels: names a CR of the box. */
export type OwnerKey = string;

/** Which parts of a child's object are kept for templates. */
export type ViewDepth = "metadata" | "status" | "whole";

/** Projects an object that an informer or a write brought. */
export function observeChild(
  type: ResourceType,
  object: KubeObject,
  depth: ViewDepth,
  intern: (text: string) => string,
): ObservedChild {
  const { metadata } = object;
  const own = metadata.labels ?? {};
  return {
    type,
    key: objectKey(metadata),
    uid: metadata.uid ?? "",
    resourceVersion: metadata.resourceVersion ?? "",
    owner: ownerKey(own[labels.ownerNamespace] ?? "", own[labels.owner] ?? ""),
    controllerUid: controllerOf(metadata)?.uid,
    applied: metadata.annotations?.[appliedAnnotation],
    owned: ownedFields(object, intern),
    deleting: metadata.deletionTimestamp !== undefined,
    finished: type.kind === "Job" && type.group === "batch" && hasFinished(object),
    view: project(object, depth),
  };
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

import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";

/** One write to a child. */
export type ChildChange = ApplyChild | ApplyChildStatus | CreateChild | DeleteChild;

/** Server-side apply: make it, or put it back as declared. */
export interface ApplyChild {
  readonly action: "apply";
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly object: KubeObject;
  readonly digest: string;
  readonly force: boolean;
  /** It is not there yet, as far as we see. */
  readonly isNew: boolean;
  readonly entry: string;
}

/** Server-side apply to the `status` subresource of a `custom` child. */
export interface ApplyChildStatus {
  readonly action: "applyStatus";
  readonly type: ResourceType;
  readonly key: ObjectKey;
  /** Identity and status. */
  readonly object: KubeObject;
  readonly digest: string;
  readonly force: boolean;
  readonly entry: string;
}

/** POST: make it when absent; that it is there already is fine. */
export interface CreateChild {
  readonly action: "create";
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly object: KubeObject;
  readonly entry: string;
}

/** Delete this very object and no successor of the same name. */
export interface DeleteChild {
  readonly action: "delete";
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly uid: string;
  /** Why, in words for log and Event. */
  readonly why: "no longer declared" | "its owner is being deleted";
}

/** `Deployment shop/web`, for texts. */
export function describeChild(change: { type: ResourceType; key: ObjectKey }): string {
  return `${change.type.kind} ${change.key.slice(change.key.indexOf("/") + 1)}`;
}

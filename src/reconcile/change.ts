import type { JsonMap } from "../base/json.ts";
import { type KubeObject, type ObjectKey, type OwnerReference, type ResourceType, splitKey } from "../k8s/object.ts";

/** Why something is written. */
export type Cause =
  /** It does not exist. */
  | { readonly why: "absent" }
  /** The CR's spec is newer than what was last done. */
  | { readonly why: "spec" }
  /** What is declared is not what was applied: the Katalog, or something that it reads, changed. */
  | { readonly why: "declared" }
  /** Another writer changed or removed what was applied. */
  | { readonly why: "drift"; readonly by: string | undefined }
  /** It existed before, and the Katalog says to adopt it. */
  | { readonly why: "adopt" }
  /** It was created for a former CR of this name, or by a former version. */
  | { readonly why: "former" }
  /** No entry declares it any more. */
  | { readonly why: "undeclared" }
  /** Its CR is being deleted. */
  | { readonly why: "deletion" };

interface ChangeOfChild {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly cause: Cause;
}

interface DeclaredChange extends ChangeOfChild {
  /** Id of the entry that declares the child. */
  readonly entry: string;
}

/** Creates a child that must not exist yet: never takes anything over. */
export interface CreateChild extends DeclaredChange {
  readonly action: "create";
  /** `apply`: by server-side apply; `post`: by POST, for what is never changed in place. */
  readonly by: "apply" | "post";
  readonly object: KubeObject;
  readonly digest: string;
  readonly force: boolean;
  /** The entry only asks for it to exist, no matter which client created it (ruling 1). */
  readonly satisfiedByAny: boolean;
  readonly adopt: boolean;
  /** A Job of `onDelete`: it must be this CR's own, or it would not have run for it. */
  readonly runs?: true;
}

/** Server-side apply to the object with this uid, never to a successor of the same name. */
export interface UpdateChild extends DeclaredChange {
  readonly action: "update" | "adopt";
  readonly uid: string;
  readonly object: KubeObject;
  readonly digest: string;
  readonly force: boolean;
  /** Paths that differ, the first three; empty when they cannot be determined. */
  readonly fields: readonly string[];
}

/** Server-side apply to the `status` subresource of a `custom` child. */
export interface UpdateChildStatus extends DeclaredChange {
  readonly action: "updateStatus";
  /** Identity and status. */
  readonly object: KubeObject;
  readonly digest: string;
  readonly force: boolean;
}

/** JSON merge patch of the one mutable field of a kind that is never changed in place: a claim that grows. */
export interface ResizeChild extends DeclaredChange {
  readonly action: "resize";
  readonly uid: string;
  readonly patch: JsonMap;
  readonly fields: readonly string[];
}

/**
 * Switches whether a child that is never changed in place outlives its CR (ruling 62): only its owner reference and the
 * annotations that record the policy are changed.
 */
export interface UpdateChildPolicy extends DeclaredChange {
  readonly action: "updatePolicy";
  readonly uid: string;
  readonly retain: boolean;
  /** Controller reference to the CR; `undefined` where the child outlives it. */
  readonly owner: OwnerReference | undefined;
  /** The annotation `applied` that it is to have; `undefined`: as it is. */
  readonly applied: string | undefined;
  readonly fields: readonly string[];
}

/** Deletes the object with this uid, never a successor of the same name. */
export interface DeleteChild extends ChangeOfChild {
  readonly action: "delete";
  readonly uid: string;
  /** Entry that declared it, as `onReconcile.configMaps[0]`, where that is known; or that deletes it. */
  readonly from: string | undefined;
  /** `Foreground`: it is gone when everything that it owns is gone; `Background` when absent. */
  readonly propagation?: "Foreground";
}

/** One write to a child. */
export type ChildChange =
  | CreateChild
  | UpdateChild
  | UpdateChildStatus
  | ResizeChild
  | UpdateChildPolicy
  | DeleteChild;

/** What a pass did, as a plain record; `describeChange` renders its text last. */
export interface DoneChange {
  readonly action:
    | ChildChange["action"]
    | "label"
    | "addFinalizer"
    | "removeFinalizer"
    | "status";
  readonly kind: string;
  readonly key: ObjectKey;
  readonly fields: readonly string[];
  readonly cause: Cause;
}

/** A change of a child as it is reported. */
export function doneChange(change: ChildChange): DoneChange {
  const { action, type, key, cause } = change;
  return { action, kind: type.kind, key, cause, fields: "fields" in change ? change.fields : [] };
}

/** `Deployment web`, for messages. */
export function describeChild(child: { readonly type: ResourceType; readonly key: ObjectKey }): string {
  return `${child.type.kind} ${splitKey(child.key).name}`;
}

/** `updated Deployment web (spec.replicas, changed by kubectl-scale)`. */
export function describeChange({ action, kind, key, fields, cause }: DoneChange): string {
  const what = `${kind} ${splitKey(key).name}`;
  switch (action) {
    case "create":
      return `created ${what}`;
    case "update":
      return `updated ${what} (${reasonOf(cause, fields)})`;
    case "adopt":
      return `took over ${what} (${cause.why === "former" ? "of a former object" : "adopt: true"})`;
    case "updateStatus":
      return `updated the status of ${what}`;
    case "updatePolicy":
      return `updated ${what} (${fields.join(", ")})`;
    case "resize":
      return `resized ${what} (${fields.join(", ")})`;
    case "delete":
      return `deleted ${what} (${cause.why === "deletion" ? "its owner is being deleted" : "no longer declared"})`;
    case "label":
      return `changed the labels ${fields.join(", ")}`;
    case "addFinalizer":
      return "added the finalizer";
    case "removeFinalizer":
      return "removed the finalizer";
    case "status":
      return fields.length === 0 ? "wrote the status" : `wrote only the ${fields.join(", ")} of the status`;
    default:
      return action satisfies never;
  }
}

function reasonOf(cause: Cause, fields: readonly string[]): string {
  const where = fields.join(", ");
  switch (cause.why) {
    case "drift": {
      const by = cause.by === undefined ? "changed by another writer" : `changed by ${cause.by}`;
      return where === "" ? by : `${where}, ${by}`;
    }
    case "spec":
      return "the spec changed";
    case "former":
      return "of a former version";
    default:
      return where === "" ? "what is declared changed" : `${where} changed`;
  }
}

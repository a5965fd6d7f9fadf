import type { JsonMap } from "../base/json.ts";
import type { ScaledBy } from "./scaling.ts";
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
  /** Its values are older than `rotateAfter`. */
  | { readonly why: "age" }
  /** `autoscale` changes its number of Pods. */
  | { readonly why: "scale"; readonly from: number; readonly to: number; readonly by: ScaledBy }
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

/** JSON merge patch of a Secret that is made once: new values, or the time from which their age counts. */
export interface RotateChild extends DeclaredChange {
  readonly action: "rotate";
  readonly uid: string;
  /** With the data of a certificate left open. */
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
  | RotateChild
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

/** `Deployment web`, for messages; with its namespace where it stands in another one than `cr`. */
export function describeChild(
  { type, key }: { readonly type: ResourceType; readonly key: ObjectKey },
  cr?: KubeObject,
): string {
  return cr === undefined ? `${type.kind} ${splitKey(key).name}` : described(type.kind, key, cr.metadata.namespace);
}

function described(kind: string, key: ObjectKey, ofCr: string | undefined): string {
  const { name, namespace } = splitKey(key);
  return `${kind} ${name}${namespace === undefined || namespace === ofCr ? "" : ` in namespace ${namespace}`}`;
}

/**
 * `updated Deployment web (spec.replicas, changed by kubectl-scale)`; with its namespace where that is another than that
 * of its CR, of which there may be children of one name in several.
 */
export function describeChange({ action, kind, key, fields, cause }: DoneChange, ofCr: string | undefined): string {
  const what = described(kind, key, ofCr);
  switch (action) {
    case "create":
      return `created ${what}`;
    case "update":
      if (cause.why === "scale") return `scaled ${what} from ${cause.from} to ${cause.to} (autoscale.${cause.by})`;
      return `updated ${what} (${reasonOf(cause, fields)})`;
    case "adopt":
      return `took over ${what} (${cause.why === "former" ? "of a former object" : "adopt: true"})`;
    case "updateStatus":
      return `updated the status of ${what}`;
    case "updatePolicy":
      return `updated ${what} (${fields.join(", ")})`;
    case "rotate":
      return fields.length === 0 ? `marked ${what} for rotation` : `rotated ${what} (${fields.join(", ")})`;
    case "resize":
      return `resized ${what} (${fields.join(", ")})`;
    case "delete":
      return `deleted ${what} (${reasonOfDeletion(cause, fields)})`;
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

function reasonOfDeletion(cause: Cause, fields: readonly string[]): string {
  switch (cause.why) {
    case "deletion":
      return "its owner is being deleted";
    case "undeclared":
      return "no longer declared";
    default:
      // What the API server does not let be changed is made again.
      return `to recreate it: ${cause.why === "adopt" ? "adopt: true" : reasonOf(cause, fields)}`;
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

import type { JsonMap } from "../base/json.ts";
import { cleanupFinalizer, isLabelValue } from "../k8s/names.ts";
import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";
import { textOf } from "../template/compiled_text.ts";
import type { ChildChange } from "./child_change.ts";
import type { CompiledBox } from "./compile.ts";
import type { Desired, DesiredChild } from "./desired.ts";
import { coversDesired, isSameOwned, type OwnedFields } from "./owned_fields.ts";
import type { ObservedChild, OwnerKey } from "./observed.ts";

/** What the last apply of a child left: the desired object's digest, and what the API server made of it. */
export interface Applied {
  readonly digest: string;
  readonly owned?: OwnedFields;
}

/** What a box knows that a decision needs. */
export interface Memory {
  /** A child as last seen, whoever it belongs to; `undefined` when the box sees none. */
  child(type: ResourceType, key: ObjectKey): ObservedChild | undefined;
  applied(type: ResourceType, key: ObjectKey): Applied | undefined;
  /** What the last apply to the child's status left. */
  appliedStatus(type: ResourceType, key: ObjectKey): Applied | undefined;
  /** Found to be right by its ownership alone: remembered from now on. */
  remember(type: ResourceType, key: ObjectKey, applied: Applied): void;
  rememberStatus(type: ResourceType, key: ObjectKey, applied: Applied): void;
  /** Something that is not ours has that name, so it need not be created again on every pass. */
  isForeign(type: ResourceType, key: ObjectKey): boolean;
}

/** A child that another CR of the same box already has. */
export interface Clash {
  readonly entry: string;
  readonly message: string;
}

export interface ChildrenDecision {
  readonly changes: readonly ChildChange[];
  /** Children of a former CR of the same name: garbage collection takes them first. */
  readonly waitingFor: readonly ObservedChild[];
  readonly clash?: Clash;
}

/**
 * Compares what is wanted with what is seen. No change is decided without cause: see `isAsDeclared`. Children that are
 * no longer wanted are removed only when every entry could be rendered, so a broken template never deletes anything.
 */
export function decideChildren(
  owner: { readonly key: OwnerKey; readonly uid: string },
  desired: Desired,
  seen: readonly ObservedChild[],
  memory: Memory,
): ChildrenDecision {
  const changes: ChildChange[] = [];
  const waitingFor: ObservedChild[] = [];
  for (const child of desired.children) {
    const observed = memory.child(child.type, child.key);
    if (observed !== undefined && observed.owner !== owner.key) {
      return { changes, waitingFor, clash: { entry: child.entry, message: clashMessage(child, observed) } };
    }
    if (observed !== undefined && !isOurs(observed, owner.uid)) {
      if (!observed.controllerIsCr) {
        return { changes, waitingFor, clash: { entry: child.entry, message: takenMessage(child) } };
      }
      waitingFor.push(observed);
      continue;
    }
    const change = decideChild(child, observed, memory);
    if (change !== undefined) changes.push(change);
    const statusChange = decideChildStatus(child, observed, memory);
    if (statusChange !== undefined) changes.push(statusChange);
  }
  if (desired.failure === undefined) changes.push(...prune(owner.uid, desired, seen));
  return { changes, waitingFor };
}

function decideChild(
  child: DesiredChild,
  observed: ObservedChild | undefined,
  memory: Memory,
): ChildChange | undefined {
  const { type, key, object, digest, force, entry } = child;
  if (child.upkeep !== "apply") {
    if (observed !== undefined || memory.isForeign(type, key)) return undefined;
    return { action: "create", type, key, object, entry };
  }
  // Its end brings another pass, which makes it anew.
  if (observed?.deleting === true) return undefined;
  if (observed !== undefined && isAsDeclared(child, observed, memory)) return undefined;
  return { action: "apply", type, key, object, digest, force, isNew: observed === undefined, entry };
}

function decideChildStatus(
  child: DesiredChild,
  observed: ObservedChild | undefined,
  memory: Memory,
): ChildChange | undefined {
  const { type, key, status, digest, force, entry } = child;
  if (status === undefined || child.upkeep === "make" || observed?.deleting === true) return undefined;
  // A child that is only created gets its status once, with its creation.
  if (child.upkeep === "create" && (observed !== undefined || memory.isForeign(type, key))) return undefined;
  if (observed !== undefined) {
    const applied = memory.appliedStatus(type, key);
    if (applied !== undefined && applied.digest === digest) {
      if (isSameOwned(applied.owned, observed.ownedStatus)) return undefined;
    } else if (observed.applied === digest && observed.ownedStatus !== undefined) {
      if (coversDesired(observed.ownedStatus.fields, status)) {
        memory.rememberStatus(type, key, { digest, owned: observed.ownedStatus });
        return undefined;
      }
    }
  }
  return { action: "applyStatus", type, key, object: status, digest, force, entry };
}

/**
 * Is a child as declared? By memory: it is what the last apply of this very object produced. Without memory, by
 * proof: the digest that it carries is that of the object we want, and the applied set still covers every leaf of it
 * (whoever changes a value takes the field from us).
 */
function isAsDeclared(child: DesiredChild, observed: ObservedChild, memory: Memory): boolean {
  const applied = memory.applied(child.type, child.key);
  if (applied !== undefined && applied.digest === child.digest) {
    return isSameOwned(applied.owned, observed.owned);
  }
  if (observed.applied !== child.digest || observed.owned === undefined) return false;
  if (!coversDesired(observed.owned.fields, child.object)) return false;
  memory.remember(child.type, child.key, { digest: child.digest, owned: observed.owned });
  return true;
}

function prune(ownerUid: string, desired: Desired, seen: readonly ObservedChild[]): ChildChange[] {
  const wanted = new Set(desired.children.map((child) => identity(child)));
  return seen
    .filter((child) => isReconciled(child) && isOurs(child, ownerUid) && !child.deleting && !child.finished)
    .filter((child) => !wanted.has(identity(child)))
    .map(({ type, key, uid }) => ({ action: "delete", type, key, uid, why: "no longer declared" }));
}

/**
 * Ruling 42: reconciled children carry a digest. Somebody may have taken that off, but what was applied has an applied
 * set too, and what was only created has none.
 */
function isReconciled(child: ObservedChild): boolean {
  return child.applied !== undefined || child.owned !== undefined;
}

/** Ruling 41: the labels led here; the controller, if there is one, must be the CR. */
export function isOurs(child: ObservedChild, ownerUid: string): boolean {
  return child.controllerUid === undefined || child.controllerUid === ownerUid;
}

function identity(child: { type: ResourceType; key: ObjectKey }): string {
  return `${child.type.plural}.${child.type.group}/${child.key}`;
}

function clashMessage(child: DesiredChild, observed: ObservedChild): string {
  return `${child.type.kind} "${child.key}" already belongs to "${observed.owner}"; make the name depend on the object, ` +
    `as {{ .metadata.name }}-${child.type.kind.toLowerCase()}`;
}

function takenMessage(child: DesiredChild): string {
  return `${child.type.kind} "${child.key}" is controlled by another object now; remove that owner reference, or declare ` +
    "another name";
}

/** Labels and finalizer that the CR lacks, as a JSON merge patch; `undefined` when it has them all. */
export function decideCrPatch(box: CompiledBox, cr: KubeObject, data: JsonMap): JsonMap | undefined {
  const metadata: JsonMap = {};
  const labels: JsonMap = {};
  for (const { key, value } of box.labels) {
    const text = textOf(value, data).trim();
    if (text === "" || cr.metadata.labels?.[key] === text) continue;
    if (!isLabelValue(text)) throw new LabelError(`${value.at}: "${text}" cannot be the value of label "${key}"`);
    labels[key] = text;
  }
  if (Object.keys(labels).length > 0) metadata["labels"] = labels;
  const finalizers = cr.metadata.finalizers ?? [];
  if (box.plan.finalizer && !finalizers.includes(cleanupFinalizer)) {
    metadata["finalizers"] = [...finalizers, cleanupFinalizer];
  }
  if (Object.keys(metadata).length === 0) return undefined;
  // Only on the state that was seen: a list is replaced as a whole, and the answer must not hide others' changes.
  return { metadata: { ...metadata, resourceVersion: cr.metadata.resourceVersion ?? "" } };
}

/** A declared label cannot be written. */
export class LabelError extends Error {
  override name = "LabelError";
}

/** What the deletion of a CR still needs. */
export interface DeletionDecision {
  readonly changes: readonly ChildChange[];
  /** Set when nothing is left to wait for and the finalizer is ours to take off. */
  readonly crPatch?: JsonMap;
  /** Children that must be gone first. */
  readonly waitingFor: readonly ObservedChild[];
}

/**
 * Deletes from what is on the cluster, never from templates: a changed or broken Katalog neither leaks nor blocks.
 * Only children that garbage collection does not reach are ours to delete.
 */
export function decideDeletion(cr: KubeObject, seen: readonly ObservedChild[]): DeletionDecision | undefined {
  const finalizers = cr.metadata.finalizers ?? [];
  if (!finalizers.includes(cleanupFinalizer)) return undefined;
  const left = seen.filter((child) => child.controllerUid === undefined);
  const changes = left.filter((child) => !child.deleting).map(({ type, key, uid }): ChildChange => ({
    action: "delete",
    type,
    key,
    uid,
    why: "its owner is being deleted",
  }));
  if (left.length > 0) return { changes, waitingFor: left };
  const metadata = {
    finalizers: finalizers.filter((item) => item !== cleanupFinalizer),
    resourceVersion: cr.metadata.resourceVersion ?? "",
  };
  return { changes, crPatch: { metadata }, waitingFor: [] };
}

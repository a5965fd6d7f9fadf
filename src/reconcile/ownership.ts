import { declarerOf, fieldManager, formerFinalizer, labelValue, splitDeclarer } from "../k8s/names.ts";
import { type KubeObject, splitKey } from "../k8s/object.ts";
import { mayOwn, ownerKindLabel } from "../resources/mod.ts";
import type { CompiledBox } from "./compile.ts";
import type { ObservedChild } from "./observed.ts";

/**
 * Ownership of an object, seen from a CR (rulings 20, 41, 61). Labels and annotations can be copied, so no mark counts
 * alone:
 *
 * - `ours`: the uid in its labels is the CR's, our manager is in `managedFields`, and its controller is the CR (or
 *   none, where Kubernetes allows no controller reference, and where it is to outlive the CR).
 * - `damaged`: labels or controller reference were removed, but our manager and the other of the two, or the uid that
 *   the box knows, still prove it. Restored when declared; never deleted.
 * - `former`: created for a CR of this kind, namespace and name that no longer exists, or by a former version of the
 *   system. Taken over when declared.
 * - `collected`: the garbage collector is about to delete it with its former CR.
 * - `foreign`: everything else, the CR itself too. Never written to, pruned or deleted.
 */
export type Claim = "ours" | "damaged" | "former" | "collected" | "foreign";

export interface ClaimContext {
  readonly katalog: string;
  /** Key of the box. */
  readonly box: string;
  readonly formerNames: readonly string[];
  /** Keys of the other boxes of the Plan. */
  readonly otherBoxes: readonly string[];
  /** Uid of the object that the box last knew under this key. */
  readonly knownUid?: string | undefined;
}

/** Identity of the box, for decisions on ownership. */
export function claimContext({ plan }: CompiledBox): ClaimContext {
  return { katalog: plan.katalog, box: plan.name, formerNames: plan.formerNames, otherBoxes: plan.otherBoxes };
}

export function claimOn(child: ObservedChild, cr: KubeObject, context: ClaimContext): Claim {
  const uid = cr.metadata.uid ?? "";
  const { controller, labelled, managed } = child;
  // What an entry that named its own object has made of that: it must not be deleted like a child.
  if (!managed || (uid !== "" && child.uid === uid)) return "foreign";
  const isNear = mayOwn(cr.metadata, splitKey(child.key).namespace);
  if (controller !== undefined && controller.uid !== uid) {
    const sameName = controller.kind === cr.kind && controller.name === cr.metadata.name &&
      controller.apiVersion.split("/")[0] === cr.apiVersion.split("/")[0];
    // Uids are never reused: a CR of this name with another uid no longer exists.
    return sameName && isNear ? "collected" : "foreign";
  }
  const labelsMatch = labelled.ownerUid === uid && labelled.ownerKind === ownerKindLabel(cr);
  const controls = controller?.uid === uid;
  if (labelsMatch && (controls || (isNear ? child.retained : isInPlace(child)))) return "ours";
  if (labelsMatch || controls || (context.knownUid !== undefined && context.knownUid === child.uid)) return "damaged";
  const names = labelled.name === labelValue(cr.metadata.name) && labelled.namespace === (cr.metadata.namespace ?? "");
  if (!names) return "foreign";
  if (labelled.ownerUid === undefined) return isOfFormerVersion(child, context) ? "former" : "foreign";
  return labelled.ownerKind === ownerKindLabel(cr) ? "former" : "foreign";
}

/** The CR's child: to be reconciled and read. */
export function isOwn(claim: Claim): boolean {
  return claim === "ours" || claim === "damaged";
}

/**
 * May the object's children be created in this Namespace because it is a child too? Only in one that it made: an adopted
 * one is that of others, whom the object would reach by naming it (ruling 49).
 */
export function mayHoldChildren(namespace: ObservedChild, cr: KubeObject, context: ClaimContext): boolean {
  return isOwn(claimOn(namespace, cr, context)) && !namespace.adopted;
}

/**
 * May `adopt` take it over? Nothing else controls it, and no box created it: a child whose `managedFields` were cleared,
 * or lost in a restore, is still controlled by its CR.
 */
export function isFree({ controller, managed }: ObservedChild, { metadata: { uid } }: KubeObject): boolean {
  return (controller === undefined || controller.uid === uid) && !managed;
}

/** No copy: where no controller proves it, the child records where it was created. */
function isInPlace({ place, key }: ObservedChild): boolean {
  return splitKey(key).namespace === undefined || place === key;
}

/** Created by a version that wrote the key of the box instead of the CR's identity. */
export function isOfFormerVersion(child: ObservedChild, { box, formerNames }: ClaimContext): boolean {
  const key = child.labelled.formerBox;
  return child.labelled.ownerUid === undefined && key !== undefined &&
    [box, ...formerNames].some((name) => labelValue(name) === key);
}

/**
 * May the box delete it when no entry declares it any more? Only what is ours, or was created by a former version of
 * the system for this CR; and only what this box declared: another box of the same kind may still declare it.
 */
export function mayPrune(child: ObservedChild, cr: KubeObject, context: ClaimContext): boolean {
  if (child.retained) return false;
  const claim = claimOn(child, cr, context);
  if (claim === "ours") return child.declaredBy === undefined || isDeclaredHere(child.declaredBy, context);
  return isLeftOver(child, cr, claim, context);
}

function isDeclaredHere(declaredBy: string, context: ClaimContext): boolean {
  const { katalog } = splitDeclarer(declaredBy);
  return isUnderOwnKey(declaredBy, context) && (katalog === undefined || katalog === context.katalog);
}

function isUnderOwnKey(declaredBy: string, { box, formerNames }: ClaimContext): boolean {
  return [box, ...formerNames].includes(splitDeclarer(declaredBy).name);
}

/**
 * The other Katalog that declares the child under the key of this box: this Katalog was renamed, or two Katalogs use
 * one key for one kind.
 */
export function otherKatalogOf({ declaredBy }: ObservedChild, context: ClaimContext): string | undefined {
  if (declaredBy === undefined || !isUnderOwnKey(declaredBy, context)) return undefined;
  const { katalog } = splitDeclarer(declaredBy);
  return katalog === context.katalog ? undefined : katalog;
}

/** It names this box by a former key or Katalog, or another Katalog: it is marked again, so that it can be pruned later. */
export function isMarkedOtherwise({ declaredBy }: ObservedChild, context: ClaimContext): boolean {
  // The comparison first: it settles nearly every child of every pass.
  return declaredBy !== undefined && declaredBy !== declarerOf({ katalog: context.katalog, name: context.box }) &&
    isUnderOwnKey(declaredBy, context);
}

/**
 * May the deletion of the CR delete it? Yes, no matter which box of this kind declared it. What a former version
 * created counts under any key that no other box has: the box may have been renamed since.
 */
export function mayDelete(child: ObservedChild, cr: KubeObject, context: ClaimContext): boolean {
  return !child.retained && mayDeleteNamed(child, cr, context);
}

/** The same for a child that `onDelete` names: it is deleted although it would outlive its CR otherwise (ruling 62). */
export function mayDeleteNamed(child: ObservedChild, cr: KubeObject, context: ClaimContext): boolean {
  const claim = claimOn(child, cr, context);
  if (claim === "ours") return true;
  const { formerBox } = child.labelled;
  const known = formerBox === undefined || context.otherBoxes.some((name) => labelValue(name) === formerBox);
  const names = known || formerBox === undefined ? context.formerNames : [...context.formerNames, formerBox];
  const renamed = { ...context, formerNames: names };
  return isLeftOver(child, cr, claimOn(child, cr, renamed), renamed);
}

/** Created by a former version for this CR: not older than it. */
function isLeftOver(child: ObservedChild, cr: KubeObject, claim: Claim, context: ClaimContext): boolean {
  if (claim !== "former" && claim !== "damaged") return false;
  const { creationTimestamp = "" } = cr.metadata;
  return isOfFormerVersion(child, context) && (child.view.metadata.creationTimestamp ?? "") >= creationTimestamp;
}

/** The owner of an object that is not ours, for messages: `ConfigMap a is there already, made by kubectl-create`. */
export function describeForeign(child: ObservedChild, cr: KubeObject): string {
  const { controller, labelled, managed } = child;
  if (controller !== undefined && controller.uid === cr.metadata.uid) {
    return `controlled by this object, but its managedFields do not name ${fieldManager}`;
  }
  if (controller !== undefined) return `controlled by ${controller.kind} ${controller.name}`;
  if (managed && labelled.ownerUid !== undefined && labelled.name !== undefined) {
    const kind = labelled.ownerKind?.split(".")[0] ?? "object";
    const of = labelled.namespace === undefined || labelled.namespace === "" ? "" : `${labelled.namespace}/`;
    return `belongs to ${kind} ${of}${labelled.name}`;
  }
  return child.maker === undefined || child.maker === "" ? "made by another client" : `made by ${child.maker}`;
}

/** Our finalizers on a CR: the box's own, those under former names, and that of former versions. */
export function ownFinalizers(cr: KubeObject, own: readonly string[]): string[] {
  return (cr.metadata.finalizers ?? []).filter((item) => item === formerFinalizer || own.includes(item));
}

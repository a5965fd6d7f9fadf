import type { JsonMap } from "../base/json.ts";
import { boxOfFinalizer, formerFinalizer } from "../k8s/names.ts";
import { groupKind, type KubeObject } from "../k8s/object.ts";
import type { DeleteChild } from "./change.ts";
import type { CompiledBox } from "./compile.ts";
import type { PassMemory } from "./memory.ts";
import type { ObservedChild } from "./observed.ts";
import { claimContext, claimOn, mayDelete, otherKatalogOf, ownFinalizers } from "./ownership.ts";
import { isReconciled } from "./prune.ts";
import { recordedKinds } from "./status.ts";

/** What the deletion of a CR still needs. */
export interface DeletionDecision {
  readonly changes: readonly DeleteChild[];
  /** Set when nothing is left to wait for: removes our finalizers. */
  readonly crPatch: JsonMap | undefined;
  /** Children that must be gone first. */
  readonly waitingFor: readonly ObservedChild[];
  /** Why children that may be left cannot be read: the CR is held until they can. */
  readonly unseen: readonly string[];
  /** There may be children that this Katalog does not declare any more, so no watch covers them: sweep. */
  readonly sweeps: boolean;
  /** Children are orphaned: the CR is deleted with `--cascade=orphan`. */
  readonly orphans: boolean;
}

/** The finalizer by which the API server is asked to orphan (metav1.FinalizerOrphanDependents). */
const orphanFinalizer = "orphan";

/**
 * Decides from the observed children, never from templates: a changed or broken Katalog neither leaks nor blocks.
 * Only children that garbage collection does not reach are deleted here. `undefined`: the CR has no finalizer of ours.
 */
export function decideDeletion(
  box: CompiledBox,
  cr: KubeObject,
  seen: readonly ObservedChild[],
  memory: Pick<PassMemory, "unseen">,
): DeletionDecision | undefined {
  const own = ownFinalizers(cr, box.finalizers);
  if (own.length === 0) return undefined;
  const finalizers = cr.metadata.finalizers ?? [];
  const context = claimContext(box);
  const isShared = seen.some((child) => otherKatalogOf(child, context) !== undefined);
  const sweeps = !box.plan.finalizer || own.includes(formerFinalizer) || recordsMore(box, cr) || isShared;
  const hidden = box.plan.children.map((type) => memory.unseen(type)).filter((why) => why !== undefined);
  const orphans = finalizers.includes(orphanFinalizer) || (hidden.length === 0 && areOrphaned(seen, cr, box));
  const unseen = orphans ? [] : hidden;
  const left = orphans
    ? []
    : seen.filter((child) => child.controller?.uid !== cr.metadata.uid && mayDelete(child, cr, context));
  const changes = left.filter((child) => !child.deleting)
    .map(({ type, key, uid }): DeleteChild => ({
      action: "delete",
      type,
      key,
      uid,
      from: undefined,
      cause: { why: "deletion" },
    }));
  if (left.length > 0 || unseen.length > 0) {
    return { changes, crPatch: undefined, waitingFor: left, unseen, sweeps, orphans };
  }
  const metadata = {
    finalizers: finalizers.filter((item) => !own.includes(item)),
    resourceVersion: cr.metadata.resourceVersion ?? "",
  };
  return { changes, crPatch: { metadata }, waitingFor: [], unseen, sweeps, orphans };
}

/** The status records kinds that this Katalog does not declare, and that have not been swept yet. */
function recordsMore(box: CompiledBox, cr: KubeObject): boolean {
  const made = new Set(box.plan.children.map(groupKind));
  return recordedKinds(cr)?.some((kind) => !made.has(kind)) === true;
}

/**
 * The garbage collector removes the controller reference from all children and then its finalizer from the CR. Children
 * that are only created prove nothing: no pass restores their controller reference.
 */
function areOrphaned(seen: readonly ObservedChild[], cr: KubeObject, box: CompiledBox): boolean {
  if (seen.some((child) => child.controller?.uid === cr.metadata.uid)) return false;
  return seen.some((child) =>
    isReconciled(child) && !child.retained && child.controller === undefined &&
    child.labelled.ownerUid === cr.metadata.uid && claimOn(child, cr, claimContext(box)) === "damaged"
  );
}

/** Finalizers of boxes that this Plan does not have: a box that was renamed, perhaps. */
export function unknownFinalizers(box: CompiledBox, cr: KubeObject): string[] {
  const known = [box.plan.name, ...box.plan.formerNames, ...box.plan.otherBoxes];
  return (cr.metadata.finalizers ?? []).filter((item) => {
    const key = boxOfFinalizer(item);
    return key !== undefined && !known.includes(key);
  });
}

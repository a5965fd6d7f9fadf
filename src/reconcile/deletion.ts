import type { JsonMap } from "../base/json.ts";
import { boxOfFinalizer, formerFinalizer } from "../k8s/names.ts";
import { groupKind, type KubeObject, type ObjectKey } from "../k8s/object.ts";
import { type CreateChild, type DeleteChild, describeChild } from "./change.ts";
import type { CompiledBox, CompiledDeletion } from "./compile.ts";
import type { DesiredChild } from "./desired.ts";
import { runWait } from "./job_run.ts";
import type { PassMemory } from "./memory.ts";
import type { ObservedChild } from "./observed.ts";
import type { OnDeleteDecision } from "./on_delete.ts";
import type { EntryProblem } from "./outcome.ts";
import { claimContext, claimOn, mayDelete, otherKatalogOf, ownFinalizers } from "./ownership.ts";
import { isReconciled } from "./prune.ts";
import { recordedKinds } from "./status.ts";

/** What the deletion of a CR still needs. */
export interface DeletionDecision {
  readonly changes: readonly (CreateChild | DeleteChild)[];
  /** Jobs of `onDelete` that `changes` create. */
  readonly jobs: readonly DesiredChild[];
  /** Set when nothing is left to wait for, or the deadline has passed: removes our finalizers. */
  readonly crPatch: JsonMap | undefined;
  /** Children that must be gone first. */
  readonly waitingFor: readonly ObservedChild[];
  /** What is waited for, as it is reported: `Job backup to complete`, `ConfigMap far to be gone`. */
  readonly waits: readonly string[];
  /** Group of `onDelete` whose turn it is, for messages; "" where there is none. */
  readonly group: string;
  /** Entries of `onDelete` that failed. */
  readonly problems: readonly EntryProblem[];
  /** Jobs of `onDelete` that completed. */
  readonly completed: readonly ObjectKey[];
  /** Why children that may be left cannot be read: the CR is held until they can. */
  readonly unseen: readonly string[];
  /** There may be children that this Katalog does not declare any more, so no watch covers them: sweep. */
  readonly sweeps: boolean;
  /** Children are orphaned: the CR is deleted with `--cascade=orphan`. */
  readonly orphans: boolean;
  /** Until the deadline of `onDelete`, in ms; negative when it has passed, `undefined` without `onDelete`. */
  readonly leftMs: number | undefined;
}

/** What the decision on `onDelete` needs. */
export interface OnDelete {
  /** Evaluated only where `onDelete` is carried out: not for what is orphaned. */
  readonly decide: (deletion: CompiledDeletion) => OnDeleteDecision;
  readonly wallMs: number;
}

/** The finalizer by which the API server is asked to orphan (metav1.FinalizerOrphanDependents). */
const orphanFinalizer = "orphan";

/**
 * First `onDelete`, then the children that garbage collection does not reach, then the finalizer (ruling 88). Children
 * are decided on as they are observed, never from templates: a changed or broken Katalog neither leaks nor blocks.
 * `undefined`: the CR has no finalizer of ours.
 *
 * The deadline is `deletionTimestamp`, by the clock of the API server, plus `timeout`; it is compared with our clock.
 */
export function decideDeletion(
  box: CompiledBox,
  cr: KubeObject,
  seen: readonly ObservedChild[],
  memory: Pick<PassMemory, "unseen">,
  onDelete?: OnDelete,
): DeletionDecision | undefined {
  const own = ownFinalizers(cr, box.finalizers);
  if (own.length === 0) return undefined;
  const finalizers = cr.metadata.finalizers ?? [];
  const context = claimContext(box);
  const isShared = seen.some((child) => otherKatalogOf(child, context) !== undefined);
  const sweeps = !box.plan.finalizer || own.includes(formerFinalizer) || recordsMore(box, cr) || isShared;
  const hidden = box.plan.children.map((type) => memory.unseen(type)).filter((why) => why !== undefined);
  const orphans = finalizers.includes(orphanFinalizer) || (hidden.length === 0 && areOrphaned(seen, cr, box));
  const steps = orphans || box.onDelete === undefined ? undefined : onDelete?.decide(box.onDelete);
  const leftMs = steps === undefined || onDelete === undefined ? undefined : untilDeadlineMs(box, cr, onDelete.wallMs);
  const isOver = leftMs !== undefined && leftMs <= 0;
  // At the deadline, what could not be created is not what is waited for.
  const unmade = isOver ? steps?.jobs ?? [] : [];
  const progress = {
    jobs: [],
    group: steps?.group ?? "",
    problems: [...steps?.problems ?? [], ...unmade.map(notRun)],
    completed: steps?.completed ?? [],
    orphans,
    leftMs,
  };
  if (steps?.group !== undefined && !isOver) {
    const { changes, jobs, waits } = steps;
    return { ...progress, changes, jobs, crPatch: undefined, waitingFor: [], waits, unseen: [], sweeps: false };
  }
  const unseen = orphans ? [] : hidden;
  const left = orphans
    ? []
    : seen.filter((child) => child.controller?.uid !== cr.metadata.uid && mayDelete(child, cr, context));
  // Without a status to record them, Jobs of `onDelete` prove by being there that they ran: they go with the finalizer.
  const [jobs, others] = [
    left.filter((child) => child.onDelete),
    left.filter((child) => !child.onDelete && !isReleasedLater(child)),
  ];
  const unmadeWaits = new Set(unmade.map(runWait));
  const stepWaits = (steps?.waits ?? []).filter((wait) => !unmadeWaits.has(wait));
  const waits = [...stepWaits, ...others.map((child) => `${describeChild(child)} to be gone`)];
  const base = { ...progress, waitingFor: others, waits, unseen, sweeps };
  if (!isOver && (others.length > 0 || unseen.length > 0)) {
    return { ...base, changes: deletionsOf(others), crPatch: undefined };
  }
  const metadata = {
    finalizers: finalizers.filter((item) => !own.includes(item)),
    resourceVersion: cr.metadata.resourceVersion ?? "",
  };
  return { ...base, changes: deletionsOf([...others, ...jobs]), crPatch: { metadata } };
}

/**
 * A PersistentVolume that is being deleted goes with its claim (finalizer `kubernetes.io/pv-protection`), and that goes
 * with the CR, or stays as one of a StatefulSet: a wait for the volume would never end.
 */
function isReleasedLater({ type, deleting }: ObservedChild): boolean {
  return deleting && groupKind(type) === "PersistentVolume";
}

function notRun(job: DesiredChild): EntryProblem {
  return { entry: job.entry, state: "failed", reason: "ReconcileError", message: `${describeChild(job)} was not run` };
}

function deletionsOf(children: readonly ObservedChild[]): DeleteChild[] {
  const cause = { why: "deletion" } as const;
  return children.filter((child) => !child.deleting)
    .map(({ type, key, uid }) => ({ action: "delete", type, key, uid, from: undefined, cause }));
}

function untilDeadlineMs(box: CompiledBox, cr: KubeObject, wallMs: number): number {
  const deletedMs = Date.parse(cr.metadata.deletionTimestamp ?? "");
  return (Number.isNaN(deletedMs) ? wallMs : deletedMs) + box.onDelete!.plan.timeoutMs - wallMs;
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

import { isCallError, isMissingType } from "../../cluster/mod.ts";
import { type KubeObject, objectKey, splitKey } from "../../k8s/object.ts";
import type { DeletePass } from "../../pass/mod.ts";
import {
  type DeletionDecision,
  type DeletionProgress,
  describeChange,
  describeChild,
  describeProgress,
  type DoneChange,
  type EntryProblem,
  runWait,
} from "../../reconcile/mod.ts";
import type { BoxContext } from "../context.ts";
import { type Failure, failureOf, nameTakenMs, problemOf } from "./failure.ts";
import { inParallel } from "./parallel.ts";
import type { PassReport } from "./pass_report.ts";
import { ChildWriter, patchCr, patchStatus, WriteError } from "./write.ts";

/** Calls of one deletion in flight. */
const maxParallelWrites = 4;
/** After which a waiting deletion is requeued if no event comes. */
const waitMs = 5_000;
/** The same while kinds are swept that no watch covers. */
const sweepMs = 1_000;
/** How long a finalizer of another box may stay before it is reported: that box needs time too. */
const foreignFinalizerMs = 30_000;
/** Of many objects the status names the first only, and how many more: it is written at most this often. */
const progressMs = 5_000;
const fewWaits = 3;

/**
 * The pass of a CR that is being deleted: carries out `onDelete`, deletes what garbage collection does not reach, then
 * removes the finalizer. `decideAgain` is called after a sweep. `minWaitMs`: the shortest wait until the next pass.
 */
export async function runDeletion(
  context: BoxContext,
  cr: KubeObject,
  decision: DeletePass,
  minWaitMs: number,
  decideAgain: () => DeletePass,
): Promise<PassReport> {
  const { deletion } = decision;
  if (deletion === undefined) return heldByOthers(context, cr, decision.unknownFinalizers);
  const run = new Deletion(context, cr, minWaitMs, deletion.leftMs);
  try {
    if (!deletion.sweeps || deletion.orphans) return await run.carryOut(decision, deletion);
    // The Katalog declares no such children any more: no watch covers them.
    const unswept = await sweep(context, cr, deletion);
    const again = decideAgain();
    return await run.carryOut(again, again.deletion ?? deletion, unswept);
  } catch (error) {
    // The last finalizer and the object are gone already: the cached state was outdated.
    if (error instanceof WriteError && error.gone) return run.ended({ next: "change" });
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return await run.failed(decision, failure);
  }
}

/** Returns why it failed where the deadline has passed, and nothing may hold the CR any more. */
async function sweep(context: BoxContext, cr: KubeObject, { leftMs }: DeletionDecision): Promise<string | undefined> {
  try {
    await context.sweep(cr);
    return undefined;
  } catch (error) {
    if (!isCallError(error)) throw error;
    const what = "look for children that the last Katalog made";
    const failure = new WriteError(what, error);
    if (leftMs === undefined || leftMs > 0) throw failure;
    return failure.message;
  }
}

class Deletion {
  readonly #context: BoxContext;
  readonly #minWaitMs: number;
  readonly #changes: DoneChange[] = [];
  /** Until the deadline of `onDelete`, in ms. */
  readonly #leftMs: number | undefined;
  #cr: KubeObject;

  constructor(context: BoxContext, cr: KubeObject, minWaitMs: number, leftMs: number | undefined) {
    this.#context = context;
    this.#cr = cr;
    this.#minWaitMs = minWaitMs;
    this.#leftMs = leftMs;
  }

  /** `unswept`: why children that no watch covers were not looked for. */
  async carryOut(decision: DeletePass, deletion: DeletionDecision, unswept?: string): Promise<PassReport> {
    // A Job that completed is recorded before anything is deleted that it may go with.
    if (decision.recordsFirst) await this.#writeStatus(decision, deletion);
    const { problems: refused, stale } = await this.#write(deletion);
    if (stale) return this.ended({ next: "stale" }, "something changed meanwhile; requeued");
    const problems = [...deletion.problems, ...refused];
    const failures = problems.map(({ message }) => message);
    if (unswept !== undefined) failures.push(unswept);
    if (deletion.crPatch !== undefined) return await this.#letGo(deletion, failures);
    const waits = waitsAfter(deletion, refused);
    const hidden = deletion.unseen.map((message) => ({ reason: "ReconcileError", message }) as const);
    await this.#writeStatus(
      decision,
      { waits, problems: [...problems, ...hidden] },
      waits.length > fewWaits ? progressMs : 0,
    );
    for (const problem of problems) this.#warnOf(problem);
    if (deletion.unseen.length > 0) {
      const message = `its deletion waits, children may be left: ${deletion.unseen.join("; ")}`;
      this.#warn("DeleteError", message);
      return this.#retried(message, refused);
    }
    const { group } = deletion;
    const message = describeProgress({ group, waits, failures });
    this.#reportDeleting({ group, waits });
    // As with a Job that failed: a taken name is a matter of this CR and its cluster, and no fault of the box.
    const isTaken = refused.some(({ reason }) => reason === "NameTaken");
    if (refused.some(({ reason }) => reason !== "NameTaken")) return this.#retried(message, refused);
    const ms = Math.max(deletion.sweeps ? sweepMs : isTaken ? nameTakenMs : waitMs, this.#minWaitMs);
    return this.ended({ next: "after", ms: Math.min(ms, this.#untilDeadlineMs()) }, message);
  }

  /** Tries every change: what is refused does not block the others. */
  async #write(
    { changes, jobs }: DeletionDecision,
  ): Promise<{ readonly problems: readonly EntryProblem[]; readonly stale: boolean }> {
    const { store, notServed } = this.#context;
    const writer = new ChildWriter(this.#context, this.#cr, jobs);
    let stale = false;
    // In the order of the changes, so that the same problems are the same status.
    const problems = await inParallel(changes, maxParallelWrites, async (change) => {
      try {
        const written = await writer.write(change);
        if ("done" in written) this.#changes.push(...written.done);
        else if ("problem" in written) return written.problem;
        else if ("stale" in written) stale = true;
      } catch (error) {
        if (error instanceof WriteError && isMissingType(error.cause)) notServed(change.type);
        // Without `onDelete` there is no deadline that would end it: the pass fails, and is tried again.
        if (!(error instanceof WriteError) || this.#leftMs === undefined) throw error;
        if (error.conflict) stale = true;
        else if (error.terminating && change.action === "create") {
          // Nothing can be created there any more: the deletion of a namespace must not wait for it.
          store.remember(change.type, change.key, { unrunnableFor: this.#cr.metadata.uid });
          const { namespace } = splitKey(change.key);
          this.#warn("DeleteError", `${describeChild(change)} is not run: namespace ${namespace} is being deleted`);
          stale = true;
        } else return problemOf(change, error);
      }
      return undefined;
    });
    return { problems: problems.filter((problem) => problem !== undefined), stale };
  }

  /** Removes the finalizer. `failures`: what `onDelete` leaves undone at its deadline. */
  async #letGo(deletion: DeletionDecision, failures: readonly string[]): Promise<PassReport> {
    const { waits, unseen, orphans } = deletion;
    const isOver = this.#leftMs !== undefined && this.#leftMs <= 0;
    // Before the deadline nothing is left behind.
    if (failures.length > 0 && !isOver) {
      for (const message of failures) this.#warn("DeleteError", message);
      return this.#retried(failures.join("; "), []);
    }
    await patchCr(this.#context, this.#cr, deletion.crPatch!, "remove the finalizer of");
    const key = objectKey(this.#cr.metadata);
    const cause = { why: "deletion" } as const;
    this.#changes.push({ action: "removeFinalizer", kind: this.#cr.kind, key, fields: [], cause });
    const remains = describeProgress({ group: deletion.group, waits, failures: [...failures, ...unseen] });
    if (isOver && remains !== "") {
      const message = `removed the finalizer at the deadline of onDelete; left undone: ${remains}`;
      this.#warn("DeletionTimedOut", message);
      const { report, compiled: { box: { plan } }, pass } = this.#context;
      report({ type: "note", box: plan.name, message: `${this.#cr.kind} ${key}: ${message}`, key, pass });
      return this.ended({ next: "change" }, message);
    }
    this.#record("Normal", "Deleted", sentence(this.#changes, this.#cr) + (orphans ? "; its children stay" : ""));
    return this.ended({ next: "change" });
  }

  async #writeStatus(
    decision: DeletePass,
    { waits, problems }: Pick<DeletionProgress, "waits" | "problems">,
    minMs = 0,
  ): Promise<void> {
    const { statuses, learned, clock } = this.#context;
    const status = learned.hasStatus ? decision.status(this.#cr, { waits, problems }) : undefined;
    if (status?.patch === undefined || statuses.isStored(this.#cr, status.wanted)) return;
    const sinceMs = clock.nowMs() - (statuses.writtenMs(this.#cr) ?? -Infinity);
    if (status.isProgressOnly && sinceMs < minMs) return;
    if (statuses.refusalOf(this.#cr, status.wanted, clock.nowMs()) !== undefined) return;
    try {
      const stored = await patchStatus(this.#context, this.#cr, status.patch);
      if (stored === undefined) return void (learned.hasStatus = false);
      this.#cr = stored;
      statuses.remember(stored, status.wanted, clock.nowMs());
      const cause = { why: "declared" } as const;
      this.#changes.push({ action: "status", kind: stored.kind, key: objectKey(stored.metadata), fields: [], cause });
    } catch (error) {
      // A status that the schema refuses is reported, and blocks nothing (ruling 66).
      if (!(error instanceof WriteError) || !error.invalid) throw error;
      statuses.refuse(this.#cr, status.wanted, error.message, clock.nowMs());
      this.#warn("ReconcileError", error.message);
    }
  }

  /** One Normal Event for each pass that changed something, and one for each group (ruling 29). */
  #reportDeleting({ group, waits }: Pick<DeletionDecision, "group" | "waits">): void {
    const { statuses } = this.#context;
    const done = this.#changes.filter(({ action }) => action !== "status");
    const isNew = waits.length > 0 && !statuses.isReported(this.#cr, "deleting", group);
    if (done.length === 0 && !isNew) return;
    if (isNew) statuses.setReported(this.#cr, "deleting", group);
    const texts = [sentence(done, this.#cr), describeProgress({ group, waits, failures: [] })].filter((text) =>
      text !== ""
    );
    this.#record("Normal", "Deleting", texts.join("; "));
  }

  #warnOf({ state, reason, message, warns }: EntryProblem): void {
    if (state === "failed" || warns === true) this.#warn(reason === "NameTaken" ? reason : "DeleteError", message);
  }

  async failed(decision: DeletePass, { message, quiet, retryAfterMs }: Failure): Promise<PassReport> {
    if (quiet !== undefined) return this.ended(quiet, message);
    this.#warn("DeleteError", message);
    try {
      await this.#writeStatus(decision, { waits: [], problems: [{ reason: "ReconcileError", message }] });
    } catch (error) {
      // Where the status cannot be written either, the Event reports it.
      if (failureOf(error) === undefined) throw error;
    }
    return { ...this.#retried(message, []), retryAfterMs };
  }

  #retried(message: string, problems: readonly EntryProblem[]): PassReport {
    const retryAfterMs = Math.max(0, ...problems.map((problem) => problem.retryAfterMs ?? 0)) || undefined;
    const retryWithinMs = this.#untilDeadlineMs();
    const outcome = { next: "backoff" } as const;
    return { outcome, result: "failed", changes: this.#changes, message, retryAfterMs, retryWithinMs };
  }

  /** A retry after the deadline is as any other. */
  #untilDeadlineMs(): number {
    return this.#leftMs === undefined || this.#leftMs <= 0 ? Infinity : Math.max(1, this.#leftMs);
  }

  ended(outcome: PassReport["outcome"], message?: string): PassReport {
    return { outcome, result: "deleting", changes: this.#changes, message };
  }

  #warn(reason: string, message: string): void {
    this.#record("Warning", reason, message);
  }

  #record(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.recorder.record({ regarding: this.#cr, type, reason, message, action: "Delete" });
  }
}

/** A Job that could not be created is a problem, and not waited for. */
function waitsAfter({ waits, jobs }: DeletionDecision, refused: readonly EntryProblem[]): readonly string[] {
  const entries = new Set(refused.map(({ entry }) => entry));
  const unmade = new Set(jobs.filter(({ entry }) => entries.has(entry)).map(runWait));
  return waits.filter((wait) => !unmade.has(wait));
}

/** Nothing is left to do. A finalizer that no box of the Plan has may be this box's own, under a former name. */
function heldByOthers(context: BoxContext, cr: KubeObject, finalizers: readonly string[]): PassReport {
  if (finalizers.length === 0) return { outcome: { next: "change" }, result: "deleting", changes: [] };
  const sinceMs = context.clock.wallMs() - Date.parse(cr.metadata.deletionTimestamp ?? "");
  if (sinceMs < foreignFinalizerMs) {
    return { outcome: { next: "after", ms: foreignFinalizerMs - sinceMs }, result: "deleting", changes: [] };
  }
  const names = finalizers.map((item) => item.slice(0, item.indexOf(".")));
  const message = `its deletion waits for the finalizer ${finalizers.join(", ")}; if this box had the name ${
    names.join(", ")
  } before, list it under formerNames; if that operator is gone for good, remove the finalizer`;
  context.recorder.record({ regarding: cr, type: "Warning", reason: "FinalizerLeft", message, action: "Delete" });
  return { outcome: { next: "change" }, result: "deleting", changes: [], message };
}

function sentence(changes: readonly DoneChange[], { metadata: { namespace } }: KubeObject): string {
  const text = changes.map((change) => describeChange(change, namespace)).join(", ");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

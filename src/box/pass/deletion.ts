import { type KubeObject, objectKey } from "../../k8s/object.ts";
import type { PassDecision } from "../../pass/mod.ts";
import { decideDeletion, describeChild, type DoneChange } from "../../reconcile/mod.ts";
import type { BoxContext } from "../context.ts";
import { failureOf } from "./failure.ts";
import { inParallel } from "./parallel.ts";
import type { PassReport } from "./pass_report.ts";
import { ChildWriter, patchCr, WriteError } from "./write.ts";

/** Calls of one deletion in flight. */
const maxParallelDeletes = 4;
/** After which a waiting deletion is requeued if no event comes. */
const waitMs = 5_000;
/** How long a finalizer of another box may stay before it is reported: that box needs time too. */
const foreignFinalizerMs = 30_000;

/** The pass of a CR that is being deleted: deletes what garbage collection does not reach, then the finalizer. */
export async function runDeletion(
  context: BoxContext,
  cr: KubeObject,
  decision: PassDecision & { readonly kind: "delete" },
): Promise<PassReport> {
  const changes: DoneChange[] = [];
  let { deletion } = decision;
  if (deletion === undefined) return heldByOthers(context, cr, decision.unknownFinalizers);
  try {
    if (deletion.sweeps && !deletion.orphans) {
      // The Katalog declares no such children any more: no watch covers them.
      await context.sweep(cr);
      deletion = decideDeletion(context.compiled.box, cr, context.store.childrenOf(cr), context) ?? deletion;
    }
    const writer = new ChildWriter(context, cr, []);
    await inParallel(deletion.changes, maxParallelDeletes, async (change) => {
      const written = await writer.write(change);
      if ("done" in written) changes.push(...written.done);
    });
    if (deletion.crPatch !== undefined) {
      await patchCr(context, cr, deletion.crPatch, "remove the finalizer of");
      const key = objectKey(cr.metadata);
      changes.push({ action: "removeFinalizer", kind: cr.kind, key, fields: [], cause: { why: "deletion" } });
      return { outcome: { next: "change" }, result: "deleting", changes };
    }
    if (deletion.unseen.length > 0) {
      const message = `its deletion waits, children may be left: ${deletion.unseen.join("; ")}`;
      context.recorder.record({ regarding: cr, type: "Warning", reason: "DeleteError", message, action: "Delete" });
      return { outcome: { next: "backoff" }, result: "failed", changes, message };
    }
    const message = `waiting until ${deletion.waitingFor.slice(0, 3).map(describeChild).join(", ")} is gone`;
    return { outcome: { next: "after", ms: deletion.sweeps ? 1_000 : waitMs }, result: "deleting", changes, message };
  } catch (error) {
    // The last finalizer and the object are gone already: the cached state was outdated.
    if (error instanceof WriteError && error.notFound) {
      return { outcome: { next: "change" }, result: "deleting", changes };
    }
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const { message, quiet, retryAfterMs } = failure;
    if (quiet !== undefined) return { outcome: quiet, result: "deleting", changes, message };
    context.recorder.record({ regarding: cr, type: "Warning", reason: "DeleteError", message, action: "Delete" });
    return { outcome: { next: "backoff" }, result: "failed", changes, message, retryAfterMs };
  }
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

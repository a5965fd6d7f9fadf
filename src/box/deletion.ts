import type { KubeObject } from "../k8s/object.ts";
import { decideDeletion, describeChild } from "../reconcile/mod.ts";
import type { BoxContext } from "./context.ts";
import { failureOf } from "./failure.ts";
import type { PassReport } from "./pass_report.ts";
import { inParallel } from "./parallel.ts";
import { ownerKeyOf } from "./store.ts";
import { patchCr, writeChild, WriteError } from "./write.ts";

/** Calls that one deletion has under way at most. */
const deletesAtOnce = 4;

/** The pass of a CR that is being deleted: removes what garbage collection does not reach, then the finalizer. */
export async function runDeletion(context: BoxContext, cr: KubeObject): Promise<PassReport> {
  const changes: string[] = [];
  const decision = decideDeletion(cr, context.store.childrenOf(ownerKeyOf(cr)));
  if (decision === undefined) return { outcome: { next: "change" }, result: "deleting", changes };
  try {
    await inParallel(decision.changes, deletesAtOnce, async (change) => {
      changes.push(...await writeChild(context, change));
    });
    if (decision.crPatch !== undefined) {
      await patchCr(context, cr, decision.crPatch);
      changes.push("finalizer removed");
      return { outcome: { next: "change" }, result: "deleting", changes };
    }
    const message = `waiting until ${decision.waitingFor.map(describeChild).join(", ")} is gone`;
    return { outcome: { next: "after", ms: 5000 }, result: "deleting", changes, message };
  } catch (error) {
    // The last finalizer is off, and the object with it: what was seen of it was old.
    if (error instanceof WriteError && error.notFound) {
      return { outcome: { next: "change" }, result: "deleting", changes };
    }
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    if (failure.quiet !== undefined) {
      return { outcome: failure.quiet, result: "deleting", changes, message: failure.message };
    }
    context.recorder.record({
      regarding: cr,
      type: "Warning",
      reason: "DeleteError",
      message: failure.message,
      action: "Delete",
    });
    return { outcome: { next: "backoff" }, result: "failed", changes, message: failure.message };
  }
}

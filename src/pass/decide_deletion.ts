import { formatTime } from "../base/clock.ts";
import type { CrossView } from "../input/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import {
  claimContext,
  claimOn,
  decideDeletion,
  decideOnDelete,
  type DeletionDecision,
  type DeletionProgress,
  deletionStatus,
  type DeletionSubject,
  type GroupPreview,
  isOwn,
  lacksRecord,
  type ObservedChild,
  type PassMemory,
  previewOnDelete,
  type StatusDecision,
  unknownFinalizers,
  whyUnseen,
  withoutConditions,
} from "../reconcile/mod.ts";
import { RenderError } from "../template/compiled_text.ts";
import type { CompiledPass } from "./compile.ts";
import { interpret } from "../admission/mod.ts";
import { withCross } from "./cross_data.ts";

/** What the decision on a CR that is being deleted starts from. */
export interface DeletionInput {
  readonly cr: KubeObject;
  /** Children that are looked up under the CR, whether they turn out to be its own or not. */
  readonly children: readonly ObservedChild[];
  /** Milliseconds since 1970-01-01 UTC. */
  readonly wallMs: number;
  /** False once it is known that the CRD has no status subresource. */
  readonly writesStatus: boolean;
  /** Paths of the status that the CRD's schema turned out not to know. */
  readonly prunedStatus: readonly (readonly string[])[];
  /** What is known of the objects of other boxes; absent: there are none. */
  readonly cross?: CrossView | undefined;
  /** Why no template of this CR can be evaluated: they exceeded the time limit of a pass. */
  readonly unevaluated?: string | undefined;
}

/** After which the deletion of a CR without `onDelete` has a status too: something holds it. */
const slowMs = 10_000;

/** The CR is being deleted. */
export interface DeletePass {
  readonly kind: "delete";
  /** `undefined`: this box has nothing to do for it. */
  readonly deletion: DeletionDecision | undefined;
  readonly unknownFinalizers: readonly string[];
  /** The status must be written before anything else: it lacks a record that the next steps rely on. */
  readonly recordsFirst: boolean;
  /**
   * The status while something is waited for, after what was carried out; `undefined` where none is written: without
   * `onDelete` a deletion is over before anybody reads it, unless something holds it.
   */
  status(cr: KubeObject, after: Pick<DeletionProgress, "waits" | "problems">): StatusDecision | undefined;
}

export function decideDeletionPass(compiled: CompiledPass, input: DeletionInput, memory: PassMemory): DeletePass {
  const { box } = compiled;
  const { children, wallMs } = input;
  // A status that the API server does not keep apart is the author's: nothing in it is a record.
  const cr = input.writesStatus ? input.cr : withoutConditions(input.cr);
  const deletion = decideDeletion(box, cr, children, memory, {
    wallMs,
    decide: (plan) => decideOnDelete(box, plan, cr, subjectOf(compiled, input, memory), children, wallMs, memory),
  });
  const isSlow = wallMs - Date.parse(cr.metadata.deletionTimestamp ?? "") >= slowMs;
  const writesStatus = input.writesStatus && (deletion?.leftMs !== undefined || isSlow);
  return {
    kind: "delete",
    deletion,
    unknownFinalizers: unknownFinalizers(box, cr),
    // At the deadline nothing may depend on it: it may be what cannot be written.
    recordsFirst: writesStatus && deletion?.leftMs !== undefined && deletion.leftMs > 0 &&
      deletion.changes.length > 0 && lacksRecord(box, cr, deletion.completed),
    status: (now, after) => {
      if (!writesStatus || deletion === undefined) return undefined;
      const { group, completed } = deletion;
      return deletionStatus(box, now, { group, completed, ...after }, formatTime(wallMs), input.prunedStatus);
    },
  };
}

/** A CR that cannot be evaluated fails what `onDelete` still has to do, and nothing else (ruling 8). */
function subjectOf(compiled: CompiledPass, input: DeletionInput, memory: PassMemory): DeletionSubject {
  const { box } = compiled;
  const { cr, children, wallMs, unevaluated } = input;
  const why = unevaluated ?? whyUnseen(box.judgedBy, memory);
  if (why !== undefined) return { why: `Cannot evaluate the object: ${why}` };
  const context = claimContext(box);
  const own = children.filter((child) => isOwn(claimOn(child, cr, context)));
  try {
    const { effective, data } = interpret(compiled.admission, cr, own, wallMs);
    return { cr: effective, data: withCross(compiled, cr, data, input.cross) };
  } catch (error) {
    if (error instanceof RenderError) return { why: `Cannot evaluate the object: ${error.message}` };
    throw error;
  }
}

/** What `onDelete` would do to a CR that can be evaluated, nothing being there yet. Throws `RenderError`. */
export function previewDeletion(
  compiled: CompiledPass,
  cr: KubeObject,
  wallMs: number,
  memory: PassMemory,
): GroupPreview[] {
  const { effective, data } = interpret(compiled.admission, cr, [], wallMs);
  return previewOnDelete(compiled.box, effective, withCross(compiled, cr, data, undefined), wallMs, memory);
}

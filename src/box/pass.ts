import { parseDuration } from "../base/duration.ts";
import { formatTime } from "../base/clock.ts";
import type { JsonMap } from "../base/json.ts";
import { mutate, validate } from "../admission/mod.ts";
import { passes } from "../conditions/mod.ts";
import type { KubeObject, ObjectKey } from "../k8s/object.ts";
import {
  type ChildChange,
  decideChildren,
  decideCrPatch,
  describeChild,
  desiredChildren,
  nextStatus,
  normalize,
  type Outcome,
  type PassResult,
  prunedPaths,
  templateData,
} from "../reconcile/mod.ts";
import { textOf } from "../template/compiled_text.ts";
import type { BoxContext } from "./context.ts";
import { runDeletion } from "./deletion.ts";
import { ContestedError, type Failure, failureOf, PassFailure } from "./failure.ts";
import { inParallel } from "./parallel.ts";
import type { PassReport } from "./pass_report.ts";
import { isSelected } from "./selection.ts";
import { stagesOf } from "./stages.ts";
import { ownerKeyOf } from "./store.ts";
import { patchCr, patchStatus, writeChild, WriteError } from "./write.ts";

/** How a written status is told; the status itself says the rest, so it makes no Event. */
export const statusChange = "status";
/** Calls that one pass has under way at most: its children do not depend on each other, so neither do their writes. */
const writesAtOnce = 4;

/**
 * One reconcile of one CR, in the order of ruling 8: deletion check, normalize, mutate, validate, children, status,
 * Event. It starts from what is on the cluster and remembers nothing that a crash could lose; it may be cut off
 * between any two calls.
 *
 * Throws only for defects; everything that a Katalog, a CR or an API server can do wrong is in the report.
 */
export async function runPass(context: BoxContext, key: ObjectKey): Promise<PassReport> {
  const cr = context.store.cr(key);
  if (cr === undefined) return { outcome: { next: "change" }, result: "succeeded", changes: [] };
  if (cr.metadata.deletionTimestamp !== undefined) return await runDeletion(context, cr);
  // It has left the selection, and only its deletion is still ours.
  if (!isSelected(context.box.plan, cr)) return { outcome: { next: "change" }, result: "succeeded", changes: [] };
  const pass = new Pass(context, cr);
  return await pass.run();
}

class Pass {
  readonly #context: BoxContext;
  readonly #wallMs: number;
  readonly #changes: string[] = [];
  #cr: KubeObject;
  #data: JsonMap;
  #warnings: readonly string[] = [];

  constructor(context: BoxContext, cr: KubeObject) {
    this.#context = context;
    this.#cr = cr;
    this.#wallMs = context.clock.wallMs();
    this.#data = templateData(cr, context.store.childrenOf(ownerKeyOf(cr)), context.box.customKinds);
  }

  async run(): Promise<PassReport> {
    try {
      const { effective, verdict, crPatch } = this.#context.bounded(() => this.#judge());
      this.#warnings = verdict.warnings;
      if (verdict.denials.length > 0) return await this.#denied(verdict.denials.join("; "));
      if (crPatch !== undefined) {
        this.#cr = await patchCr(this.#context, this.#cr, crPatch);
        this.#changes.push(...describeCrPatch(crPatch));
      }
      const waiting = await this.#children(effective);
      return await this.#succeeded(waiting);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      return await this.#failed(failure);
    }
  }

  /** What the CR means, whether it is admitted, and what it lacks itself. */
  #judge() {
    const { box, mutations, validations } = this.#context;
    const normalized = normalize(box, this.#cr, this.#data);
    const data = { ...this.#data, ...normalized as unknown as JsonMap };
    const effective = mutate(mutations, normalized, data, this.#wallMs);
    this.#data = { ...this.#data, ...effective as unknown as JsonMap, children: this.#data["children"]! };
    const verdict = validate(validations, this.#data, this.#wallMs);
    const denied = verdict.denials.length > 0;
    return { effective, verdict, crPatch: denied ? undefined : decideCrPatch(box, this.#cr, this.#data) };
  }

  /** Writes the children; answers what has to go before the rest can be made. */
  async #children(effective: KubeObject): Promise<readonly string[]> {
    const { box, store } = this.#context;
    const owner = { key: ownerKeyOf(this.#cr), uid: this.#cr.metadata.uid ?? "" };
    const { desired, decision } = this.#context.bounded(() => {
      const desired = desiredChildren(box, effective, this.#data, this.#wallMs);
      return { desired, decision: decideChildren(owner, desired, store.childrenOf(owner.key), store) };
    });
    await this.#write(decision.changes);
    if (decision.clash !== undefined) throw new PassFailure(`${decision.clash.entry}: ${decision.clash.message}`);
    if (desired.failure !== undefined) throw new PassFailure(`${desired.failure.entry}: ${desired.failure.message}`);
    return decision.waitingFor.map(describeChild);
  }

  /**
   * Tries every change: what the server refuses of one child keeps no other waiting. Only when all could be written is
   * anything removed, so that a successor that cannot be made leaves its predecessor where it is.
   */
  async #write(changes: readonly ChildChange[]): Promise<void> {
    const failures: (WriteError | ContestedError)[] = [];
    for (const stage of stagesOf(changes)) {
      if (stage[0]?.action === "delete" && failures.length > 0) continue;
      const outcomes = await inParallel(stage, writesAtOnce, (change) => this.#writeOne(change));
      for (const outcome of outcomes) {
        if (outcome instanceof WriteError || outcome instanceof ContestedError) failures.push(outcome);
        else this.#changes.push(...outcome);
      }
      const terminating = outcomes.find((outcome) => outcome instanceof WriteError && outcome.terminating);
      if (terminating !== undefined) throw terminating;
    }
    const [first, ...others] = failures;
    if (first === undefined) return;
    if (others.length === 0) throw first;
    throw new PassFailure(`${first.message} (and ${others.length} more)`, first.retryAfterMs);
  }

  async #writeOne(change: ChildChange): Promise<string[] | WriteError | ContestedError> {
    const waitMs = this.#context.repairs.waitMs(change);
    if (waitMs > 0) return new ContestedError(describeChild(change), waitMs);
    try {
      return await writeChild(this.#context, change);
    } catch (error) {
      if (error instanceof WriteError) return error;
      throw error;
    }
  }

  async #succeeded(waiting: readonly string[]): Promise<PassReport> {
    if (waiting.length > 0) {
      const message = `Waiting until ${waiting.join(", ")} of a former object is gone`;
      const failed = await this.#status({ kind: "failed", message, warnings: this.#warnings });
      return failed ?? { outcome: { next: "after", ms: 1000 }, result: "waiting", changes: this.#changes, message };
    }
    const failed = await this.#status({ kind: "succeeded", message: "", warnings: this.#warnings });
    // The children were written, whatever becomes of the status.
    const told = this.#changes.filter((change) => change !== statusChange);
    if (told.length > 0) this.#record("Normal", "Reconciled", sentence(told));
    return failed ??
      { outcome: this.#nextVisit(), result: "succeeded", changes: this.#changes, warnings: this.#warnings };
  }

  /** A denied CR is no failure of ours: no backoff, and one Event for each new verdict (ruling 9). */
  async #denied(message: string): Promise<PassReport> {
    const before = this.#changes.length;
    const failed = await this.#status({ kind: "denied", message, warnings: this.#warnings });
    if (this.#changes.length > before || !this.#context.hasStatus) {
      this.#record("Warning", "ValidationFailed", message);
    }
    return failed ?? { outcome: { next: "change" }, result: "denied", changes: this.#changes, message };
  }

  async #failed(failure: Failure): Promise<PassReport> {
    // Nobody needs to hear of these: a fresh look, or the end of the namespace, puts them right.
    if (failure.quiet !== undefined) return this.#unfinished(failure, failure.message);
    this.#record("Warning", "ReconcileError", failure.message);
    const statusFailure = await this.#status({ kind: "failed", message: failure.message, warnings: this.#warnings });
    const message = statusFailure?.message === undefined
      ? failure.message
      : `${failure.message}; ${statusFailure.message}`;
    return this.#unfinished(failure, message);
  }

  #unfinished({ quiet, retryAfterMs }: Failure, message: string): PassReport {
    if (quiet !== undefined) return { outcome: quiet, result: "waiting", changes: this.#changes, message };
    return {
      outcome: { next: "backoff" },
      result: "failed",
      changes: this.#changes,
      message,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }

  /** Writes the status when it differs; answers a report only when that failed. */
  async #status(result: PassResult): Promise<PassReport | undefined> {
    const { box } = this.#context;
    if (!this.#context.hasStatus) return undefined;
    const clock = { wallMs: this.#wallMs, time: formatTime(this.#wallMs) };
    // Evaluated on what is stored now: an own patch of labels does not hide the status at the start of the pass.
    const { bounded, prunedStatus } = this.#context;
    const decision = bounded(() => nextStatus(box, this.#cr, this.#data, result, clock, prunedStatus));
    for (const failure of decision.failures) this.#note(failure);
    if (decision.patch === undefined) return undefined;
    // What this very status came to the last time is what it would come to again: the schema drops or fills something.
    const { statuses } = this.#context;
    if (statuses.isAnswered(this.#cr, decision.wanted)) return undefined;
    try {
      const answer = await patchStatus(this.#context, this.#cr, decision.patch);
      if (answer === undefined) this.#noStatus();
      else {
        this.#changes.push(statusChange);
        statuses.remember(answer, decision.wanted);
        this.#learnPruned(decision.wanted, answer);
      }
      return undefined;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      return this.#unfinished(failure, failure.message);
    }
  }

  #noStatus(): void {
    this.#context.hasStatus = false;
    const { kind } = this.#context.box.plan.type;
    this.#note(`${kind} has no status subresource, so no status is written; add it to the CRD`);
  }

  /** What the schema does not know is not wanted again, in no object: the patch would never end. */
  #learnPruned(wanted: JsonMap, answer: KubeObject): void {
    const { prunedStatus, box } = this.#context;
    const known = new Set(prunedStatus.map((path) => path.join(".")));
    for (const path of prunedPaths(wanted, answer["status"])) {
      if (known.has(path.join("."))) continue;
      prunedStatus.push(path);
      this.#note(
        `status.${
          path.join(".")
        } is not in the schema of ${box.plan.type.kind}, so the API server drops it; add it to the CRD`,
      );
    }
  }

  #nextVisit(): Outcome {
    const { requeue } = this.#context.box;
    if (requeue === undefined || !passes(requeue.gate, this.#data, { wallMs: this.#wallMs }).passed) {
      return { next: "resync" };
    }
    const ms = parseDuration(textOf(requeue.after, this.#data));
    return ms === undefined || ms <= 0 ? { next: "resync" } : { next: "after", ms };
  }

  #note(message: string): void {
    this.#context.report({ type: "note", box: this.#context.box.plan.name, message });
  }

  #record(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.recorder.record({ regarding: this.#cr, type, reason, message, action: "Reconcile" });
  }
}

function describeCrPatch(patch: JsonMap): string[] {
  const metadata = patch["metadata"] as JsonMap;
  return [
    ...(metadata["labels"] === undefined ? [] : [`labels ${Object.keys(metadata["labels"] as JsonMap).join(", ")}`]),
    ...(metadata["finalizers"] === undefined ? [] : ["finalizer added"]),
  ];
}

function sentence(changes: readonly string[]): string {
  const text = changes.join(", ");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

import { isCallError, isGone, isOtherUid } from "../../cluster/mod.ts";
import type { JsonMap } from "../../base/json.ts";
import { isMap } from "../../base/json.ts";
import { type KubeObject, type ObjectKey, objectKey, splitKey } from "../../k8s/object.ts";
import {
  decidePass,
  type PassAfter,
  type PassDecision,
  type PassInput,
  type ReconcileDecision,
  undecidedStatus,
} from "../../pass/mod.ts";
import {
  type ChildChange,
  claimContext,
  describeChange,
  describeNotUpdated,
  type DesiredChild,
  type DoneChange,
  type EntryProblem,
  identityOf,
  mayHoldChildren,
  type NotUpdated,
  type Outcome,
  prunedPaths,
  type StatusDecision,
  Uncreatable,
  withoutNamespace,
} from "../../reconcile/mod.ts";
import type { BoxContext } from "../context.ts";
import { noStatusNote } from "../cache/definition_status.ts";
import { runDeletion } from "./deletion.ts";
import { contestedProblem, type Failure, failureOf, nameTakenMs, problemOf, terminatingMs } from "./failure.ts";
import { inParallel } from "./parallel.ts";
import type { PassReport } from "./pass_report.ts";
import { stagesOf } from "./stages.ts";
import { ChildWriter, patchCr, patchStatus, WriteError, type Written } from "./write.ts";

/** Calls of one pass in flight: its children do not depend on each other, so neither do their writes. */
const maxParallelWrites = 4;
/** Children of a former CR are being collected: requeued after this time if no event comes. */
const formerChildMs = 1000;

/** A CR turned out to be gone: looked at again after this time if its event does not come. */
const goneMs = 1000;

/** A write found its kind not served: by then that is confirmed, or was for a moment. Longer while it is neither. */
const confirmedMs = 2_000;

/** The set of children that are not ready changes quickly at first: it is written at most this often. */
const progressMs = 5_000;

const nothingToDo: PassReport = { outcome: { next: "change" }, result: "succeeded", changes: [] };

/**
 * One reconcile of one CR: `decidePass` decides, this carries it out. It starts from the observed state,
 * needs nothing that a crash could lose, and may be interrupted between any two calls.
 *
 * Throws only for defects; every error of a Katalog, a CR or an API server is in the report.
 */
export async function runPass(context: BoxContext, key: ObjectKey): Promise<PassReport> {
  let now = decideOn(context, key);
  // Sources that were named for the first time: better decided again than reported as awaited.
  const settling = context.sources.settling(key, context.signal);
  if (now !== undefined && settling !== undefined) {
    await settling;
    now = decideOn(context, key);
  }
  if (now === undefined) return nothingToDo;
  const { cr, wallMs, decided } = now;
  if (!("decision" in decided && decided.decision.kind === "call")) context.external.finished(key);
  if ("failure" in decided) return await new Pass(context, cr).undecided(decided.failure, wallMs);
  const { decision, minWaitMs } = decided;
  switch (decision.kind) {
    case "unselected":
      return nothingToDo;
    case "gated":
      return { outcome: decision.next, result: "succeeded", changes: [], message: decision.why };
    case "call":
      context.external.start(cr, decision.plan, decision.request, context.pass);
      return { outcome: { next: "external" }, result: "waiting", changes: [] };
    case "delete":
      return await runDeletion(context, cr, decision, minWaitMs, () => {
        const again = decideInTime(context, cr, wallMs);
        return "decision" in again && again.decision.kind === "delete" ? again.decision : decision;
      });
    case "reconcile": {
      const { denied, failed, warnings, rules } = decision;
      const { validation, mutation } = context.compiled.box.plan;
      if (validation.length > 0 && failed === undefined) {
        context.metrics.judged(denied !== undefined, warnings.length > 0, rules.broken);
      }
      if (mutation.length > 0 && failed === undefined) context.metrics.mutated(rules.changes);
      if (decision.deletes) return await new Pass(context, cr).cleanUp();
      const report = await new Pass(context, cr).run(decision);
      // What failed, or waits, is tried again whatever its gates say.
      if (report.result === "succeeded" || report.result === "denied") context.sentinels?.reconciled(cr);
      return report;
    }
    default:
      return decision satisfies never;
  }
}

/** `minWaitMs`: how long to wait before a decision is tried again that took too long. */
type Decided =
  | { readonly decision: PassDecision; readonly minWaitMs: number }
  | { readonly failure: Failure };

/** Decides on the CR as it is now, and has its sources watched; `undefined`: there is no such CR. */
function decideOn(
  context: BoxContext,
  key: ObjectKey,
): { readonly cr: KubeObject; readonly wallMs: number; readonly decided: Decided } | undefined {
  const cr = context.store.cr(key);
  if (cr === undefined) return undefined;
  const wallMs = context.clock.wallMs();
  const decided = decideInTime(context, cr, wallMs);
  if ("decision" in decided) {
    const { decision } = decided;
    if (decision.kind === "delete") context.external.forget(key);
    // Until the result of a call is there, or a gate opens, sources stay as they are.
    if (decision.kind === "call" || decision.kind === "gated") return { cr, wallMs, decided };
    context.sources.use(key, decision.kind === "reconcile" ? decision.desired.sources : []);
  }
  return { cr, wallMs, decided };
}

/** Decides within the time limit. Templates never block a deletion: if they take too long, it is decided without. */
function decideInTime(context: BoxContext, cr: KubeObject, wallMs: number): Decided {
  try {
    return { decision: context.bounded(() => decide(context, cr, wallMs)), minWaitMs: 0 };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    if (cr.metadata.deletionTimestamp === undefined) return { failure };
    return { decision: decide(context, cr, wallMs, failure.message), minWaitMs: failure.retryAfterMs ?? 0 };
  }
}

/** Calls `decidePass` with the cached state. `unevaluated`: why the templates of a CR that is deleted are left aside. */
export function decide(context: BoxContext, cr: KubeObject, wallMs: number, unevaluated?: string): PassDecision {
  const { store, sources, compiled, clock, served } = context;
  const isDeleted = cr.metadata.deletionTimestamp !== undefined;
  return decidePass(compiled, inputOf(context, cr, wallMs, unevaluated), {
    child: (type, key) => isDeleted ? store.child(type, key) : store.shownChild(type, key),
    recall: (type, key) => store.recall(type, key),
    served,
    unseen: isDeleted ? context.unseenByDeletion : context.unseen,
    source: (type, key) => sources.state({ type, key }),
    nowMs: clock.nowMs(),
  });
}

function inputOf(context: BoxContext, cr: KubeObject, wallMs: number, unevaluated?: string): PassInput {
  const { store, learned, formerKinds } = context;
  return {
    cr,
    ownedLabels: store.ownedLabels(keyOf(cr)),
    children: cr.metadata.deletionTimestamp === undefined ? store.shownChildrenOf(cr) : store.childrenOf(cr),
    wallMs,
    writesStatus: learned.hasStatus,
    prunedStatus: learned.prunedStatus,
    formerKinds: [...formerKinds],
    cross: context.crossOf(keyOf(cr)),
    others: context.othersOf(keyOf(cr)),
    external: context.external.viewOf(cr),
    sentinels: context.sentinels?.of(cr),
    unevaluated,
  };
}

class Pass {
  readonly #context: BoxContext;
  readonly #changes: DoneChange[] = [];
  readonly #problems: EntryProblem[] = [];
  readonly #objects = new Map<string, KubeObject>();
  readonly #notUpdated: NotUpdated[] = [];
  #statusPaths: readonly string[] = [];
  /** By this a write of the status was deferred. */
  #deferredMs: number | undefined;
  /** A write found its kind not served, which its watch has not. */
  #isUnconfirmed = false;
  #stale = false;
  #terminating = false;
  #waitsForFormer = false;
  #cr: KubeObject;

  constructor(context: BoxContext, cr: KubeObject) {
    this.#context = context;
    this.#cr = cr;
  }

  /** Nothing could be decided: a template that runs for too long, say. */
  async undecided(failure: Failure, wallMs: number): Promise<PassReport> {
    const { compiled } = this.#context;
    return await this.#ended(
      failure,
      () => undecidedStatus(compiled, inputOf(this.#context, this.#cr, wallMs), failure.message),
    );
  }

  /**
   * Deletes the CR, as `cleanup` wants it, in the state that was decided on: it may have been changed since so that its
   * conditions do not hold. What comes then is its deletion, by the event of it.
   */
  async cleanUp(): Promise<PassReport> {
    const { api, signal, compiled, served } = this.#context;
    const { type: declared } = compiled.box.plan;
    const type = served(declared) ?? declared;
    const { uid = "", resourceVersion = "" } = this.#cr.metadata;
    try {
      await api.delete(type, this.#cr.metadata, { uid, resourceVersion, propagation: "Background", signal });
    } catch (error) {
      if (!isGone(error) && !isOtherUid(error)) {
        if (!isCallError(error)) throw error;
        const what = `delete ${this.#cr.kind} ${this.#cr.metadata.name} for its cleanup`;
        const failure = failureOf(new WriteError(what, error))!;
        return await this.#ended(failure, () => undefined);
      }
    }
    this.#record("Normal", "CleanedUp", "deleted: its conditions for cleanup hold");
    return { outcome: { next: "change" }, result: "succeeded", changes: [] };
  }

  async run(decision: ReconcileDecision): Promise<PassReport> {
    for (const { child, memory } of decision.children.learned) {
      this.#context.store.remember(child.type, child.key, memory);
    }
    this.#problems.push(...decision.problems);
    this.#waitsForFormer = decision.children.waitingFor.length > 0;
    try {
      if (decision.crPatch !== undefined) await this.#patchCr(decision.crPatch);
      await this.#write(decision);
      const failure = await this.#status(decision);
      this.#recordEvents(decision);
      this.#emitEvents(decision);
      return this.#report(decision, failure);
    } catch (error) {
      const failure = failureOfCr(error);
      if (failure === undefined) throw error;
      return await this.#ended(failure, () => decision.unfinished(this.#after(this.#cr), failure.message));
    }
  }

  /** It ended before its status: the conditions report why, else those of the pass before would stay. */
  async #ended(failure: Failure, status: () => StatusDecision | undefined): Promise<PassReport> {
    if (failure.quiet !== undefined) return this.#unfinished(failure);
    this.#warn("ReconcileError", failure.message);
    const outdated = await this.#writeConditions(status());
    return this.#unfinished(outdated ?? failure);
  }

  /** Labels that cannot be written fail alone; without the finalizer no child that needs it may be created. */
  async #patchCr(patch: JsonMap): Promise<void> {
    const needed = isMap(patch["metadata"]) && patch["metadata"]["finalizers"] !== undefined;
    try {
      const before = this.#cr;
      this.#cr = await patchCr(this.#context, this.#cr, patch, needed ? "add the finalizer to" : "label");
      this.#changes.push(...changesOfCr(before, patch));
    } catch (error) {
      if (!(error instanceof WriteError) || error.conflict || error.gone || needed) throw error;
      const { message, retryAfterMs } = error;
      this.#problems.push({ entry: "labels", state: "failed", reason: "ReconcileError", message, retryAfterMs });
    }
  }

  /**
   * Tries every change: a refused child does not block the others. Deletions come last: the predecessor of a child that
   * could not be created stays.
   */
  async #write({ children, desired }: ReconcileDecision): Promise<void> {
    const writer = new ChildWriter(this.#context, this.#cr, desired.children);
    const byIdentity = new Map(desired.children.map((child) => [identityOf(child), child]));
    const within = new Map<string, DesiredChild>();
    for (const child of desired.children) {
      const namespace = child.within === undefined ? undefined : byIdentity.get(child.within);
      if (namespace !== undefined) within.set(child.entry, namespace);
    }
    const unwritten = new Set<string>();
    const successors = new Uncreatable();
    for (const stage of stagesOf(children.changes)) {
      const allowed = stage.filter((change) => change.action !== "delete" || !successors.mayReplace(change));
      const results = await inParallel(
        allowed,
        maxParallelWrites,
        (change) => this.#writeOne(writer, change, within, unwritten),
      );
      results.forEach((result, index) => {
        const change = allowed[index]!;
        if ("done" in result) {
          this.#changes.push(...result.done);
          if (result.done.length > 0 && "object" in change) this.#objects.set(identityOf(change), change.object);
          // Another object satisfies the entry: its status is not ours to write.
          if (result.done.length === 0 && change.action === "create") unwritten.add(identityOf(change));
          return;
        }
        if ("notUpdated" in result) {
          const child = desired.children.find(({ entry }) => "entry" in change && entry === change.entry);
          if (child !== undefined) this.#notUpdated.push({ child, fields: [result.notUpdated] });
          return;
        }
        unwritten.add(identityOf(change));
        if (change.action === "create" || change.action === "adopt") successors.add(change);
        if ("problem" in result) this.#problems.push(result.problem);
        else if ("stale" in result) this.#stale = true;
        else this.#waitsForFormer = true;
      });
      if (this.#terminating) return;
    }
  }

  async #writeOne(
    writer: ChildWriter,
    change: ChildChange,
    within: ReadonlyMap<string, DesiredChild>,
    unwritten: ReadonlySet<string>,
  ): Promise<Written> {
    const { repairs, store, notServed } = this.#context;
    const namespace = "entry" in change ? within.get(change.entry) : undefined;
    if (namespace !== undefined && (unwritten.has(identityOf(namespace)) || !this.#mayHoldChildren(namespace))) {
      const entry = "entry" in change ? change.entry : "";
      return { problem: withoutNamespace(change, namespace.key, entry) };
    }
    // The status of a child that could not be created.
    if (change.action === "updateStatus" && unwritten.has(identityOf(change))) return { done: [] };
    const waitMs = repairs.waitMs(change);
    if (waitMs > 0) return { problem: contestedProblem(change, repairs.countOf(change), waitMs) };
    const again = store.recall(change.type, change.key)?.uid !== undefined;
    try {
      const written = await writer.write(change);
      if ("done" in written && written.done.length > 0) repairs.done(change, again);
      return written;
    } catch (error) {
      if (!(error instanceof WriteError)) throw error;
      if (error.conflict) return { stale: true };
      // Another namespace that is being deleted concerns the children in it alone.
      if (error.terminating && splitKey(change.key).namespace === this.#cr.metadata.namespace) {
        this.#terminating = true;
        return { stale: true };
      }
      const problem = problemOf(change, error);
      if (problem.state === "waiting") {
        notServed(change.type);
        this.#isUnconfirmed = true;
      }
      return { problem };
    }
  }

  /** As it is after this pass's own writes: one that was there already may only just have been found, or adopted. */
  #mayHoldChildren({ type, key }: DesiredChild): boolean {
    const { store, compiled } = this.#context;
    const observed = store.child(type, key);
    return observed !== undefined && mayHoldChildren(observed, this.#cr, claimContext(compiled.box));
  }

  /** Writes the status if it differs. Returns why it could not be written. */
  async #status(decision: ReconcileDecision): Promise<Failure | undefined> {
    if (this.#stale || this.#terminating) return undefined;
    const { bounded } = this.#context;
    // Evaluated on the stored CR: the response to an own patch of labels has the status of the start of the pass.
    const cr = this.#cr;
    const after = this.#after(cr);
    const status = bounded(() => decision.status(after));
    if (status === undefined) return undefined;
    this.#reportFields(status.failures);
    return await this.#patchStatus(decision, status);
  }

  /** The state after the writes. */
  #after(cr: KubeObject): PassAfter {
    const children = this.#context.store.shownChildrenOf(cr);
    return { cr, children, problems: this.#problems, notUpdated: this.#notUpdated };
  }

  async #patchStatus(decision: ReconcileDecision, status: StatusDecision): Promise<Failure | undefined> {
    const { statuses, clock } = this.#context;
    if (status.patch === undefined) return undefined;
    // The same status would be stored in the same way again: the schema prunes or defaults something.
    if (statuses.isStored(this.#cr, status.wanted)) return undefined;
    if (status.isProgressOnly) {
      const sinceMs = clock.nowMs() - (statuses.writtenMs(this.#cr) ?? -Infinity);
      if (sinceMs < progressMs) {
        this.#deferredMs = progressMs - sinceMs;
        return undefined;
      }
    }
    const refused = statuses.refusalOf(this.#cr, status.wanted, clock.nowMs());
    if (refused !== undefined) return await this.#refused(decision, refused);
    try {
      if (await this.#writeStatus(status.patch, status.wanted)) this.#statusPaths = leavesOf(status.patch, "status");
      else this.#noStatus();
      return undefined;
    } catch (error) {
      if (error instanceof WriteError && error.refused && !error.terminating) {
        statuses.refuse(this.#cr, status.wanted, error.message, clock.nowMs());
        return await this.#refused(decision, error.message);
      }
      const failure = failureOfCr(error);
      if (failure === undefined) throw error;
      // The status cannot report it.
      if (failure.quiet === undefined) this.#warn("ReconcileError", failure.message);
      return failure;
    }
  }

  /** The declared status is refused: the conditions are written alone, and report it (ruling 66). */
  async #refused(decision: ReconcileDecision, why: string): Promise<Failure> {
    this.#warn("ReconcileError", why);
    return await this.#writeConditions(decision.refused(this.#after(this.#cr), why)) ?? { message: why };
  }

  /**
   * Writes conditions, which report a failure. Returns a failure only where the cached state turned out to be outdated:
   * where they cannot be written either, the Event reports what is to be reported.
   */
  async #writeConditions(status: StatusDecision | undefined): Promise<Failure | undefined> {
    const { statuses } = this.#context;
    if (status?.patch === undefined || statuses.isStored(this.#cr, status.wanted)) return undefined;
    try {
      if (!await this.#writeStatus(status.patch, status.wanted, ["conditions"])) this.#noStatus();
      return undefined;
    } catch (error) {
      const failure = failureOfCr(error);
      if (failure === undefined) throw error;
      return failure.quiet === undefined ? undefined : failure;
    }
  }

  /** Returns whether the kind has a status subresource. `fields`: the parts that were written; empty: all. */
  async #writeStatus(patch: JsonMap, wanted: JsonMap, fields: readonly string[] = []): Promise<boolean> {
    const { statuses, clock } = this.#context;
    const stored = await patchStatus(this.#context, this.#cr, patch);
    if (stored === undefined) return false;
    this.#cr = stored;
    const cause = { why: "declared" } as const;
    this.#changes.push({ action: "status", kind: stored.kind, key: keyOf(stored), fields, cause });
    statuses.remember(stored, wanted, clock.nowMs());
    this.#learnPruned(wanted, stored);
    return true;
  }

  #noStatus(): void {
    const { learned, compiled } = this.#context;
    learned.hasStatus = false;
    this.#note(noStatusNote(compiled.box.plan.type));
  }

  /** Paths that the schema does not have are not written again, for any object: each pass would patch them. */
  #learnPruned(wanted: JsonMap, stored: KubeObject): void {
    const { learned: { prunedStatus }, compiled } = this.#context;
    const known = new Set(prunedStatus.map((path) => path.join(".")));
    for (const path of prunedPaths(wanted, stored["status"])) {
      const text = path.join(".");
      if (known.has(text)) continue;
      prunedStatus.push(path);
      const { kind } = compiled.box.plan.type;
      this.#note(`status.${text} is not in the schema of ${kind}, so the API server drops it; add it to the CRD`);
    }
  }

  /** Events: what was changed, and each problem. */
  #recordEvents(decision: ReconcileDecision): void {
    if (decision.denied !== undefined) {
      // A denied CR is no failure: one Event for each new verdict (ruling 9), even if no status keeps it.
      const { hasStatus, prunedStatus } = this.#context.learned;
      const isKept = hasStatus && !prunedStatus.some(([first]) => first === "conditions");
      const isNew = isKept ? this.#changes.length > 0 : this.#isNew("denied", decision.denied);
      if (isNew) this.#warn("ValidationFailed", decision.denied);
      return;
    }
    // The children were written, independently of the status.
    const texts = this.#changes.filter(({ action }) => action !== "status")
      .map((change) => describeChange(change, this.#cr.metadata.namespace));
    if (texts.length > 0) this.#record("Normal", "Reconciled", sentence(texts));
    if (decision.failed !== undefined) this.#warn("ReconcileError", decision.failed);
    for (const { state, reason, message, warns } of this.#problems) {
      if (state === "failed" || warns === true) this.#warn(reason, message);
    }
    this.#reportNotUpdated(decision);
  }

  /** Those that the Katalog declares: each once, until its text changes or it is off in between. */
  #emitEvents(decision: ReconcileDecision): void {
    const { bounded, compiled, statuses } = this.#context;
    if (compiled.box.events.length === 0 || this.#stale || this.#terminating) return;
    const after = this.#after(this.#cr);
    const { events, off, failures } = bounded(() => decision.events(after));
    for (const name of off) statuses.setReported(this.#cr, `event ${name}`, "");
    for (const { name, type, reason, message } of events) {
      const text = `${reason} ${message}`;
      if (statuses.isReported(this.#cr, `event ${name}`, text)) continue;
      statuses.setReported(this.#cr, `event ${name}`, text);
      this.#record(type, reason, message);
    }
    const text = failures.join("; ");
    if (text === "" || !this.#isNew("events", text)) return;
    this.#noteOfCr(text);
    this.#warn("EventError", text);
  }

  /** Once for each generation of the CR and set of differences (ruling 43). */
  #reportNotUpdated({ children }: ReconcileDecision): void {
    const notUpdated = [...children.notUpdated, ...this.#notUpdated];
    if (notUpdated.length === 0) return;
    const text = describeNotUpdated(notUpdated);
    if (!this.#isNew("notUpdated", text)) return;
    this.#noteOfCr(text);
    this.#warn("NotUpdated", text);
  }

  /** Fields of the status that could not be evaluated, once for each generation of the CR. */
  #reportFields(failures: readonly string[]): void {
    const text = failures.join("; ");
    if (text === "" || !this.#isNew("status", text)) return;
    this.#noteOfCr(text);
    this.#warn("StatusError", text);
  }

  /** Is it reported for the first time for this generation of the CR? */
  #isNew(topic: string, text: string): boolean {
    const { statuses } = this.#context;
    const message = `${this.#cr.metadata.generation ?? 0} ${text}`;
    if (statuses.isReported(this.#cr, topic, message)) return false;
    statuses.setReported(this.#cr, topic, message);
    return true;
  }

  #noteOfCr(text: string): void {
    this.#note(`${this.#cr.kind} ${keyOf(this.#cr)}: ${text}`);
  }

  #report(decision: ReconcileDecision, failure: Failure | undefined): PassReport {
    const warnings = decision.warnings;
    const changes = this.#changes;
    const written = { objects: this.#objects, statusPaths: this.#statusPaths };
    if (failure?.quiet !== undefined) return { ...this.#unfinished(failure), written };
    if (this.#terminating) {
      const message = "its namespace is being deleted";
      return { outcome: { next: "after", ms: terminatingMs }, result: "waiting", changes, message };
    }
    if (this.#stale) {
      return {
        outcome: { next: "stale" },
        result: "waiting",
        changes,
        message: "something changed meanwhile; requeued",
      };
    }
    const verdict = decision.verdict(this.#problems);
    const failed = this.#problems.filter(({ state }) => state === "failed");
    if (decision.denied !== undefined) {
      const retryInMs = this.#context.external.retryInMs(keyOf(this.#cr));
      // A call that failed may be why: it is made again without waiting for the resync.
      const outcome: Outcome = retryInMs === undefined ? { next: "change" } : { next: "after", ms: retryInMs };
      return { outcome, result: "denied", changes, message: decision.denied, warnings, written };
    }
    if (failed.length > 0 || decision.failed !== undefined || failure !== undefined) {
      const retries = [
        ...failed.map(({ retryAfterMs }) => retryAfterMs ?? 0),
        failure?.retryAfterMs ?? 0,
        decision.retryInMs ?? 0,
      ];
      const message = [verdict?.message, failure?.message].filter((text) => text !== undefined).join("; ");
      const retryAfterMs = Math.max(...retries) || undefined;
      const isOfCr = verdict?.reason === "NameTaken" && failure === undefined;
      const retryWithinMs = isOfCr ? nameTakenMs : undefined;
      const outcome: Outcome = { next: "backoff" };
      return { outcome, result: "failed", changes, message, warnings, retryAfterMs, retryWithinMs, isOfCr, written };
    }
    if (this.#waitsForFormer) {
      const message = verdict?.message ?? "waiting until children of a former object are gone";
      return { outcome: { next: "after", ms: formerChildMs }, result: "waiting", changes, message, warnings, written };
    }
    if (verdict !== undefined) {
      const outcome: Outcome = this.#isUnconfirmed ? { next: "stale", minMs: confirmedMs } : this.#next(decision);
      return { outcome, result: "waiting", changes, message: verdict.message, warnings, written };
    }
    const outcome = this.#next(decision);
    const settled = outcome.next === "resync" && changes.length === 0 && !decision.children.expires &&
      !this.#context.compiled.readsClock;
    return { outcome, result: "succeeded", changes, warnings, written, settled };
  }

  #next({ next }: ReconcileDecision): Outcome {
    const { external } = this.#context;
    const key = keyOf(this.#cr);
    // What the Katalog asks for (`requeue.after`) is to see new results; a failed call is made again in any case.
    if (next.next === "after") external.expireAfter(key, next.ms);
    const retryInMs = external.retryInMs(key);
    if (retryInMs !== undefined && (next.next === "resync" || next.next === "after")) {
      return {
        next: "after",
        ms: Math.min(retryInMs, next.next === "after" ? next.ms : Infinity, this.#deferredMs ?? Infinity),
      };
    }
    if (this.#deferredMs === undefined) return next;
    return { next: "after", ms: next.next === "after" ? Math.min(next.ms, this.#deferredMs) : this.#deferredMs };
  }

  #unfinished({ quiet, retryAfterMs, message }: Failure): PassReport {
    const changes = this.#changes;
    if (quiet !== undefined) return { outcome: quiet, result: "waiting", changes, message };
    const outcome: Outcome = { next: "backoff" };
    return { outcome, result: "failed", changes, message, retryAfterMs };
  }

  #note(message: string): void {
    const { report, compiled, pass } = this.#context;
    report({ type: "note", box: compiled.box.plan.name, message, key: keyOf(this.#cr), pass });
  }

  #warn(reason: string, message: string): void {
    this.#record("Warning", reason, message);
  }

  #record(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.recorder.record({ regarding: this.#cr, type, reason, message, action: "Reconcile" });
  }
}

/** Of a call for the CR itself, which may have been deleted since it was cached: its event, or the next look, tells. */
function failureOfCr(error: unknown): Failure | undefined {
  return error instanceof WriteError && error.gone
    ? { message: "it was deleted meanwhile", quiet: { next: "after", ms: goneMs } }
    : failureOf(error);
}

function changesOfCr(cr: KubeObject, patch: JsonMap): DoneChange[] {
  const metadata = patch["metadata"] as JsonMap;
  const labels = metadata["labels"];
  const base = { kind: cr.kind, key: keyOf(cr), cause: { why: "declared" } } as const;
  const changes: DoneChange[] = [];
  if (isMap(labels)) changes.push({ action: "label", ...base, fields: Object.keys(labels) });
  if (metadata["finalizers"] !== undefined) changes.push({ action: "addFinalizer", ...base, fields: [] });
  return changes;
}

/** Dot paths of the values of a patch. */
function leavesOf(patch: JsonMap, path: string): string[] {
  return Object.entries(patch).flatMap(([key, value]) =>
    isMap(value) ? leavesOf(value, `${path}.${key}`) : [`${path}.${key}`]
  );
}

function keyOf(cr: KubeObject): ObjectKey {
  return objectKey(cr.metadata);
}

function sentence(changes: readonly string[]): string {
  const text = changes.join(", ");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

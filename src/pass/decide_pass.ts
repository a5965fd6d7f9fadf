import { formatTime } from "../base/clock.ts";
import { minIntervalMs, parseDuration } from "../base/duration.ts";
import type { JsonMap } from "../base/json.ts";
import { describeRendered } from "../base/redact.ts";
import { evaluateGate, sentinelNames } from "../conditions/mod.ts";
import type { ExternalCallPlan, SentinelName } from "../conditions/mod.ts";
import {
  CallFailed,
  CallNeeded,
  childrenData,
  type ExternalRequest,
  type ExternalView,
  isInAllowedNamespace,
  isSelected,
  noCalls,
  templateData,
  withExternal,
} from "../input/mod.ts";
import { annotations } from "../k8s/names.ts";
import { groupKind, type KubeObject } from "../k8s/object.ts";
import {
  type ChildrenDecision,
  claimContext,
  claimOn,
  closedGate,
  conditionsStatus,
  decideChildren,
  decideCleanup,
  decideCrPatch,
  type Desired,
  desiredChildren,
  type EmittedEvents,
  emittedEvents,
  type EntryProblem,
  identityOf,
  isOwn,
  nextStatus,
  type NotUpdated,
  type ObservedChild,
  type Outcome,
  type PassMemory,
  type PassResult,
  type SentinelView,
  type StatusDecision,
  type Verdict,
  verdictOf,
  whyUnseen,
} from "../reconcile/mod.ts";
import { RenderError, textOf } from "../template/compiled_text.ts";
import type { CompiledPass } from "./compile.ts";
import { decideDeletionPass, type DeletePass, type DeletionInput } from "./decide_deletion.ts";
import { type BrokenRule, type FieldChange, judge, type UniqueView } from "../admission/mod.ts";
import { withCross } from "./cross_data.ts";

/** What a pass starts from: what is on the cluster, as far as the box sees it, and the minute. */
export interface PassInput extends DeletionInput {
  /** Keys of labels of the CR that our manager owns in its `managedFields` (ruling 65). */
  readonly ownedLabels: readonly string[];
  /** Kinds that the last Katalog made, and that are being cleaned up: they stay on record until that is done. */
  readonly formerKinds: readonly string[];
  /** Who has the values of fields with a rule `unique`; without it such rules pass with a warning. */
  readonly others?: UniqueView | undefined;
  /** What of the CR has changed since it was last reconciled; absent: everything. */
  readonly sentinels?: SentinelView | undefined;
  /** What HTTP calls have come to; without it none is made, and each counts as failed. */
  readonly external?: ExternalView | undefined;
}

/** Everything that a pass will do. */
export type PassDecision =
  | ReconcileDecision
  | DeletePass
  /** The result of an HTTP call is needed first; with it, the decision is to be made again. */
  | { readonly kind: "call"; readonly plan: ExternalCallPlan; readonly request: ExternalRequest }
  /** It has left the selection, or its namespace is not allowed: only its deletion is still ours. */
  | { readonly kind: "unselected" }
  /** A gate is closed: only its deletion is done. */
  | { readonly kind: "gated"; readonly why: string; readonly next: Outcome };

/** Rules that a CR breaks, and those that have changed it. */
export interface AppliedRules {
  readonly broken: readonly BrokenRule[];
  readonly changes: readonly FieldChange[];
}

/** A CR that is there to stay. */
export interface ReconcileDecision {
  readonly kind: "reconcile";
  /** Why nothing is done for it: a validation rule (ruling 9). */
  readonly denied: string | undefined;
  /** Why it could not even be judged: normalize, a mutation; or why no child was decided on: a call. */
  readonly failed: string | undefined;
  /** How long it fails at least, in ms: until the call is made again. */
  readonly retryInMs?: number | undefined;
  /** False: it ended before the rules of `validation` were evaluated. */
  readonly judged: boolean;
  readonly warnings: readonly string[];
  /** What the rules did, for metrics; nothing where they were not applied. */
  readonly rules: AppliedRules;
  /** Labels and finalizer, as a JSON merge patch; comes before everything else. */
  readonly crPatch: JsonMap | undefined;
  readonly desired: Desired;
  readonly children: ChildrenDecision;
  /** What fails or waits before anything is written. */
  readonly problems: readonly EntryProblem[];
  /**
   * The status after the pass's writes. `cr` is the CR as it is then, `children` likewise; `problems` are all that came
   * up. `undefined` where no status is written.
   */
  status(after: PassAfter): StatusDecision | undefined;
  /** The status where the API server refused that of `status`. */
  refused(after: PassAfter, why: string): StatusDecision;
  /** The status of a pass that ended before its status could be evaluated. `undefined` where no status is written. */
  unfinished(after: PassAfter, why: string): StatusDecision | undefined;
  /** What the conditions say of the pass, after all `problems` that came up; `undefined`: all is written. */
  verdict(problems: readonly EntryProblem[]): Verdict | undefined;
  /** The CR has been fit for its cleanup for long enough: it is deleted, and nothing else is done. */
  readonly deletes: boolean;
  /** Events that the Katalog declares, as they would be written after these `problems`; `off` lists the other ones. */
  events(after: PassAfter): EmittedEvents;
  /** When to come again if all goes well. */
  readonly next: Outcome;
}

/** How things stand after a pass's writes. */
export interface PassAfter {
  readonly cr: KubeObject;
  readonly children: readonly ObservedChild[];
  readonly problems: readonly EntryProblem[];
  /** Differences that only showed in writing, besides those of the decision. */
  readonly notUpdated?: readonly NotUpdated[] | undefined;
}

const allNew = Object.fromEntries(sentinelNames.map((name) => [name, true])) as Record<SentinelName, boolean>;

const noChildren: ChildrenDecision = {
  changes: [],
  problems: [],
  waitingFor: [],
  notUpdated: [],
  learned: [],
  expires: false,
};
const nothingDesired: Desired = {
  children: [],
  problems: [],
  kept: { names: new Set(), renamed: new Map(), clashing: [], kinds: new Set() },
  sources: [],
  off: () => new Map(),
};

/** Decides one pass over one CR, in the order of ruling 8. The box carries it out, `ork template` and tests print it. */
export function decidePass(compiled: CompiledPass, input: PassInput, memory: PassMemory): PassDecision {
  const { box } = compiled;
  const { cr } = input;
  if (cr.metadata.deletionTimestamp !== undefined) return decideDeletionPass(compiled, input, memory);
  if (!isSelected(box.plan, cr) || !isInAllowedNamespace(box.plan, cr)) return { kind: "unselected" };
  const closed = closedGate(box.gates, templateData(cr, [], box.customKinds), input.sentinels ?? allNew, input.wallMs);
  if (closed === undefined) return new Reconciling(compiled, input, memory).decide();
  const gated = { kind: "gated", why: closed.why, next: { next: "resync" } } as const;
  if (closed.name === "enqueueGate" || box.cleanup === undefined) return gated;
  // The cleanup comes before the gate.
  const decision = new Reconciling(compiled, input, memory).decide();
  if (decision.kind !== "reconcile") return decision;
  return decision.deletes ? decision : { ...gated, next: decision.next };
}

class Reconciling {
  readonly #compiled: CompiledPass;
  readonly #input: PassInput;
  readonly #memory: PassMemory;
  /** The children that are the CR's own at the start. */
  readonly #children: readonly ObservedChild[];
  #data: JsonMap | undefined;
  #rules: AppliedRules = { broken: [], changes: [] };
  #cleanupDueMs: number | undefined;

  constructor(compiled: CompiledPass, input: PassInput, memory: PassMemory) {
    this.#compiled = compiled;
    this.#input = input;
    this.#memory = memory;
    this.#children = this.#own(input.children);
  }

  decide(): PassDecision {
    const { box } = this.#compiled;
    const { cr, wallMs, ownedLabels, others, external } = this.#input;
    let warnings: readonly string[] | undefined;
    try {
      const unseen = whyUnseen(box.judgedBy, this.#memory);
      if (unseen !== undefined) return this.#ended({ failed: `Cannot evaluate the object: ${unseen}` });
      const judgement = judge(this.#compiled.admission, cr, this.#children, wallMs, others, external);
      const { effective, verdict } = judgement;
      this.#rules = { broken: verdict.broken, changes: judgement.changes };
      const crossed = withCross(this.#compiled, cr, judgement.data, this.#input.cross);
      this.#data = crossed;
      warnings = verdict.warnings;
      if (verdict.denials.length > 0) {
        return this.#ended({ denied: verdict.denials.map(({ text }) => text).join("; ") }, warnings);
      }
      const data = withExternal(this.#compiled.calls, crossed, wallMs, external ?? noCalls);
      this.#data = data;
      const cleanup = decideCleanup(box, cr, data, wallMs, this.#memory);
      if (cleanup?.state === "failed") return this.#ended({ failed: cleanup.message }, warnings);
      this.#cleanupDueMs = cleanup?.dueMs;
      if (cleanup !== undefined && cleanup.dueMs <= wallMs) return { ...this.#ended({}, warnings), deletes: true };
      const labels: EntryProblem[] = [];
      const desired = desiredChildren(box, effective, data, wallMs, this.#memory);
      const crPatch = decideCrPatch(box, cr, data, ownedLabels, needsFinalizer(box, desired), labels, this.#memory);
      const children = decideChildren(box, cr, desired, this.#input.children, this.#memory);
      const next = this.#next(data);
      const problems = [...labels, ...desired.problems, ...children.problems];
      if ("state" in next) problems.push(next);
      const base = {
        denied: undefined,
        failed: undefined,
        judged: true,
        warnings,
        rules: this.#rules,
        crPatch,
        desired,
        children,
        problems,
      };
      const again = sooner("state" in next ? { next: "resync" } : next, children.againMs);
      return this.#with(base, this.#inTime(again));
    } catch (error) {
      if (error instanceof CallNeeded) return { kind: "call", plan: error.plan, request: error.request };
      if (error instanceof CallFailed) {
        this.#data = { ...error.data, children: childrenData(this.#children, box.customKinds) };
        return this.#ended({ failed: error.message, retryInMs: error.retryInMs }, warnings);
      }
      if (!(error instanceof RenderError)) throw error;
      return this.#ended({ failed: `Cannot evaluate the object: ${error.message}` }, warnings);
    }
  }

  /** `warnings` of the rules; `undefined`: they were not evaluated. */
  #ended(
    why: { readonly denied?: string; readonly failed?: string; readonly retryInMs?: number | undefined },
    warnings?: readonly string[],
  ): ReconcileDecision {
    const { denied, failed, retryInMs } = why;
    const judged = warnings !== undefined;
    const base = {
      ...{ denied, failed, retryInMs, judged, warnings: warnings ?? [], rules: this.#rules },
      ...{ crPatch: undefined, problems: [] },
    };
    return this.#with({ ...base, desired: nothingDesired, children: noChildren }, { next: "change" });
  }

  #with(
    decided: Omit<
      ReconcileDecision,
      "kind" | "status" | "refused" | "unfinished" | "next" | "verdict" | "deletes" | "events"
    >,
    next: ReconcileDecision["next"],
  ): ReconcileDecision {
    const { box } = this.#compiled;
    const { wallMs, prunedStatus } = this.#input;
    const time = formatTime(wallMs);
    // Before the CR could be judged, there is what it says itself.
    const data = this.#data ?? templateData(this.#input.cr, this.#children, box.customKinds);
    return {
      kind: "reconcile",
      ...decided,
      deletes: false,
      next,
      events: (after) => {
        const now = { ...data, children: childrenData(this.#own(after.children), box.customKinds) };
        const failed = verdictOf({ ...outcomeOf(decided), problems: after.problems, waitingFor: [] }) !== undefined;
        return emittedEvents(box, { ...now, status: after.cr["status"] ?? {} }, failed, wallMs);
      },
      verdict: (problems) => verdictOf({ ...outcomeOf(decided), problems, waitingFor: decided.children.waitingFor }),
      status: (after) => {
        if (!this.#input.writesStatus) return undefined;
        const own = this.#own(after.children);
        const now = { ...data, children: childrenData(own, box.customKinds) };
        return nextStatus(box, after.cr, now, this.#result(decided, after, own), { wallMs, time }, prunedStatus);
      },
      refused: (after, why) => {
        const result = this.#result(decided, after, this.#own(after.children));
        return conditionsStatus(box, after.cr, result, why, time, prunedStatus);
      },
      unfinished: (after, why) => {
        if (!this.#input.writesStatus) return undefined;
        const result = this.#result(decided, after, this.#own(after.children));
        return conditionsStatus(box, after.cr, { ...result, ...failedWith(why) }, undefined, time, prunedStatus);
      },
    };
  }

  #result(
    decided: Pick<ReconcileDecision, "denied" | "failed" | "judged" | "warnings" | "desired" | "children">,
    after: PassAfter,
    own: readonly ObservedChild[],
  ): PassResult {
    const { judged, warnings, desired, children } = decided;
    const observed = new Map(own.map((child) => [identityOf(child), child]));
    return {
      ...outcomeOf(decided),
      judged,
      warnings,
      problems: after.problems,
      waitingFor: children.waitingFor,
      cleanupDueMs: this.#cleanupDueMs,
      notUpdated: [...children.notUpdated, ...after.notUpdated ?? []],
      children: desired.children.map((child) => ({
        child,
        observed: observed.get(identityOf(child)),
      })),
      kinds: kindsOf(this.#compiled, this.#input),
      unseen: this.#compiled.box.plan.children
        .filter((type) => this.#memory.unseen(type) !== undefined).map(groupKind),
    };
  }

  /** The deletion comes at its time. */
  #inTime(next: Outcome): Outcome {
    if (this.#cleanupDueMs === undefined || (next.next !== "resync" && next.next !== "after")) return next;
    return sooner(next, Math.max(0, this.#cleanupDueMs - this.#input.wallMs));
  }

  /** Those that are the CR's own: what merely carries its labels is no child. */
  #own(children: readonly ObservedChild[]): ObservedChild[] {
    const context = claimContext(this.#compiled.box);
    return children.filter((child) => isOwn(claimOn(child, this.#input.cr, context)));
  }

  #next(data: JsonMap): Outcome | EntryProblem {
    const { requeue } = this.#compiled.box;
    if (requeue === undefined) return { next: "resync" };
    const unseen = whyUnseen(requeue.dependsOn, this.#memory);
    if (unseen !== undefined) return requeueProblem(unseen);
    const gate = evaluateGate(requeue.gate, data, { wallMs: this.#input.wallMs });
    if (gate.state === "unknown") return requeueProblem(`the condition cannot be evaluated: ${gate.error.message}`);
    if (gate.state === "false") return { next: "resync" };
    try {
      const text = textOf(requeue.after, data).trim();
      const ms = parseDuration(text || "0s");
      if (ms === undefined) {
        return requeueProblem(
          `${requeue.after.at}: it renders to ${describeRendered(text)}, expected a duration such as 30s or 5m`,
        );
      }
      return ms <= 0 ? { next: "resync" } : { next: "after", ms: Math.max(ms, minIntervalMs) };
    } catch (error) {
      if (error instanceof RenderError) return requeueProblem(error.message);
      throw error;
    }
  }
}

/** Comes again after `ms` at the latest, where it comes again at all; `undefined`: as it would anyway. */
function sooner(next: Outcome, ms: number | undefined): Outcome {
  if (ms === undefined || (next.next !== "resync" && next.next !== "after")) return next;
  return { next: "after", ms: next.next === "after" ? Math.min(next.ms, ms) : ms };
}

/**
 * The status of a CR on which nothing could be decided: its templates took too long. `undefined` where no status is
 * written.
 */
export function undecidedStatus(compiled: CompiledPass, input: PassInput, why: string): StatusDecision | undefined {
  if (!input.writesStatus) return undefined;
  const result: PassResult = {
    ...failedWith(why),
    judged: false,
    warnings: [],
    problems: [],
    waitingFor: [],
    notUpdated: [],
    children: [],
    kinds: kindsOf(compiled, input),
    unseen: [],
  };
  return conditionsStatus(compiled.box, input.cr, result, undefined, formatTime(input.wallMs), input.prunedStatus);
}

function failedWith(message: string): Pick<PassResult, "kind" | "message"> {
  return { kind: "failed", message };
}

/** Kinds of which there may be children. */
function kindsOf({ box }: CompiledPass, { formerKinds }: PassInput): string[] {
  return [...new Set([...box.plan.children.map(groupKind), ...formerKinds])];
}

/** How far the pass came, and why no further. */
function outcomeOf(
  { denied, failed }: Pick<ReconcileDecision, "denied" | "failed">,
): Pick<PassResult, "kind" | "message"> {
  return {
    kind: denied !== undefined ? "denied" : failed !== undefined ? "failed" : "reconciled",
    message: denied ?? failed ?? "",
  };
}

/**
 * Does the deletion of the CR need more than garbage collection? The Plan says so of the box; a kind whose scope it had
 * to guess may turn out to be cluster-scoped.
 */
function needsFinalizer({ plan }: CompiledPass["box"], { children }: Desired): boolean {
  if (plan.removesFinalizers === true) return false;
  return plan.finalizer ||
    children.some(({ object: { metadata } }) =>
      metadata.ownerReferences === undefined && metadata.annotations?.[annotations.deletionPolicy] !== "Retain"
    );
}

function requeueProblem(message: string): EntryProblem {
  return { entry: "requeue", state: "failed", reason: "ReconcileError", message: `requeue.after: ${message}` };
}

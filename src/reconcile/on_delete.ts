import type { JsonMap } from "../base/json.ts";
import { evaluateGate, type GateResult } from "../conditions/mod.ts";
import { groupKind, type KubeObject, type ObjectKey, type ResourceType } from "../k8s/object.ts";
import { type CreateChild, type DeleteChild, describeChild } from "./change.ts";
import type { CompiledBox, CompiledDeletion, CompiledDeletionGroup, CompiledEntry } from "./compile.ts";
import { withoutNamespace } from "./decide.ts";
import { deletionElements, describeGroup, keyOfElement } from "./deletion_elements.ts";
import { recordedJobs } from "./deletion_status.ts";
import { type DesiredChild, desiredChildren, identityOf } from "./desired.ts";
import { asRun, createRun, failedRun, runWait } from "./job_run.ts";
import { type PassMemory, whyUnseen } from "./memory.ts";
import { runNameTaken } from "./name_taken.ts";
import type { ObservedChild } from "./observed.ts";
import { type EntryProblem, failedEntry } from "./outcome.ts";
import { type ClaimContext, claimContext, claimOn, isOwn, mayDeleteNamed, mayHoldChildren } from "./ownership.ts";

/** The CR normalized and mutated, and what templates read; or why it cannot be evaluated. */
export type DeletionSubject =
  | { readonly cr: KubeObject; readonly data: JsonMap }
  | { readonly why: string };

/** What `onDelete` does next. */
export interface OnDeleteDecision {
  /** The group whose turn it is, for messages; `undefined`: all are finished. */
  readonly group: string | undefined;
  readonly changes: readonly (CreateChild | DeleteChild)[];
  /** The Jobs that `changes` create. */
  readonly jobs: readonly DesiredChild[];
  /** What must happen before the group is finished: `Job backup to complete`, `StatefulSet db to be gone`. */
  readonly waits: readonly string[];
  readonly problems: readonly EntryProblem[];
  /** Jobs that completed, sorted: recorded in the status before anything else is done. */
  readonly completed: readonly ObjectKey[];
}

/** Jobs of one deletion. Those that completed are recorded in one condition, whose message holds 32 KiB. */
export const maxJobs = 100;

/** By it the API server lets the garbage collector delete the children first (metav1.FinalizerDeleteDependents). */
const foregroundFinalizer = "foregroundDeletion";

/**
 * Decides from what is on the cluster: a Job counts by its state there, an object by its absence. Templates say only
 * what is still to be created or deleted; one that cannot be evaluated fails its entry, and never what is done already.
 */
export function decideOnDelete(
  box: CompiledBox,
  deletion: CompiledDeletion,
  cr: KubeObject,
  subject: DeletionSubject,
  seen: readonly ObservedChild[],
  wallMs: number,
  memory: PassMemory,
): OnDeleteDecision {
  return new Decider(box, deletion, cr, subject, seen, wallMs, memory).decide();
}

class Decider {
  readonly #box: CompiledBox;
  readonly #deletion: CompiledDeletion;
  readonly #cr: KubeObject;
  readonly #subject: DeletionSubject;
  readonly #seen: readonly ObservedChild[];
  readonly #wallMs: number;
  readonly #memory: PassMemory;
  readonly #context: ClaimContext;
  readonly #completed: Set<ObjectKey>;
  readonly #changes: (CreateChild | DeleteChild)[] = [];
  readonly #jobs: DesiredChild[] = [];
  readonly #waits: string[] = [];
  readonly #problems: EntryProblem[] = [];
  #jobCount = 0;

  constructor(
    box: CompiledBox,
    deletion: CompiledDeletion,
    cr: KubeObject,
    subject: DeletionSubject,
    seen: readonly ObservedChild[],
    wallMs: number,
    memory: PassMemory,
  ) {
    this.#box = box;
    this.#deletion = deletion;
    this.#cr = cr;
    this.#subject = subject;
    this.#seen = seen;
    this.#wallMs = wallMs;
    this.#memory = memory;
    this.#context = claimContext(box);
    this.#completed = new Set(recordedJobs(cr));
    for (const child of seen) {
      if (child.onDelete && child.finished && child.failure === undefined && this.#isOwn(child)) {
        this.#completed.add(child.key);
      }
    }
  }

  decide(): OnDeleteDecision {
    const { groups } = this.#deletion;
    if (this.#cr.metadata.finalizers?.includes(foregroundFinalizer) === true) {
      // It would delete the Jobs too, as soon as they are created.
      this.#waits.push("the garbage collector to delete its children (--cascade=foreground)");
      return this.#ended(groups[0]);
    }
    for (const group of groups) {
      this.#group(group);
      if (this.#isUnfinished()) return this.#ended(group);
    }
    return this.#ended(undefined);
  }

  #ended(group: CompiledDeletionGroup | undefined): OnDeleteDecision {
    return {
      group: group === undefined ? undefined : describeGroup(group),
      changes: this.#changes,
      jobs: this.#jobs,
      waits: this.#waits,
      problems: this.#problems,
      completed: [...this.#completed].sort(),
    };
  }

  #isUnfinished(): boolean {
    return this.#waits.length > 0 || this.#problems.length > 0;
  }

  #group(group: CompiledDeletionGroup): void {
    const { plan, jobs, deletes } = group;
    if ("why" in this.#subject) return this.#fail(plan.id, this.#subject.why);
    const { data } = this.#subject;
    const gate = this.#gateOf(group, data);
    if (gate.state === "false") return;
    // Nothing is begun; what is done already, on the cluster, stays done.
    const blocked = gate.state === "unknown" ? gate.why : undefined;
    for (const entry of jobs) this.#runJobs(entry, data, blocked);
    if (this.#deletion.plan.ordered && this.#isUnfinished()) return;
    for (const entry of deletes) this.#deleteObjects(entry, data, blocked);
  }

  #gateOf(
    { gate, dependsOn }: CompiledDeletionGroup,
    data: JsonMap,
  ): { readonly state: "true" | "false" } | { readonly state: "unknown"; readonly why: string } {
    const unseen = whyUnseen(dependsOn, this.#memory);
    if (unseen !== undefined) return { state: "unknown", why: unseen };
    const both = [this.#deletion.gate, gate].map((each) => this.#evaluate(each, data));
    if (both.some(({ state }) => state === "false")) return { state: "false" };
    const unknown = both.find((result) => result.state === "unknown");
    if (unknown === undefined) return { state: "true" };
    return { state: "unknown", why: unevaluated(unknown, this.#deletion.plan.at) };
  }

  #evaluate(gate: CompiledEntry["gate"], data: JsonMap): GateResult {
    return evaluateGate(gate, data, { wallMs: this.#wallMs });
  }

  #runJobs(entry: CompiledEntry, data: JsonMap, blocked: string | undefined): void {
    const { plan } = entry;
    const elements = deletionElements(entry, data, this.#memory);
    if (typeof elements === "string") return this.#fail(plan.id, elements);
    const absent = new Set<string>();
    for (const { id, data: element } of elements) {
      if (this.#evaluate(entry.gate, element).state === "false") continue;
      if (++this.#jobCount > maxJobs) {
        return this.#fail(plan.id, `${plan.at}: more than ${maxJobs} Jobs for one object`);
      }
      const key = keyOfElement(this.#box, this.#cr, entry, plan.type, element);
      // Rendering the whole Job says why its name cannot be.
      if (typeof key !== "string") absent.add(id);
      else if (!this.#isDone(plan.type, key)) {
        const observed = this.#memory.child(plan.type, key);
        if (observed === undefined) absent.add(id);
        else this.#awaitJob(id, observed);
      }
    }
    if (absent.size === 0) return;
    if (blocked === undefined) this.#createJobs(entry, absent);
    else this.#fail(plan.id, blocked);
  }

  #isDone(type: ResourceType, key: ObjectKey): boolean {
    return this.#completed.has(key) || this.#memory.recall(type, key)?.unrunnableFor === this.#cr.metadata.uid;
  }

  #awaitJob(id: string, observed: ObservedChild): void {
    const what = describeChild(observed);
    const claim = claimOn(observed, this.#cr, this.#context);
    if (claim === "collected") this.#waits.push(`${what} of a former object to be gone`);
    else if (!isOwn(claim) || !observed.onDelete) {
      this.#problems.push(runNameTaken(id, observed, this.#cr, isOwn(claim)));
    } else if (observed.deleting) this.#waits.push(`${what} to be gone`);
    else if (observed.failure !== undefined) this.#problems.push(failedRun(id, observed, observed.failure));
    else this.#waits.push(runWait(observed));
  }

  #createJobs(entry: CompiledEntry, absent: ReadonlySet<string>): void {
    if ("why" in this.#subject) return;
    const { cr, data } = this.#subject;
    // A Job may run in a Namespace that the box created for the CR (ruling 49).
    const namespaces = this.#box.entries.filter(({ plan }) => groupKind(plan.type) === "Namespace");
    const box = { ...this.#box, entries: [...namespaces, entry] };
    const desired = desiredChildren(box, cr, data, this.#wallMs, this.#memory);
    this.#problems.push(...desired.problems.filter(({ entry }) => absent.has(entry)));
    for (const child of desired.children.filter(({ entry }) => absent.has(entry))) {
      const within = desired.children.find((other) => identityOf(other) === child.within);
      const namespace = within === undefined ? undefined : this.#memory.child(within.type, within.key);
      if (within !== undefined && (namespace === undefined || !mayHoldChildren(namespace, this.#cr, this.#context))) {
        this.#problems.push(withoutNamespace(child, child.object.metadata.namespace!, child.entry));
        continue;
      }
      const run = asRun(child);
      this.#jobs.push(run);
      this.#changes.push(createRun(run));
      this.#waits.push(runWait(child));
    }
  }

  #deleteObjects(entry: CompiledEntry, data: JsonMap, blocked: string | undefined): void {
    const { plan, gate } = entry;
    const type = this.#memory.served(plan.type);
    if (type === undefined) {
      const unseen = this.#memory.unseen(plan.type);
      return unseen === undefined ? undefined : this.#fail(plan.id, unseen); // there are no objects of this kind
    }
    const mayBeLeft = () =>
      this.#memory.unseen(plan.type) !== undefined ||
      this.#seen.some((child) => groupKind(child.type) === groupKind(type) && this.#mayDelete(child));
    const elements = deletionElements(entry, data, this.#memory);
    if (typeof elements === "string") return mayBeLeft() ? this.#fail(plan.id, elements) : undefined;
    for (const { id, data: element } of elements) {
      const key = keyOfElement(this.#box, this.#cr, entry, type, element);
      if (typeof key !== "string") {
        if (mayBeLeft()) this.#fail(id, key.message);
        continue;
      }
      const observed = this.#memory.child(type, key);
      if (observed === undefined || !this.#mayDelete(observed)) continue;
      const result = this.#evaluate(gate, element);
      if (result.state === "false") continue;
      const why = result.state === "unknown" ? unevaluated(result, plan.at) : blocked;
      if (why !== undefined) this.#fail(id, why);
      else this.#delete(id, observed);
    }
  }

  #delete(from: string, { type, key, uid, deleting }: ObservedChild): void {
    this.#waits.push(`${describeChild({ type, key })} to be gone`);
    if (deleting) return;
    const cause = { why: "deletion" } as const;
    this.#changes.push({ action: "delete", type, key, uid, from, propagation: "Foreground", cause });
  }

  #mayDelete(child: ObservedChild): boolean {
    return mayDeleteNamed(child, this.#cr, this.#context);
  }

  #isOwn(child: ObservedChild): boolean {
    return isOwn(claimOn(child, this.#cr, this.#context));
  }

  #fail(entry: string, why: string): void {
    this.#problems.push(failedEntry(entry, why));
  }
}

function unevaluated({ error }: GateResult & { readonly state: "unknown" }, at: string): string {
  return `${error.at === "" ? at : error.at}: the condition cannot be evaluated: ${error.message}`;
}

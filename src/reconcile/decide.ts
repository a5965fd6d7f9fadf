import { formatInstant } from "../base/clock.ts";
import { isMap, type Json, type JsonMap, parseJson } from "../base/json.ts";
import { annotations, isLabelValue } from "../k8s/names.ts";
import { groupKind, type KubeObject } from "../k8s/object.ts";
import { protectionLabel } from "../k8s/protection.ts";
import { RenderError, textOf } from "../template/compiled_text.ts";
import type { Cause, ChildChange, UpdateChild, UpdateChildPolicy } from "./change.ts";
import { describeChild } from "./change.ts";
import type { CompiledBox, CompiledLabel } from "./compile.ts";
import { type Desired, type DesiredChild, entryOf, identityOf, withoutReplicas } from "./desired.ts";
import { fixedDifferences, sizeOf } from "./difference.ts";
import { driftOf } from "./drift.ts";
import { type Applied, type ChildMemory, knownUidOf, type PassMemory, whyUnseen } from "./memory.ts";
import { coversDesired, expectedFields, isSameOwned } from "./owned_fields.ts";
import { nameTaken } from "./name_taken.ts";
import { isJob, type ObservedChild } from "./observed.ts";
import { type EntryProblem, failedEntry } from "./outcome.ts";
import { isProtecting, protectionValue } from "./protection.ts";
import {
  type Claim,
  type ClaimContext,
  claimContext,
  claimOn,
  isFree,
  isMarkedOtherwise,
  mayHoldChildren,
  otherKatalogOf,
} from "./ownership.ts";
import { decideScaling, type ScalingDecision } from "./scaling.ts";
import { createdOnly, decidePruning, Uncreatable } from "./prune.ts";

/** What a pass will do to the children of a CR. */
export interface ChildrenDecision {
  readonly changes: readonly ChildChange[];
  readonly problems: readonly EntryProblem[];
  /** Children of a former CR of the same name: garbage collection takes them first. */
  readonly waitingFor: readonly ObservedChild[];
  /** Kinds that are never changed in place, and differ from what is declared (ruling 43). */
  readonly notUpdated: readonly NotUpdated[];
  /** Proven up to date by `managedFields` alone: to be remembered. */
  readonly learned: readonly Learned[];
  /** The same input leads to something else later: a name that is taken is looked at again. */
  readonly expires: boolean;
  /** It does so after this time, in ms; absent: the resync is early enough. */
  readonly againMs?: number | undefined;
}

/** A child that cannot be changed in place, and the paths that differ, with the reason where it is known. */
export interface NotUpdated {
  readonly child: DesiredChild;
  readonly fields: readonly string[];
}

/** What a box is to remember of one object. */
export interface Learned {
  readonly child: DesiredChild;
  readonly memory: Partial<ChildMemory>;
}

interface Surroundings {
  readonly box: CompiledBox;
  readonly cr: KubeObject;
  readonly memory: PassMemory;
  /** The CR's generation is newer than `status.observedGeneration`. */
  readonly specChanged: boolean;
}

/** Compares desired with observed children. Every change has a cause. */
export function decideChildren(
  box: CompiledBox,
  cr: KubeObject,
  desired: Desired,
  seen: readonly ObservedChild[],
  memory: PassMemory,
): ChildrenDecision {
  const { generation } = cr.metadata;
  const last: unknown = cr["status"]?.observedGeneration;
  const decider = new ChildrenDecider({
    box,
    cr,
    memory,
    specChanged: typeof last === "number" && last !== generation,
  });
  for (const child of desired.children) decider.decide(child, desired);
  return decider.finish(desired, seen);
}

class ChildrenDecider {
  readonly #around: Surroundings;
  readonly #context: ClaimContext;
  readonly #changes: ChildChange[] = [];
  readonly #problems: EntryProblem[] = [];
  readonly #waitingFor: ObservedChild[] = [];
  readonly #notUpdated: NotUpdated[] = [];
  readonly #learned: Learned[] = [];
  readonly #uncreatable = new Uncreatable();
  #expires = false;
  #againMs: number | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#context = claimContext(around.box);
  }

  decide(child: DesiredChild, desired: Desired): void {
    const { memory, cr } = this.#around;
    const observed = memory.child(child.type, child.key);
    const recalled = memory.recall(child.type, child.key);
    if (child.within !== undefined && !this.#isProvided(child.within, desired)) {
      this.#uncreatable.add(child);
      return void this.#problems.push(withoutNamespace(child, child.object.metadata.namespace!, child.entry));
    }
    if (observed === undefined) return this.#absent(child, recalled);
    const claim = claimOn(observed, cr, { ...this.#context, knownUid: knownUidOf(recalled, cr) });
    switch (claim) {
      case "ours":
      case "damaged":
        if (recalled?.entry !== entryOf(child.entry)) {
          this.#learn(child, { entry: entryOf(child.entry) });
        }
        return this.#present(child, observed, recalled, claim);
      case "former":
        if (child.upkeep !== "create") return this.#takeOver(child, observed, { why: "former" });
        // It is left to itself, as under onCreate; but its values are this CR's now, and they age.
        if (child.rotation !== undefined && !observed.deleting) this.#rotate(child, observed, child.rotation);
        return this.#satisfied();
      case "collected":
        return void this.#waitingFor.push(observed);
      case "foreign":
        return this.#foreign(child, observed);
      default:
        return claim satisfies never;
    }
  }

  /** The Namespace exists and is ours, or this pass creates it. */
  #isProvided(namespace: string, desired: Desired): boolean {
    const { cr, memory } = this.#around;
    const child = desired.children.find((item) => identityOf(item) === namespace);
    const observed = child === undefined ? undefined : memory.child(child.type, child.key);
    const recalled = child === undefined ? undefined : memory.recall(child.type, child.key);
    if (child === undefined) return false;
    // Not by `taken`, which another CR may have found of the same name.
    if (observed !== undefined) return mayHoldChildren(observed, cr, this.#context);
    return recalled?.taken === undefined; // the writer creates the Namespace first
  }

  #absent(child: DesiredChild, recalled: ChildMemory | undefined): void {
    const { memory } = this.#around;
    const { type, key, object, digest, force, adopt, entry, upkeep } = child;
    const taken = recalled?.taken;
    if (upkeep === "create" && taken !== undefined && taken.untilMs > memory.nowMs) return void (this.#expires = true);
    // It finished and was cleaned up: the same Job is not run twice (ruling 43).
    if (isJob(type) && recalled?.ran === digest) return;
    this.#changes.push({
      action: "create",
      by: upkeep === "apply" ? "apply" : "post",
      type,
      key,
      object,
      digest,
      force,
      adopt,
      satisfiedByAny: upkeep === "create" && !adopt,
      entry,
      cause: { why: "absent" },
    });
    if (child.status !== undefined && upkeep !== "make") this.#updateStatus(child);
  }

  #present(child: DesiredChild, observed: ObservedChild, recalled: ChildMemory | undefined, claim: Claim): void {
    // Its DELETED event triggers another pass, which recreates it.
    if (observed.deleting) return;
    if (child.upkeep === "create") {
      if (claim === "ours" && child.rotation !== undefined) this.#rotate(child, observed, child.rotation);
      const fields = claim === "ours" ? policyDifference(child, observed) : [];
      if (fields.length > 0) this.#notUpdated.push({ child, fields });
      return;
    }
    if (child.upkeep === "make") return this.#fixed(child, observed, recalled, claim);
    const wanted = withLiveState(child, observed);
    const isMarked = isMarkedOtherwise(observed, this.#context);
    const applied = claim === "ours" && !isMarked ? this.#asApplied(wanted, observed, recalled?.applied) : undefined;
    const step = claim === "ours" ? this.#scale(child, observed) : undefined;
    if (step !== undefined) this.#scaled(withReplicas(wanted, step.to), observed, step);
    else if (applied === undefined) this.#update(wanted, observed, recalled);
    this.#statusOf(child, observed, recalled);
  }

  /** The step of `autoscale` that is due; what is to be known of it besides is noted. */
  #scale(child: DesiredChild, observed: ObservedChild): ScalingDecision["step"] {
    if (child.scaling === undefined) return undefined;
    const { step, problem, againMs } = decideScaling(child, child.scaling, observed, this.#around.memory);
    if (problem !== undefined) this.#problems.push(problem);
    if (againMs !== undefined) this.#againMs = Math.min(againMs, this.#againMs ?? Infinity);
    return step;
  }

  /** The apply carries whatever else is to be changed. */
  #scaled(child: DesiredChild, observed: ObservedChild, step: NonNullable<ScalingDecision["step"]>): void {
    const { type, key, object, digest, force, entry } = child;
    const cause = { why: "scale", ...step } as const;
    const fields = ["spec.replicas"];
    this.#changes.push({ action: "update", type, key, object, digest, force, entry, uid: observed.uid, cause, fields });
  }

  /**
   * Replaced in place, so that no mount and no reference sees a gap (D33), and in the state that was read: two Runtimes
   * rotate it once. Of a Secret that does not say when it was made, or that says a time to come (a clock was wrong), the
   * age counts from now.
   */
  #rotate(
    child: DesiredChild,
    observed: ObservedChild,
    { afterMs, nowMs }: NonNullable<DesiredChild["rotation"]>,
  ): void {
    // Its age is looked at on every resync.
    this.#expires = true;
    const madeMs = Date.parse(observed.generatedAt ?? "");
    const isUnknown = Number.isNaN(madeMs) || madeMs > nowMs + clockSkewMs;
    if (!isUnknown && nowMs < madeMs + afterMs) return;
    const { type, key, entry, object } = child;
    const { [annotations.generatedAt]: made, [annotations.rotateAfter]: after } = object.metadata.annotations ?? {};
    const marks = {
      uid: observed.uid,
      resourceVersion: observed.resourceVersion,
      annotations: { [annotations.generatedAt]: made!, [annotations.rotateAfter]: after! },
    };
    const patch: JsonMap = isUnknown ? { metadata: marks } : { metadata: marks, data: object["data"] ?? {} };
    const fields = isUnknown ? [] : ["data"];
    this.#changes.push({ action: "rotate", type, key, entry, uid: observed.uid, patch, fields, cause: { why: "age" } });
  }

  /** One record a child. */
  #learn(child: DesiredChild, memory: Partial<ChildMemory>): void {
    const last = this.#learned.at(-1);
    if (last?.child !== child) return void this.#learned.push({ child, memory });
    this.#learned[this.#learned.length - 1] = { child, memory: { ...last.memory, ...memory } };
  }

  /**
   * Is a child as declared? By memory: it is what the last apply of this very object produced. Without memory, by
   * proof: the digest that it carries is that of the desired object, and the applied set still covers every leaf of it
   * (a writer that changes a value takes the field from us).
   */
  #asApplied(child: DesiredChild, observed: ObservedChild, applied: Applied | undefined): Applied | undefined {
    if (applied !== undefined && applied.digest === child.digest) {
      return isSameApplied(child, applied, observed) ? applied : undefined;
    }
    if (observed.applied !== child.digest || observed.owned === undefined) return undefined;
    if (!coversDesired(observed.owned.fields, child.autoscaled ? withoutReplicas(child.object) : child.object)) {
      return undefined;
    }
    const proven = { digest: child.digest, owned: observed.owned };
    this.#learn(child, { applied: proven, uid: observed.uid, owner: this.#around.cr.metadata.uid });
    return proven;
  }

  #update(child: DesiredChild, observed: ObservedChild, recalled: ChildMemory | undefined): void {
    const { type, key, object, digest, force, entry } = child;
    const { cause, fields } = this.#causeOf(child, observed, recalled?.applied);
    this.#changes.push({ action: "update", type, key, object, digest, force, entry, uid: observed.uid, cause, fields });
  }

  #causeOf(
    child: DesiredChild,
    observed: ObservedChild,
    applied: Applied | undefined,
  ): { cause: Cause; fields: readonly string[] } {
    if (observed.labelled.formerBox !== undefined) return { cause: { why: "former" }, fields: [] };
    const last = applied?.digest ?? observed.applied;
    // Never applied: it was only created until now, under onCreate.
    const isFirst = last === undefined && observed.owned === undefined && child.upkeep === "apply";
    if (isFirst || (last !== undefined && last !== child.digest)) {
      return { cause: { why: this.#around.specChanged ? "spec" : "declared" }, fields: [] };
    }
    if (isMarkedOtherwise(observed, this.#context)) {
      const katalog = otherKatalogOf(observed, this.#context);
      const fields = [`metadata.annotations["${annotations.declaredBy}"]`];
      return applied === undefined || katalog === undefined
        ? { cause: { why: "declared" }, fields }
        : { cause: { why: "drift", by: `Katalog ${katalog}` }, fields };
    }
    const before = applied?.owned === undefined ? expectedFields(child.object) : parseJson(applied.owned.fields);
    const { fields, by } = driftOf(isMap(before) ? before : {}, observed);
    return { cause: { why: "drift", by }, fields };
  }

  /** Of a kind that is never changed in place: only its marks are restored, a claim grows, the rest is reported. */
  #fixed(child: DesiredChild, observed: ObservedChild, recalled: ChildMemory | undefined, claim: Claim): void {
    const isMarked = isMarkedOtherwise(observed, this.#context);
    if (observed.applied === child.digest && claim === "ours" && !isMarked) return;
    const { type, key, entry } = child;
    const differences = fixedDifferences(child.object, observed.fixed);
    const size = observed.fixed !== undefined && groupKind(type) === "PersistentVolumeClaim"
      ? sizeOf(child.object, observed.fixed)
      : undefined;
    const marked = withMarksOnly(child, observed, differences);
    if (claim !== "ours" || isMarked) this.#update(marked, observed, recalled);
    const refused = size?.grows === true ? refusalOf(child, observed, recalled) : undefined;
    if (size?.grows === true && refused === undefined) {
      const patch = { metadata: { uid: observed.uid }, spec: { resources: { requests: { storage: size.wanted } } } };
      const cause = { why: "declared" } as const;
      this.#changes.push({
        action: "resize",
        type,
        key,
        entry,
        uid: observed.uid,
        patch,
        fields: [storagePath],
        cause,
      });
    }
    const left = differences.flatMap((path) =>
      size?.grows !== true || path !== storagePath ? [path] : refused === undefined ? [] : [refused]
    );
    if (claim === "ours" && !isMarked && policyDifference(child, observed).length > 0) {
      this.#changes.push(policyChange(child, observed, left.length === 0 ? child.digest : undefined));
    }
    if (left.length > 0) this.#notUpdated.push({ child, fields: left });
  }

  #statusOf(child: DesiredChild, observed: ObservedChild, recalled: ChildMemory | undefined): void {
    const { status, digest } = child;
    if (status === undefined) return;
    const applied = recalled?.appliedStatus;
    if (applied !== undefined && applied.digest === digest) {
      if (isSameOwned(applied.owned, observed.ownedStatus)) return;
    } else if (observed.applied === digest && observed.ownedStatus !== undefined) {
      if (coversDesired(observed.ownedStatus.fields, status)) {
        this.#learn(child, { appliedStatus: { digest, owned: observed.ownedStatus } });
        return;
      }
    }
    this.#updateStatus(child);
  }

  #updateStatus({ type, key, status, digest, force, entry }: DesiredChild): void {
    this.#changes.push({
      action: "updateStatus",
      type,
      key,
      object: status!,
      digest,
      force,
      entry,
      cause: { why: "declared" },
    });
  }

  #foreign(child: DesiredChild, observed: ObservedChild): void {
    if (child.upkeep === "create" && !child.adopt) return this.#satisfied();
    if (child.adopt && isFree(observed, this.#around.cr)) {
      return this.#takeOver(child, observed, { why: "adopt" });
    }
    this.#uncreatable.add(child);
    this.#problems.push(nameTaken(child, observed, this.#around.cr));
  }

  /** By an object that is not ours: nothing tells this CR when it goes, so it is looked at on every resync. */
  #satisfied(): void {
    this.#expires = true;
  }

  #takeOver(child: DesiredChild, observed: ObservedChild, cause: Cause): void {
    if (observed.deleting) return void this.#waitingFor.push(observed);
    this.#changes.push(takeOver(child, observed, cause));
  }

  finish(desired: Desired, seen: readonly ObservedChild[]): ChildrenDecision {
    this.#changes.push(...decidePruning(this.#around, desired, seen, this.#uncreatable));
    return {
      changes: this.#changes,
      problems: this.#problems,
      waitingFor: this.#waitingFor,
      notUpdated: this.#notUpdated,
      learned: this.#learned,
      expires: this.#expires,
      againMs: this.#againMs,
    };
  }
}

/** The change that takes an object over. An annotation records that, so that it never counts as created by us. */
export function takeOver(child: DesiredChild, observed: ObservedChild, cause: Cause): UpdateChild {
  const { type, key, digest, force, entry } = child;
  const whole = child.upkeep === "apply"
    ? withLiveState(child, observed)
    : child.upkeep === "create"
    ? withApplied(child, createdOnly)
    : withMarksOnly(child, observed, fixedDifferences(child.object, observed.fixed));
  const object = cause.why === "adopt" ? withAdopted(whole.object) : whole.object;
  return { action: "adopt", type, key, object, digest, force, entry, uid: observed.uid, fields: [], cause };
}

/** A child cannot be written without its Namespace, which is a child of the same CR. */
export function withoutNamespace(
  child: Parameters<typeof describeChild>[0],
  namespace: string,
  entry: string,
): EntryProblem {
  const message = `${describeChild(child)} is not written: this object has not made its Namespace ${namespace}`;
  return { entry, state: "failed", reason: "ReconcileError", follows: true, message };
}

/** Keeps what the live object decides: replicas that an autoscaler sets, since when, and that it was taken over. */
export function withLiveState(child: DesiredChild, observed: ObservedChild): DesiredChild {
  const adopted = observed.adopted ? withAdopted(child.object) : child.object;
  const object = child.autoscaled && observed.lastScale !== undefined
    ? withAnnotation(adopted, annotations.lastScale, observed.lastScale)
    : adopted;
  if (!child.autoscaled || observed.replicas === undefined) {
    return object === child.object ? child : { ...child, object };
  }
  return { ...child, object: { ...object, spec: { ...object["spec"], replicas: observed.replicas } } };
}

/** With another number of Pods, and the time of that. */
function withReplicas(child: DesiredChild, replicas: number): DesiredChild {
  const { object, scaling } = child;
  const time = formatInstant(scaling?.wallMs ?? 0);
  const scaled = { ...object, spec: { ...object["spec"], replicas } };
  return { ...child, object: withAnnotation(scaled, annotations.lastScale, time) };
}

/** Clocks of nodes differ by less. */
const clockSkewMs = 5 * 60_000;

const storagePath = "spec.resources.requests.storage";

/**
 * Only what marks a child as ours, for kinds that are never changed in place. The digest says what it was created from:
 * the declared object when nothing differs.
 */
function withMarksOnly(child: DesiredChild, observed: ObservedChild, differences: readonly string[]): DesiredChild {
  return withApplied(child, differences.length === 0 ? child.digest : observed.applied ?? "former");
}

/** A child of an entry that only creates is never changed: its policy is that of its creation (ruling 1). */
function policyDifference({ object }: DesiredChild, { retained }: ObservedChild): string[] {
  return isRetained(object) === retained ? [] : [`deletionPolicy, still ${retained ? "Retain" : "Delete"}`];
}

function isRetained({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[annotations.deletionPolicy] === "Retain";
}

function policyChange(child: DesiredChild, { uid }: ObservedChild, applied: string | undefined): UpdateChildPolicy {
  const { type, key, object, entry } = child;
  const retain = isRetained(object);
  const [owner] = object.metadata.ownerReferences ?? [];
  const fields = [`deletionPolicy ${retain ? "Retain" : "Delete"}`];
  const cause = { why: "declared" } as const;
  return { action: "updatePolicy", type, key, entry, uid, retain, owner, applied, fields, cause };
}

function withApplied(child: DesiredChild, applied: string): DesiredChild {
  const { apiVersion, kind, metadata } = child.object;
  return { ...child, object: withAnnotation({ apiVersion, kind, metadata }, annotations.applied, applied) };
}

/** Why the API server refused to grow the claim in this state; `undefined` when it was not tried. */
function refusalOf(
  child: DesiredChild,
  observed: ObservedChild,
  recalled: ChildMemory | undefined,
): string | undefined {
  const refused = recalled?.refused;
  if (refused?.digest !== child.digest || refused.resourceVersion !== observed.resourceVersion) return undefined;
  return describeRefusal(refused.why);
}

/** A growth that was refused, as it is reported. */
export function describeRefusal(why: string): string {
  return `${storagePath} (${why})`;
}

function withAdopted(object: KubeObject): KubeObject {
  return withAnnotation(object, annotations.adopted, "true");
}

function withAnnotation(object: KubeObject, key: string, value: string): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [key]: value } } };
}

/** An autoscaler takes ownership of `spec.replicas` whenever it scales: that is no drift. */
function isSameApplied(child: DesiredChild, applied: Applied, { owned }: ObservedChild): boolean {
  if (isSameOwned(applied.owned, owned)) return true;
  if (!child.autoscaled || applied.owned === undefined || owned === undefined) return false;
  const [before, now] = [fieldsWithoutReplicas(applied.owned.fields), fieldsWithoutReplicas(owned.fields)];
  return before !== undefined && before === now;
}

function fieldsWithoutReplicas(fields: string): string | undefined {
  const set: Json = parseJson(fields);
  if (!isMap(set) || !isMap(set["f:spec"])) return undefined;
  const { "f:replicas": _replicas, ...spec } = set["f:spec"];
  return JSON.stringify({ ...set, "f:spec": spec });
}

/**
 * Labels and finalizers to add to or remove from the CR, as a JSON merge patch; `undefined` when nothing differs. A
 * label that cannot be written stays as it is, and is added to `problems`.
 */
export function decideCrPatch(
  box: CompiledBox,
  cr: KubeObject,
  data: JsonMap,
  ownedLabels: readonly string[],
  needsFinalizer: boolean,
  problems: EntryProblem[],
  memory: Pick<PassMemory, "unseen">,
): JsonMap | undefined {
  const metadata: JsonMap = {};
  const labels: JsonMap = {};
  const declared = new Set<string>();
  for (const label of box.labels) {
    const { key } = label;
    const text = labelOf(label, data, problems, memory);
    if (text === "") continue;
    declared.add(key);
    if (text !== undefined && cr.metadata.labels?.[key] !== text) labels[key] = text;
  }
  if (isProtecting(box)) {
    declared.add(protectionLabel);
    const value = protectionValue(box, cr);
    if (value !== undefined) labels[protectionLabel] = value;
  }
  // Labels that we set and that are not declared any more, or render to nothing (ruling 65).
  for (const key of ownedLabels) if (!declared.has(key) && cr.metadata.labels?.[key] !== undefined) labels[key] = null;
  if (Object.keys(labels).length > 0) metadata["labels"] = labels;
  const finalizers = cr.metadata.finalizers ?? [];
  const wanted = finalizersOf(box, finalizers, needsFinalizer);
  if (wanted !== undefined) metadata["finalizers"] = wanted;
  if (Object.keys(metadata).length === 0) return undefined;
  // Only on the state that was read: a list is replaced as a whole, and the response must not hide others' changes.
  return { metadata: { ...metadata, resourceVersion: cr.metadata.resourceVersion ?? "" } };
}

/** The finalizers that a CR is to have; `undefined`: those that it has. */
function finalizersOf(
  { plan, finalizers: ours }: CompiledBox,
  present: readonly string[],
  needsOwn: boolean,
): string[] | undefined {
  const [own] = ours;
  if (plan.removesFinalizers === true) {
    const left = present.filter((item) => !ours.includes(item));
    return left.length === present.length ? undefined : left;
  }
  const declared = plan.finalizers ?? [];
  // Those under former names are removed once the present one is set.
  const others = present.filter((item) => item === own || declared.includes(item) || !ours.includes(item));
  const missing = [...declared, ...needsOwn ? [own] : []].filter((item) => !others.includes(item));
  const replaces = needsOwn && others.length + missing.length !== present.length;
  return replaces || missing.length > 0 ? [...others, ...missing] : undefined;
}

/** The value of a label; `undefined`: it cannot be rendered, which is a problem of this label alone. */
function labelOf(
  { key, value, dependsOn }: CompiledLabel,
  data: JsonMap,
  problems: EntryProblem[],
  memory: Pick<PassMemory, "unseen">,
): string | undefined {
  const entry = `labels["${key}"]`;
  const failed = (why: string): undefined => void problems.push(failedEntry(entry, why));
  const unseen = whyUnseen(dependsOn, memory);
  if (unseen !== undefined) return failed(unseen);
  try {
    const text = textOf(value, data).trim();
    if (isLabelValue(text)) return text;
    return failed(
      `${value.at}: "${text}" is no label value: at most 63 letters, digits, hyphens, underscores and dots`,
    );
  } catch (error) {
    if (error instanceof RenderError) return failed(error.message);
    throw error;
  }
}

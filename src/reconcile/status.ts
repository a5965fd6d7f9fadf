import type { Json, JsonMap } from "../base/json.ts";
import { equalJson, isMap, ownValue } from "../base/json.ts";
import { formatTime } from "../base/clock.ts";
import { compareText } from "../base/finding.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { type ConditionError, evaluateGate } from "../conditions/mod.ts";
import { type Condition, groupKind, type KubeObject, valueAt, withValueAt } from "../k8s/object.ts";
import { conditionsOf } from "../readiness/mod.ts";
import { RenderError, valueOf } from "../template/compiled_text.ts";
import { cleanupCondition } from "./cleanup.ts";
import { describeChild } from "./change.ts";
import type { NotUpdated } from "./decide.ts";
import type { CompiledBox, CompiledStatusField } from "./compile.ts";
import type { DesiredChild } from "./desired.ts";
import { isJob, type ObservedChild } from "./observed.ts";
import type { EntryProblem } from "./outcome.ts";
import { protectionCondition, protectionConditions } from "./protection.ts";

/** The result of a pass, as far as the status shows it. */
export interface PassResult {
  /** `failed`: it ended before its entries were evaluated; `reconciled`: see `problems`. */
  readonly kind: "reconciled" | "failed" | "denied";
  /** Why it failed or was denied; "" when it was reconciled. */
  readonly message: string;
  /** False: it ended before the rules of `validation` were evaluated, so nothing is known of them. */
  readonly judged: boolean;
  readonly warnings: readonly string[];
  readonly problems: readonly EntryProblem[];
  /** Children of a former CR that must be gone first. */
  readonly waitingFor: readonly ObservedChild[];
  readonly notUpdated: readonly NotUpdated[];
  /** When the CR is to be deleted, as its conditions say; absent: they do not hold. */
  readonly cleanupDueMs?: number | undefined;
  /** Desired children, and the live ones after the pass's own writes; `undefined`: not observed, or not ours. */
  readonly children: readonly { readonly child: DesiredChild; readonly observed: ObservedChild | undefined }[];
  /** Kinds of which children may exist, for the cleanup after the next Katalog. */
  readonly kinds: readonly string[];
  /** `groupKind`s whose objects cannot be read: fields that read them stay as they are. */
  readonly unseen: readonly string[];
}

export interface StatusDecision {
  /** A JSON merge patch of `status`; `undefined` when nothing changes. */
  readonly patch: JsonMap | undefined;
  /** The whole desired status. */
  readonly wanted: JsonMap;
  /** Only the children that are not ready yet differ: not worth a write for each step. */
  readonly isProgressOnly: boolean;
  /** Fields that could not be evaluated: reported, never fatal. */
  readonly failures: readonly string[];
}

/** Length of a condition's message. */
export const maxMessage = 1024;
/** Entries, or children, that one message names. */
const maxNamed = 3;

/**
 * The status after a pass. Declared fields are evaluated against the status at the start of the pass and the children
 * as they are after its writes, later entries win (rulings 6, 7); after a failure only those with
 * conditions are. Conditions of other writers are kept, and `lastTransitionTime` changes only with the condition's
 * status. `pruned` are paths that the CRD's schema does not have.
 */
export function nextStatus(
  box: CompiledBox,
  cr: KubeObject,
  data: JsonMap,
  result: PassResult,
  clock: { readonly wallMs: number; readonly time: string },
  pruned: readonly (readonly string[])[] = [],
): StatusDecision {
  const before: JsonMap = isMap(cr["status"]) ? cr["status"] : {};
  const failures: string[] = [];
  const failed = result.kind !== "reconciled" || result.problems.some(({ state }) => state === "failed");
  let after: JsonMap = before;
  for (const field of box.status) {
    if (failed && !field.conditional) continue;
    if (field.dependsOn.some((type) => result.unseen.includes(groupKind(type)))) continue;
    const outcome = evaluate(field, data, clock.wallMs);
    if (typeof outcome === "string") failures.push(outcome);
    else if (outcome.set) {
      const next = withValueAt(after, field.plan.path, outcome.value);
      if (isMap(next)) after = next;
      else {failures.push(
          `status.${field.plan.path.join(".")}: ${field.value.at}: the path leads through a value that is no map`,
        );}
    }
  }
  return {
    ...withConditions(box, cr, after, newConditions(box, cr, data, result, clock.wallMs), clock.time, pruned),
    failures,
  };
}

/**
 * The conditions alone: of a pass that ended before its declared fields could be evaluated, or whose declared status the
 * API server refused, `refusal` being what it said (ruling 66). Whatever else failed, or denies the CR, is still said.
 */
export function conditionsStatus(
  box: CompiledBox,
  cr: KubeObject,
  result: PassResult,
  refusal: string | undefined,
  time: string,
  pruned: readonly (readonly string[])[] = [],
): StatusDecision {
  const before: JsonMap = isMap(cr["status"]) ? cr["status"] : {};
  const verdict = verdictOf(result);
  const causes = [verdict?.message, refusal].filter((text) => text !== undefined);
  const failure = refusal === undefined && verdict !== undefined
    ? verdict
    : { reason: "ReconcileError", message: firstOf(causes) };
  return {
    ...withConditions(box, cr, before, unsyncedConditions(box, cr, result, failure), time, pruned),
    failures: [],
  };
}

/** The status with these fields and conditions. */
export function withConditions(
  box: CompiledBox,
  cr: KubeObject,
  fields: JsonMap,
  conditions: readonly NewCondition[],
  time: string,
  pruned: readonly (readonly string[])[],
): Omit<StatusDecision, "failures"> {
  const before: JsonMap = isMap(cr["status"]) ? cr["status"] : {};
  const { generation } = cr.metadata;
  let after: JsonMap = generation === undefined || box.plan.ignoresGeneration === true
    ? fields
    : { ...fields, observedGeneration: generation };
  after = { ...after, conditions: mergeConditions(box, before["conditions"], conditions, generation, time) };
  for (const path of pruned) {
    if (valueAt(after, path) !== undefined) after = withValueAt(after, path, undefined) as JsonMap;
  }
  const patch = mergePatch(before, after);
  return { patch, wanted: after, isProgressOnly: patch !== undefined && isProgressOnly(before, after) };
}

/**
 * Paths of the desired status that are missing in the API server's response: the CRD's schema does not have them.
 * Keeping them would mean a patch in every pass, without effect.
 */
export function prunedPaths(wanted: JsonMap, got: Json | undefined, below: readonly string[] = []): string[][] {
  const have = isMap(got) ? got : {};
  return Object.entries(wanted).flatMap(([key, value]) => {
    const path = [...below, key];
    if (!Object.hasOwn(have, key)) return value === null ? [] : [path];
    return isMap(value) ? prunedPaths(value, have[key], path) : [];
  });
}

function evaluate(
  field: CompiledStatusField,
  data: JsonMap,
  wallMs: number,
): { readonly set: boolean; readonly value?: Json | undefined } | string {
  const path = `status.${field.plan.path.join(".")}: ${field.value.at}`;
  const gate = evaluateGate(field.gate, data, { wallMs });
  if (gate.state === "unknown") return `${path}: the condition cannot be evaluated: ${gate.error.message}`;
  if (gate.state === "false") {
    const cleared = isTextual(field.plan.type) ? "" : undefined;
    return field.plan.clearOnFalse ? { set: true, value: cleared } : { set: false };
  }
  try {
    const value = typed(valueOf(field.value, data), field.plan.type);
    return value instanceof Mistyped ? `${path}: ${value.why}` : { set: true, value };
  } catch (error) {
    if (error instanceof RenderError) return `status.${field.plan.path.join(".")}: ${error.message}`;
    throw error;
  }
}

/** A value that does not fit its declared type. */
class Mistyped {
  constructor(readonly why: string) {}
}

/** What `clearOnFalse` leaves: "" in a text, nothing where the schema wants a number or a boolean. */
function isTextual(type: CompiledStatusField["plan"]["type"]): boolean {
  return type === "keep" || type === "string" || type === "auto";
}

/** Absent stays absent: the key is dropped (ruling 13). */
function typed(value: Json | undefined, type: CompiledStatusField["plan"]["type"]): Json | undefined | Mistyped {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === "string" ? value : undefined;
  switch (type) {
    case "keep":
      return value;
    case "string":
      return text ?? (typeof value === "object" ? new Mistyped("is a list or a map, not text") : String(value));
    case "int": {
      if (typeof value === "bigint" || Number.isInteger(value)) return value;
      if (text?.trim() === "") return undefined;
      return text !== undefined && /^\s*[-+]?\d{1,15}\s*$/.test(text)
        ? Number(text)
        : new Mistyped(`"${text ?? String(value)}" is not a whole number`);
    }
    case "float": {
      if (typeof value === "number" || typeof value === "bigint") return value;
      if (text?.trim() === "") return undefined;
      const number = Number(text ?? "x");
      return Number.isFinite(number) ? number : new Mistyped(`"${text ?? "a value"}" is not a number`);
    }
    case "bool":
      if (typeof value === "boolean") return value;
      if (text?.trim() === "") return undefined;
      if (/^\s*true\s*$/i.test(text ?? "")) return true;
      return /^\s*false\s*$/i.test(text ?? "")
        ? false
        : new Mistyped(`"${text ?? String(value)}" is neither true nor false`);
    case "auto":
      return text === undefined ? value : inferred(text);
    default:
      return type satisfies never;
  }
}

function inferred(text: string): Json {
  const trimmed = text.trim();
  if (trimmed === "true" || trimmed === "false") return trimmed === "true";
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(trimmed) ? Number(trimmed) : text;
}

/** Do the statuses differ in the message of `Ready` alone, with one reason of progress before and after? */
function isProgressOnly(before: JsonMap, after: JsonMap): boolean {
  return equalJson(withoutProgress(before), withoutProgress(after));
}

const progressReasons: ReadonlySet<unknown> = new Set(["Progressing", "Deleting"]);

function withoutProgress(status: JsonMap): JsonMap {
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const plain = conditions.map((item) => {
    if (!isMap(item) || item["type"] !== "Ready" || !progressReasons.has(item["reason"])) return item;
    const { message: _message, ...rest } = item;
    return rest;
  });
  return { ...status, conditions: plain };
}

/** A condition without the fields that only stored ones have. */
export type NewCondition = Omit<Condition, "lastTransitionTime" | "observedGeneration">;

/** Types that are the box's own: one that no longer applies is removed. */
const ownTypes: ReadonlySet<string> = new Set([
  "Synced",
  "Ready",
  "ChildKinds",
  "NotUpdated",
  "DeletionJobs",
  cleanupCondition,
  protectionCondition,
]);

/** Why not everything that is declared is written. */
export interface Verdict {
  readonly reason: string;
  readonly message: string;
}

/** `undefined` when everything that is declared is written. */
export function verdictOf(
  result: Pick<PassResult, "kind" | "message" | "problems" | "waitingFor">,
): Verdict | undefined {
  if (result.kind === "denied") return { reason: "ValidationFailed", message: result.message };
  if (result.kind === "failed") return { reason: "ReconcileError", message: result.message };
  const causes = result.problems.filter(({ state, follows }) => state === "failed" && follows !== true);
  const failed = [...causes, ...result.problems.filter(({ state, follows }) => state === "failed" && follows === true)];
  const rest = result.problems.filter(({ state }) => state === "waiting");
  if (failed.length > 0) {
    const others = (causes.length > 0 ? causes : failed).some(({ reason }) => reason !== "NameTaken");
    const texts = [...failed, ...rest].map(({ message }) => message);
    return { reason: others ? "ReconcileError" : "NameTaken", message: firstOf(texts) };
  }
  if (rest.length > 0) return { reason: "Waiting", message: firstOf(rest.map(({ message }) => message)) };
  if (result.waitingFor.length === 0) return undefined;
  const names = firstOf(result.waitingFor.map((child) => describeChild(child)), ", ");
  return { reason: "Waiting", message: `waiting until ${names} of a former object is gone` };
}

/** The first three, and how many more there are. */
export function firstOf(texts: readonly string[], separator = "; "): string {
  const more = texts.length > maxNamed ? ` (and ${texts.length - maxNamed} more)` : "";
  const maxText = Math.floor(maxMessage / Math.min(texts.length, maxNamed)) - 24;
  return texts.slice(0, maxNamed).map((text) => shortenMiddle(text, maxText)).join(separator) + more;
}

function newConditions(
  box: CompiledBox,
  cr: KubeObject,
  data: JsonMap,
  result: PassResult,
  wallMs: number,
): NewCondition[] {
  const verdict = verdictOf(result);
  if (verdict !== undefined) return unsyncedConditions(box, cr, result, verdict);
  return withOthers(box, cr, result, [
    { type: "Synced", status: "True", reason: "Synced", message: recordOf(result.kinds) },
    { type: "Ready", ...readiness(box, cr, data, result, wallMs) },
  ]);
}

function unsyncedConditions(box: CompiledBox, cr: KubeObject, result: PassResult, verdict: Verdict): NewCondition[] {
  return withOthers(box, cr, result, [
    { type: "Synced", status: "False", ...verdict },
    { type: "Ready", status: "False", ...verdict },
    childKinds(result.kinds),
  ]);
}

function withOthers(
  box: CompiledBox,
  cr: KubeObject,
  result: PassResult,
  conditions: readonly NewCondition[],
): NewCondition[] {
  const others: NewCondition[] = [];
  if (result.notUpdated.length > 0) {
    const message = describeNotUpdated(result.notUpdated);
    others.push({ type: "NotUpdated", status: "True", reason: "Immutable", message });
  }
  if (result.cleanupDueMs !== undefined) {
    const message = `its conditions for cleanup hold; it is deleted at ${formatTime(result.cleanupDueMs)}`;
    others.push({ type: cleanupCondition, status: "True", reason: "ConditionsHold", message });
  }
  others.push(...protectionConditions(box, cr), ...validationConditions(box, result));
  return [...conditions, ...others]
    .map((condition) => ({ ...condition, message: shortenMiddle(condition.message, maxMessage) }));
}

/** Children that stay as they are, what differs in each, and what to do. */
export function describeNotUpdated(notUpdated: PassResult["notUpdated"]): string {
  const texts = notUpdated.map(({ child, fields }) => `${describeChild(child)} (${fields.join(", ")})`);
  const holdsData = notUpdated.some(({ child }) => groupKind(child.type) === "PersistentVolumeClaim");
  const advice = `to have it recreated as declared, delete it${holdsData ? "; the data of a claim goes with it" : ""}`;
  return `declared otherwise, but never changed in place: ${firstOf(texts, ", ")}; ${advice}`;
}

const recordStart = "kinds of children: ";

/** The record of kinds, while `Synced` has to say something else. */
export function childKinds(kinds: readonly string[]): NewCondition {
  return { type: "ChildKinds", status: "True", reason: "Recorded", message: recordOf(kinds) };
}

/** Message of `Synced` when it is true: the kinds, which the next Katalog may not have any more. */
export function recordOf(kinds: readonly string[]): string {
  return kinds.length === 0 ? "no children" : `${recordStart}${[...kinds].sort(compareText).join(", ")}`;
}

/**
 * The kinds of which a former pass created children, as `groupKind`s, according to the status; `undefined` when the
 * status has no record.
 */
export function recordedKinds(cr: KubeObject): string[] | undefined {
  const record = conditionsOf(cr).find(({ type, reason }) =>
    (type === "Synced" && reason === "Synced") || type === "ChildKinds"
  );
  if (record === undefined) return undefined;
  const { message } = record;
  if (message === "no children") return [];
  return message.startsWith(recordStart) ? message.slice(recordStart.length).split(", ") : undefined;
}

/** The CR as if nothing were recorded in its status: where the author of a CR writes that, nothing in it is a record. */
export function withoutConditions(cr: KubeObject): KubeObject {
  const status: unknown = cr["status"];
  if (!isMap(status) || ownValue(status, "conditions") === undefined) return cr;
  const { conditions: _conditions, ...rest } = status;
  return { ...cr, status: rest };
}

/** It was written by a version that recorded no kinds. Without conditions in the schema there is no record either. */
export function isFormerStatus(cr: KubeObject): boolean {
  const types = conditionsOf(cr).map(({ type }) => type);
  return types.includes("Ready") && !types.includes("Synced");
}

function readiness(
  box: CompiledBox,
  cr: KubeObject,
  data: JsonMap,
  { children }: PassResult,
  wallMs: number,
): Pick<Condition, "status" | "reason" | "message"> {
  const ready = { status: "True", reason: "Ready", message: "" } as const;
  const progressing = (message: string) => ({ status: "False", reason: "Progressing", message }) as const;
  if (box.readyWhen !== undefined) {
    const gate = evaluateGate(box.readyWhen, data, { wallMs });
    if (gate.state === "true") return ready;
    return progressing(`readyWhen: ${gate.state === "false" ? gate.reason : errorOf(gate.error)}`);
  }
  const texts: string[] = [];
  for (const { child, observed } of children) {
    const why = whyNotReady(child, observed, cr, data, wallMs);
    if (why !== undefined) texts.push(why);
  }
  return texts.length === 0 ? ready : progressing(`not ready: ${firstOf(texts)}`);
}

/**
 * A child that progresses is named without its progress: each step would be a write of the status. A failed one has its
 * reason.
 */
function whyNotReady(
  child: DesiredChild,
  observed: ObservedChild | undefined,
  cr: KubeObject,
  data: JsonMap,
  wallMs: number,
): string | undefined {
  const what = describeChild(child, cr);
  // Not ours, which satisfies an entry that only asks for it to exist.
  if (observed === undefined) return child.upkeep === "create" || isJob(child.type) ? undefined : what;
  // Whatever its last state says, and before its own event: this pass may have deleted it, to recreate it.
  if (observed.deleting) return what;
  if (child.readyWhen !== undefined) {
    const own = { ...child.data, children: data["children"]!, child: observed.view as unknown as Json };
    const gate = evaluateGate(child.readyWhen, own, { wallMs });
    if (gate.state === "true") return undefined;
    // What cannot be evaluated may never be: without the reason nobody would look for it.
    return gate.state === "false" ? what : `${what}: readyWhen: ${errorOf(gate.error)}`;
  }
  const { state, message } = observed.readiness;
  if (state === "ready") return undefined;
  return state === "failed" ? `${what}: ${message}` : what;
}

function errorOf({ at, message }: ConditionError): string {
  return at === "" || message.startsWith(at) ? message : `${at}: ${message}`;
}

function validationConditions(box: CompiledBox, result: PassResult): NewCondition[] {
  if (box.plan.validation.length === 0) return [];
  if (!result.judged) {
    const unknown = { status: "Unknown", reason: "NotEvaluated", message: result.message } as const;
    return [{ type: "ValidationFailed", ...unknown }, { type: "ValidationWarning", ...unknown }];
  }
  const { kind, message, warnings } = result;
  return [
    kind === "denied"
      ? { type: "ValidationFailed", status: "True", reason: "DenyRuleViolation", message }
      : { type: "ValidationFailed", status: "False", reason: "ValidationPassed", message: "" },
    warnings.length === 0
      ? { type: "ValidationWarning", status: "False", reason: "NoWarnings", message: "" }
      : { type: "ValidationWarning", status: "True", reason: "WarnRuleViolation", message: warnings.join("; ") },
  ];
}

function mergeConditions(
  box: CompiledBox,
  before: Json | undefined,
  wanted: readonly NewCondition[],
  generation: number | undefined,
  time: string,
): Json[] {
  const old = Array.isArray(before) ? before.filter(isMap) : [];
  const merged = wanted.map((condition) => {
    const known = old.find((item) => item["type"] === condition.type);
    const same = known?.["status"] === condition.status && typeof known["lastTransitionTime"] === "string";
    const observed = ownTypes.has(condition.type) && generation !== undefined ? { observedGeneration: generation } : {};
    return { ...condition, ...observed, lastTransitionTime: same ? known["lastTransitionTime"]! : time } as JsonMap;
  });
  const declared = box.status.some(({ plan }) => plan.path[0] === "conditions");
  const dropped = (item: JsonMap) =>
    !declared && ownTypes.has(String(item["type"])) && !merged.some((own) => own["type"] === item["type"]);
  // In the old order, so that an unchanged status is an unchanged list.
  const kept = old.filter((item) => !dropped(item))
    .map((item) => merged.find((own) => own["type"] === item["type"]) ?? item);
  return [...kept, ...merged.filter((own) => !old.some((item) => item["type"] === own["type"]))];
}

/** The JSON merge patch (RFC 7396) that turns `before` into `after`; `undefined` when they are equal. */
export function mergePatch(before: JsonMap, after: JsonMap): JsonMap | undefined {
  const patch: JsonMap = {};
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (equalJson(old, value)) continue;
    const below = isMap(old) && isMap(value) ? mergePatch(old, value) : value;
    if (below !== undefined) patch[key] = below;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

import type { Json, JsonMap } from "../base/json.ts";
import { equalJson, isMap } from "../base/json.ts";
import { passes } from "../conditions/mod.ts";
import { type Condition, type KubeObject, valueAt, withValueAt } from "../k8s/object.ts";
import { RenderError, valueOf } from "../template/compiled_text.ts";
import type { CompiledBox, CompiledStatusField } from "./compile.ts";

/** How a pass went, as far as the status tells it. */
export interface PassResult {
  readonly kind: "succeeded" | "failed" | "denied";
  /** Why it failed or was denied; "" when it succeeded. */
  readonly message: string;
  readonly warnings: readonly string[];
}

export interface StatusDecision {
  /** A JSON merge patch of `status`; absent when nothing changes. */
  readonly patch?: JsonMap;
  /** The whole status as it is to be. */
  readonly wanted: JsonMap;
  /** Fields that could not be evaluated: reported, never fatal. */
  readonly failures: readonly string[];
}

/** The longest message of a condition; longer ones end in `...`. */
const longestMessage = 256;

/**
 * The status after a pass. Declared fields are evaluated against the status at the start of the pass, later entries
 * win (ruling 7); after a failed pass only the ones with conditions are. Conditions of others are kept, and
 * `lastTransitionTime` moves only with the condition's status. `pruned` are paths that the CRD does not know.
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
  let after: JsonMap = before;
  for (const field of box.status) {
    if (result.kind !== "succeeded" && !field.conditional) continue;
    const outcome = evaluate(field, data, clock.wallMs);
    if (typeof outcome === "string") failures.push(outcome);
    else if (outcome.set) {
      const next = withValueAt(after, field.plan.path, outcome.value);
      if (isMap(next)) after = next;
      else failures.push(`${field.value.at}: status.${field.plan.path.join(".")} leads through a value that is no map`);
    }
  }
  const generation = cr.metadata.generation;
  if (generation !== undefined) after = { ...after, observedGeneration: generation };
  const wanted = conditionsOf(box, result, generation);
  after = { ...after, conditions: mergeConditions(before["conditions"], wanted, clock.time) };
  for (const path of pruned) {
    if (valueAt(after, path) !== undefined) after = withValueAt(after, path, undefined) as JsonMap;
  }
  const patch = mergePatch(before, after);
  return { ...(patch === undefined ? {} : { patch }), wanted: after, failures };
}

/**
 * Paths of the wanted status that the API server left out of its answer: the CRD's schema does not know them. Wanting
 * them again would mean a patch on every pass, for nothing.
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
  const path = `${field.value.at}: status.${field.plan.path.join(".")}`;
  if (!passes(field.gate, data, { wallMs }).passed) {
    const cleared = isTextual(field.plan.type) ? "" : undefined;
    return field.plan.clearOnFalse ? { set: true, value: cleared } : { set: false };
  }
  try {
    const value = typed(valueOf(field.value, data), field.plan.type);
    return value instanceof Mistyped ? `${path}: ${value.why}` : { set: true, value };
  } catch (error) {
    if (error instanceof RenderError) return error.message;
    throw error;
  }
}

/** A value that its declared type does not take. */
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

function conditionsOf(
  box: CompiledBox,
  result: PassResult,
  generation: number | undefined,
): Omit<Condition, "lastTransitionTime">[] {
  const message = shorten(result.message);
  const ready = result.kind === "succeeded"
    ? { status: "True" as const, reason: "ReconcileSucceeded", message: "" }
    : { status: "False" as const, reason: result.kind === "denied" ? "ValidationFailed" : "ReconcileError", message };
  const conditions: Omit<Condition, "lastTransitionTime">[] = [
    { type: "Ready", ...ready, ...(generation === undefined ? {} : { observedGeneration: generation }) },
  ];
  if (box.plan.validation.length === 0) return conditions;
  conditions.push(
    result.kind === "denied"
      ? { type: "ValidationFailed", status: "True", reason: "DenyRuleViolation", message }
      : { type: "ValidationFailed", status: "False", reason: "ValidationPassed", message: "" },
    result.warnings.length > 0
      ? {
        type: "ValidationWarning",
        status: "True",
        reason: "WarnRuleViolation",
        message: shorten(result.warnings.join("; ")),
      }
      : { type: "ValidationWarning", status: "False", reason: "NoWarnings", message: "" },
  );
  return conditions;
}

function mergeConditions(
  before: Json | undefined,
  wanted: readonly Omit<Condition, "lastTransitionTime">[],
  time: string,
): Json[] {
  const old = Array.isArray(before) ? before.filter(isMap) : [];
  const merged = wanted.map((condition) => {
    const known = old.find((item) => item["type"] === condition.type);
    const same = known?.["status"] === condition.status && typeof known["lastTransitionTime"] === "string";
    return { ...condition, lastTransitionTime: same ? known["lastTransitionTime"]! : time } as JsonMap;
  });
  // In the old order, so that an unchanged status is an unchanged list.
  const kept = old.map((item) => merged.find((own) => own["type"] === item["type"]) ?? item);
  return [...kept, ...merged.filter((own) => !old.some((item) => item["type"] === own["type"]))];
}

function shorten(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 3)}...`;
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

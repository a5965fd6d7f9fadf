import { equalJson, type Json, type JsonMap } from "../base/json.ts";
import {
  type CompiledCall,
  type ExternalView,
  type NamedChild,
  noCalls,
  normalize,
  type NormalizeRule,
  templateData,
  withExternal,
} from "../input/mod.ts";
import { type KubeObject, valueAt, withValueAt } from "../k8s/object.ts";
import type { MutationPlan } from "../plan/plan.ts";
import { atTime } from "../template/mod.ts";
import { RenderError } from "../template/compiled_text.ts";
import { type CompiledMutation, mutate } from "./mutate.ts";
import type { UniqueView } from "./unique.ts";
import { type CompiledValidation, validate, type Verdict } from "./validate.ts";

/** Everything that decides on a CR before it is reconciled, parsed. */
export interface CompiledAdmission {
  readonly normalize: readonly NormalizeRule[];
  /** Kinds of custom children, for `.children`. */
  readonly customKinds: ReadonlySet<string>;
  readonly mutations: readonly CompiledMutation[];
  readonly validations: readonly CompiledValidation[];
  /** The calls before these rules; absent: there are none, and none before the children. */
  readonly calls?: CompiledCalls | undefined;
}

/** HTTP calls that are made before rules. */
export interface CompiledCalls {
  readonly mutation: readonly CompiledCall[];
  readonly validation: readonly CompiledCall[];
}

/** What a CR means. */
export interface Interpretation {
  /** The CR normalized, in memory. */
  readonly normalized: KubeObject;
  /** The CR normalized and mutated, in memory. */
  readonly effective: KubeObject;
  /** What templates and conditions read from here on. */
  readonly data: JsonMap;
  /** What rules of mutation have changed, for metrics. */
  readonly changes: readonly FieldChange[];
}

/** One rule of the Katalog that has changed an object: nothing of the object itself. */
export interface FieldChange {
  /** As the Katalog writes it; "" where it is a template. */
  readonly field: string;
  readonly mode: "default" | "override";
}

/** What a CR means, and whether it is admitted. */
export interface Judgement extends Interpretation {
  readonly verdict: Verdict;
}

/**
 * Normalizes, mutates and validates (rulings 8, 80), at the Gateway as in a box. `others`: for rules `unique`, which pass
 * with a warning without it. `external`: what calls have come to; without it none is made, and each counts as failed.
 * Throws `RenderError`, `CallNeeded` and `CallFailed`.
 */
export function judge(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
  others?: UniqueView,
  external?: ExternalView,
): Judgement {
  const interpretation = interpret(compiled, cr, children, wallMs, external);
  const data = atTime(
    wallMs,
    () => withExternal(compiled.calls?.validation ?? [], interpretation.data, wallMs, external ?? noCalls),
  );
  const verdict = atTime(wallMs, () => validate(compiled.validations, data, wallMs, others));
  return { ...interpretation, data, verdict };
}

/**
 * Normalizes and mutates: what is being deleted is not validated (ruling 77). Throws `RenderError`, and with `external`
 * `CallNeeded` and `CallFailed`.
 */
export function interpret(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
  external?: ExternalView,
): Interpretation {
  return atTime(wallMs, () => interpreted(compiled, cr, children, wallMs, external));
}

function interpreted(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
  external?: ExternalView,
): Interpretation {
  const results = callsOfMutation(compiled, cr, children, wallMs, external);
  const round = applyRules(compiled, cr, children, wallMs, results);
  if (compiled.normalize.length === 0 || round.stored === cr) return round;
  // A Gateway stores what mutation sets, and a box normalizes what is stored: a CR that no Gateway has seen must come to
  // the same. Rules that would change what they made, which a Gateway needs to be idempotent, are applied once.
  try {
    const next = applyRules(compiled, round.stored, children, wallMs, results);
    return next.stored === round.stored ? { ...next, changes: round.changes } : round;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return round;
  }
}

/**
 * The object as it was sent, with everything in place that mutation sets; the same one where nothing changes; and which
 * rules have changed it. Throws as `interpret`.
 */
export function mutatedAsSent(
  compiled: CompiledAdmission,
  object: KubeObject,
  wallMs: number,
  external?: ExternalView,
): { readonly object: KubeObject; readonly changes: readonly FieldChange[] } {
  const { stored, changes } = atTime(
    wallMs,
    () => applyRules(compiled, object, [], wallMs, callsOfMutation(compiled, object, [], wallMs, external)),
  );
  return { object: stored, changes };
}

/** `.external` for the rules of mutation, whose calls see the object normalized; `undefined`: no call is declared. */
function callsOfMutation(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
  view: ExternalView | undefined,
): Json | undefined {
  const { calls } = compiled;
  if (calls === undefined) return undefined;
  if (calls.mutation.length === 0) return {};
  const sent = templateData(cr, children, compiled.customKinds);
  const data = dataOf(normalize(compiled.normalize, cr, sent), sent, {});
  return withExternal(calls.mutation, data, wallMs, view ?? noCalls)["external"];
}

/** One round, and the object as a Gateway would store it. */
function applyRules(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
  external: Json | undefined,
): Interpretation & { readonly stored: KubeObject } {
  const sent = templateData(cr, children, compiled.customKinds);
  const normalized = normalize(compiled.normalize, cr, sent);
  let stored = cr as unknown as Json;
  const changes: FieldChange[] = [];
  const onSet = (path: readonly string[], value: Json, { field: { text }, mode }: MutationPlan): void => {
    if (equalJson(valueAt(stored, path), value)) return;
    changes.push({ field: text.includes("{{") ? "" : text.trim().replace(/^\./, ""), mode });
    // Where normalizing has replaced a scalar by a map, its fields have no place in the object as it was sent.
    stored = withValueAt(stored, path, value) ?? stored;
  };
  const effective = mutate(compiled.mutations, normalized, dataOf(normalized, sent, external), wallMs, onSet);
  // One rule may set what another one sets back.
  const isSame = equalJson(stored, cr as unknown as Json);
  return {
    normalized,
    effective,
    data: dataOf(effective, sent, external),
    changes,
    stored: isSame ? cr : stored as unknown as KubeObject,
  };
}

/**
 * What templates read of an object that was made of the one that `sent` is about. A field `external` of the object itself
 * must not pass for the results of calls.
 */
function dataOf(object: KubeObject, sent: JsonMap, external: Json | undefined): JsonMap {
  const { managedFields: _managed, ...metadata } = object.metadata;
  return {
    ...sent,
    ...object as unknown as JsonMap,
    metadata: metadata as unknown as Json,
    children: sent["children"]!,
    ...(external === undefined ? {} : { external }),
  };
}

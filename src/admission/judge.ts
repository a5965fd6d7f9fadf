import { equalJson, type Json, type JsonMap } from "../base/json.ts";
import { type NamedChild, normalize, type NormalizeRule, templateData } from "../input/mod.ts";
import { type KubeObject, valueAt, withValueAt } from "../k8s/object.ts";
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
}

/** What a CR means. */
export interface Interpretation {
  /** The CR normalized, in memory. */
  readonly normalized: KubeObject;
  /** The CR normalized and mutated, in memory. */
  readonly effective: KubeObject;
  /** What templates and conditions read from here on. */
  readonly data: JsonMap;
}

/** What a CR means, and whether it is admitted. */
export interface Judgement extends Interpretation {
  readonly verdict: Verdict;
}

/**
 * Normalizes, mutates and validates (rulings 8, 80), at the Gateway as in a box. `others`: for rules `unique`, which pass
 * with a warning without it. Throws `RenderError`.
 */
export function judge(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
  others?: UniqueView,
): Judgement {
  const interpretation = interpret(compiled, cr, children, wallMs);
  return { ...interpretation, verdict: validate(compiled.validations, interpretation.data, wallMs, others) };
}

/** Normalizes and mutates: what is being deleted is not validated (ruling 77). Throws `RenderError`. */
export function interpret(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
): Interpretation {
  const round = applyRules(compiled, cr, children, wallMs);
  if (compiled.normalize.length === 0 || round.stored === cr) return round;
  // A Gateway stores what mutation sets, and a box normalizes what is stored: a CR that no Gateway has seen must come to
  // the same. Rules that would change what they made, which a Gateway needs to be idempotent, are applied once.
  try {
    const next = applyRules(compiled, round.stored, children, wallMs);
    return next.stored === round.stored ? next : round;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return round;
  }
}

/** The object as it was sent, with everything in place that mutation sets; the same one where nothing changes. */
export function mutatedAsSent(compiled: CompiledAdmission, object: KubeObject, wallMs: number): KubeObject {
  return applyRules(compiled, object, [], wallMs).stored;
}

/** One round, and the object as a Gateway would store it. */
function applyRules(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
): Interpretation & { readonly stored: KubeObject } {
  const sent = templateData(cr, children, compiled.customKinds);
  const normalized = normalize(compiled.normalize, cr, sent);
  let stored = cr as unknown as Json;
  const onSet = (path: readonly string[], value: Json): void => {
    if (equalJson(valueAt(stored, path), value)) return;
    // Where normalizing has replaced a scalar by a map, its fields have no place in the object as it was sent.
    stored = withValueAt(stored, path, value) ?? stored;
  };
  const effective = mutate(compiled.mutations, normalized, dataOf(normalized, sent), wallMs, onSet);
  // One rule may set what another one sets back.
  const isSame = equalJson(stored, cr as unknown as Json);
  return {
    normalized,
    effective,
    data: dataOf(effective, sent),
    stored: isSame ? cr : stored as unknown as KubeObject,
  };
}

/** What templates read of an object that was made of the one that `sent` is about. */
function dataOf(object: KubeObject, sent: JsonMap): JsonMap {
  const { managedFields: _managed, ...metadata } = object.metadata;
  return {
    ...sent,
    ...object as unknown as JsonMap,
    metadata: metadata as unknown as Json,
    children: sent["children"]!,
  };
}

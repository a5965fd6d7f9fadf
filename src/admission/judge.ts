import type { JsonMap } from "../base/json.ts";
import { type NamedChild, normalize, type NormalizeRule, templateData } from "../input/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import { type CompiledMutation, mutate } from "./mutate.ts";
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

/** Normalizes, mutates and validates (rulings 8, 80), at the Gateway as in a box. Throws `RenderError`. */
export function judge(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
): Judgement {
  const interpretation = interpret(compiled, cr, children, wallMs);
  return { ...interpretation, verdict: validate(compiled.validations, interpretation.data, wallMs) };
}

/** Normalizes and mutates: what is being deleted is not validated (ruling 77). Throws `RenderError`. */
export function interpret(
  compiled: CompiledAdmission,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
): Interpretation {
  const stored = templateData(cr, children, compiled.customKinds);
  const normalized = normalize(compiled.normalize, cr, stored);
  const effective = mutate(compiled.mutations, normalized, { ...stored, ...normalized as unknown as JsonMap }, wallMs);
  const data = {
    ...stored,
    ...effective as unknown as JsonMap,
    metadata: stored["metadata"]!,
    children: stored["children"]!,
  };
  return { normalized, effective, data };
}

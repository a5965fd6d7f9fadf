import { mutate, validate, type Verdict } from "../admission/mod.ts";
import type { JsonMap } from "../base/json.ts";
import { crossData, type CrossView, type NamedChild, normalize, templateData } from "../input/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { CompiledPass } from "./compile.ts";

/** What a CR means. */
export interface Interpretation {
  /** The CR normalized and mutated, in memory. */
  readonly effective: KubeObject;
  /** What templates and conditions read from here on. */
  readonly data: JsonMap;
}

/** What a CR means, and whether it is admitted. */
export interface Judgement extends Interpretation {
  readonly verdict: Verdict;
}

/** Normalizes, mutates and validates (ruling 8). Throws `RenderError`. */
export function judge(
  compiled: CompiledPass,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
): Judgement {
  const { effective, data } = interpret(compiled, cr, children, wallMs);
  return { effective, data, verdict: validate(compiled.validations, data, wallMs) };
}

/** Normalizes and mutates: what is being deleted is not validated (ruling 77). Throws `RenderError`. */
export function interpret(
  { box, mutations }: CompiledPass,
  cr: KubeObject,
  children: readonly NamedChild[],
  wallMs: number,
): Interpretation {
  const stored = templateData(cr, children, box.customKinds);
  const normalized = normalize(box.normalize, cr, stored);
  const effective = mutate(mutations, normalized, { ...stored, ...normalized as unknown as JsonMap }, wallMs);
  const data = {
    ...stored,
    ...effective as unknown as JsonMap,
    metadata: stored["metadata"]!,
    children: stored["children"]!,
  };
  return { effective, data };
}

/** `data` with `.cross`, which comes after validation (ruling 8). Throws `RenderError`. */
export function withCross(
  { box }: CompiledPass,
  cr: KubeObject,
  data: JsonMap,
  view: CrossView | undefined,
): JsonMap {
  return box.cross.length === 0 ? data : { ...data, cross: crossData(box.cross, cr, data, view) };
}

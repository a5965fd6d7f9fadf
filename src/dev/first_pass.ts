import { compileMutations, compileValidations, mutate, validate } from "../admission/mod.ts";
import { formatTime } from "../base/clock.ts";
import type { JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { BoxPlan } from "../plan/plan.ts";
import {
  compileBox,
  decideCrPatch,
  type Desired,
  desiredChildren,
  LabelError,
  nextStatus,
  normalize,
  type PassResult,
  templateData,
} from "../reconcile/mod.ts";
import { RenderError } from "../template/compiled_text.ts";

/** What the first pass over a new CR would write, nothing being there yet. */
export interface FirstPass {
  readonly children: Desired["children"];
  /** JSON merge patch of the CR's metadata: labels and finalizer. */
  readonly crPatch?: JsonMap;
  /** The whole status. */
  readonly status?: JsonMap;
  readonly warnings: readonly string[];
  /** Why it would end early: a denial, a template, an entry. */
  readonly failure?: string;
}

/** The same decisions as a box makes, in the same order (ruling 8), without a cluster. */
export function firstPass(plan: BoxPlan, cr: KubeObject, wallMs: number): FirstPass {
  const box = compileBox(plan);
  let data = templateData(cr, [], box.customKinds);
  let crPatch: JsonMap | undefined;
  let children: Desired["children"] = [];
  const warnings: string[] = [];
  let result: PassResult;
  try {
    const normalized = normalize(box, cr, data);
    const effective = mutate(
      compileMutations(plan.mutation, box.templates),
      normalized,
      { ...data, ...normalized as unknown as JsonMap },
      wallMs,
    );
    data = { ...data, ...effective as unknown as JsonMap, children: data["children"]! };
    const verdict = validate(compileValidations(plan.validation, box.templates), data, wallMs);
    warnings.push(...verdict.warnings);
    if (verdict.denials.length > 0) result = { kind: "denied", message: verdict.denials.join("; "), warnings };
    else {
      crPatch = decideCrPatch(box, cr, data);
      const desired = desiredChildren(box, effective, data, wallMs);
      children = desired.children;
      const { failure } = desired;
      result = failure === undefined
        ? { kind: "succeeded", message: "", warnings }
        : { kind: "failed", message: `${failure.entry}: ${failure.message}`, warnings };
    }
  } catch (error) {
    if (!(error instanceof RenderError || error instanceof LabelError)) throw error;
    result = { kind: "failed", message: error.message, warnings };
  }
  const status = statusOf(box, cr, data, result, wallMs, warnings);
  return {
    children,
    warnings,
    ...(crPatch === undefined ? {} : { crPatch }),
    ...(status === undefined ? {} : { status }),
    ...(result.kind === "succeeded" ? {} : { failure: result.message }),
  };
}

function statusOf(
  box: ReturnType<typeof compileBox>,
  cr: KubeObject,
  data: JsonMap,
  result: PassResult,
  wallMs: number,
  warnings: string[],
): JsonMap | undefined {
  if (!box.plan.writesStatus) return undefined;
  const decision = nextStatus(box, cr, data, result, { wallMs, time: formatTime(wallMs) });
  warnings.push(...decision.failures);
  return decision.patch;
}

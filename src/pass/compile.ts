import {
  type CompiledMutation,
  type CompiledValidation,
  compileMutations,
  compileValidations,
} from "../admission/mod.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { compileBox, type CompiledBox } from "../reconcile/mod.ts";

/** Everything of a box's plan that a pass needs, parsed: made once, when the box starts. */
export interface CompiledPass {
  readonly box: CompiledBox;
  readonly mutations: readonly CompiledMutation[];
  readonly validations: readonly CompiledValidation[];
  /** A condition reads the time: the same input may lead to another decision later. */
  readonly readsClock: boolean;
}

/** Parses what a plan holds as text. The loader has checked it all, so this throws only on a defect. */
export function compilePass(plan: BoxPlan): CompiledPass {
  const box = compileBox(plan);
  return {
    box,
    mutations: compileMutations(plan.mutation, box.templates),
    validations: compileValidations(plan.validation, box.templates),
    readsClock: readsClock(plan),
  };
}

/** Whether a condition, wherever it stands, has `time` or `dayOfWeek`. Fields of children may also be called that. */
function readsClock(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) =>
    ((key === "time" || key === "dayOfWeek") && inner !== undefined) || readsClock(inner)
  );
}

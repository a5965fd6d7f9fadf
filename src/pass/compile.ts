import { type CompiledAdmission, compileMutations, compileValidations } from "../admission/mod.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { compileBox, type CompiledBox } from "../reconcile/mod.ts";

/** Everything of a box's plan that a pass needs, parsed: made once, when the box starts. */
export interface CompiledPass {
  readonly box: CompiledBox;
  readonly admission: CompiledAdmission;
  /** A condition reads the time: the same input may lead to another decision later. */
  readonly readsClock: boolean;
}

/** Parses what a plan holds as text. The loader has checked it all, so this throws only on a defect. */
export function compilePass(plan: BoxPlan): CompiledPass {
  const box = compileBox(plan);
  return {
    box,
    admission: {
      normalize: box.normalize,
      customKinds: box.customKinds,
      mutations: compileMutations(plan.mutation.filter(firesInPasses), box.templates),
      validations: compileValidations(plan.validation.filter(firesInPasses), box.templates),
    },
    readsClock: readsClock(plan),
  };
}

/** `fires.reconcile: false` leaves a rule to the Gateway. */
function firesInPasses({ admissionOnly }: { readonly admissionOnly?: boolean | undefined }): boolean {
  return admissionOnly !== true;
}

/** Whether a condition, wherever it stands, has `time` or `dayOfWeek`. Fields of children may also be called that. */
function readsClock(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) =>
    ((key === "time" || key === "dayOfWeek") && inner !== undefined) || readsClock(inner)
  );
}

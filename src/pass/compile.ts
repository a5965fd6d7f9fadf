import { type CompiledAdmission, compileMutations, compileValidations } from "../admission/mod.ts";
import { compileCalls, type CompiledCall } from "../input/mod.ts";
import type { BoxPlan, ExternalPlan } from "../plan/plan.ts";
import { compileBox, type CompiledBox } from "../reconcile/mod.ts";
import { clockFunctions } from "../template/mod.ts";
import type { Templates } from "../template/compiled_text.ts";

/** Everything of a box's plan that a pass needs, parsed: made once, when the box starts. */
export interface CompiledPass {
  readonly box: CompiledBox;
  readonly admission: CompiledAdmission;
  /** The HTTP calls before the children. */
  readonly calls: readonly CompiledCall[];
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
      calls: compileCallsOf(plan.external, box.templates),
    },
    calls: compileCalls(plan.external.children, box.templates),
    // What the box itself evaluates is no input of a pass.
    readsClock: readsClock({ ...plan, autoscale: undefined }),
  };
}

/** `undefined`: the entry declares no call at all. */
function compileCallsOf(plan: ExternalPlan, templates: Templates): CompiledAdmission["calls"] {
  if (Object.values(plan).flat().length === 0) return undefined;
  return {
    mutation: compileCalls(plan.mutation.filter(firesInPasses), templates),
    validation: compileCalls(plan.validation.filter(firesInPasses), templates),
  };
}

/** `fires.reconcile: false` leaves a rule or a call to the Gateway. */
function firesInPasses({ admissionOnly }: { readonly admissionOnly?: boolean | undefined }): boolean {
  return admissionOnly !== true;
}

/**
 * Whether a condition, wherever it stands, has `time` or `dayOfWeek`, or a template calls a function of time. Fields of
 * children may also be called that.
 */
function readsClock(value: unknown): boolean {
  if (typeof value === "string") return value.includes("{{") && clockCall.test(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => (clockKeys.has(key) && inner !== undefined) || readsClock(inner));
}

const clockKeys: ReadonlySet<string> = new Set(["time", "dayOfWeek", "cron"]);
const clockCall = new RegExp(`\\b(?:${[...clockFunctions].join("|")})\\b`);

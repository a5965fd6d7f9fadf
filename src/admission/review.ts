import { compileCalls, compileNormalize, type ExternalView, isSelected } from "../input/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { ReviewedKindPlan } from "../plan/plan.ts";
import { RenderError, Templates } from "../template/compiled_text.ts";
import { type CompiledAdmission, type FieldChange, judge, mutatedAsSent } from "./judge.ts";
import { compileMutations } from "./mutate.ts";
import type { UniqueView } from "./unique.ts";
import { type BrokenRule, compileValidations, type Violation } from "./validate.ts";

/** One kind whose objects the Gateway reviews, parsed once. */
export interface ReviewedKind {
  readonly plan: ReviewedKindPlan;
  readonly admission: CompiledAdmission;
  /** For changes through `/scale`; absent: none of the rules can be applied to them. */
  readonly scale?: CompiledAdmission | undefined;
}

/** The result of a review of an object that is to be stored. */
export interface ReviewResult {
  /** Empty: it is admitted. */
  readonly denials: readonly Violation[];
  /** For the user, whether it is admitted or not. */
  readonly warnings: readonly string[];
  /** Rules that it breaks, for metrics. */
  readonly broken: readonly BrokenRule[];
  /** Number of rules that could not be decided. */
  readonly skipped: number;
}

/** What rules of mutation make of an object. */
export interface MutationResult {
  /** The same one where nothing changes. */
  readonly object: KubeObject;
  readonly warnings: readonly string[];
  /** What has changed it, for metrics. */
  readonly changes: readonly FieldChange[];
}

/** Parses what a plan holds as text. The loader has checked it all, so this throws only on a defect. */
export function compileReview(plan: ReviewedKindPlan): ReviewedKind {
  const templates = new Templates();
  const { scale } = plan;
  return {
    plan,
    scale: scale === undefined ? undefined : {
      normalize: [],
      customKinds: new Set(),
      mutations: compileMutations(scale.mutation, templates),
      validations: compileValidations(scale.validation, templates),
    },
    admission: {
      normalize: compileNormalize(plan.normalize, templates),
      customKinds: new Set(plan.customKinds),
      mutations: compileMutations(plan.mutation, templates),
      validations: compileValidations(plan.validation, templates),
      calls: compileCallsOf(plan, templates),
    },
  };
}

function compileCallsOf({ external }: ReviewedKindPlan, templates: Templates): CompiledAdmission["calls"] {
  const { mutation, validation } = external;
  if (mutation.length + validation.length === 0) return undefined;
  return { mutation: compileCalls(mutation, templates), validation: compileCalls(validation, templates) };
}

/**
 * Is this object one that the rules are about? Objects that the box does not take care of are not, nor are those that
 * are being deleted: what is bad can always go (ruling 77).
 */
export function isReviewed({ plan }: ReviewedKind, object: KubeObject): boolean {
  if (object.metadata.deletionTimestamp !== undefined) return false;
  if (plan.namespace !== undefined && plan.namespace !== object.metadata.namespace) return false;
  return isSelected(plan, object);
}

/**
 * The object as the mutation rules leave it. They see the object normalized, as a box does; what they set is set on the
 * object as it was sent. Mutation never refuses: where a rule fails, nothing is changed and the warning says why. Throws
 * `CallNeeded` where `external` does not know the result of a call.
 */
export function reviewMutation(
  { admission }: ReviewedKind,
  object: KubeObject,
  wallMs: number,
  external?: ExternalView,
): MutationResult {
  try {
    return { ...mutatedAsSent(admission, object, wallMs, external), warnings: [] };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { object, warnings: [`mutation is skipped: ${error.message}`], changes: [] };
  }
}

/** `reviewMutation` by several kinds in turn, each seeing what those before it made. */
export function reviewMutations(
  kinds: readonly ReviewedKind[],
  object: KubeObject,
  wallMs: number,
  external?: ExternalView,
): MutationResult {
  const warnings: string[] = [];
  const changes: FieldChange[] = [];
  let result = object;
  for (const kind of kinds) {
    const reviewed = reviewMutation(kind, result, wallMs, external);
    result = reviewed.object;
    warnings.push(...reviewed.warnings);
    changes.push(...reviewed.changes);
  }
  return { object: result, warnings, changes };
}

/**
 * What the validation rules say of the object mutated and normalized (ruling 80): the same as in a box. An object that
 * cannot be evaluated is refused, as a box would not reconcile it. Without `others` rules `unique` pass with a warning.
 * Throws `CallNeeded` where `external` does not know the result of a call.
 */
export function reviewValidation(
  { admission }: ReviewedKind,
  object: KubeObject,
  wallMs: number,
  others?: UniqueView,
  external?: ExternalView,
): ReviewResult {
  try {
    return judge(admission, object, [], wallMs, others, external).verdict;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const message = `cannot be evaluated: ${error.message}`;
    return { denials: [{ field: "", message, text: message }], warnings: [], broken: [], skipped: 0 };
  }
}

export { diffPatch, type PatchOperation } from "./json_patch.ts";

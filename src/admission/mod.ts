/** One admission decision on one object: the same code at the Gateway and at reconcile time. */
export { type CompiledAdmission, interpret, type Interpretation, judge, type Judgement } from "./judge.ts";
export { type CompiledMutation, compileMutations, mutate } from "./mutate.ts";
export { type CompiledValidation, compileValidations, validate, type Verdict, type Violation } from "./validate.ts";
export {
  compileProtection,
  decideProtection,
  type Protection,
  type ProtectionPath,
  type ProtectionRequest,
} from "./protect.ts";
export { diffPatch, type PatchOperation, pointerSegment } from "./json_patch.ts";
export {
  compileReview,
  isReviewed,
  type ReviewedKind,
  reviewMutation,
  type ReviewResult,
  reviewValidation,
} from "./review.ts";

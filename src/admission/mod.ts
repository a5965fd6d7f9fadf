/**
 * One admission decision on one object: the same code at the Gateway and at reconcile time. What only the Gateway needs
 * has doors of its own, so that boxes do not load it: `review.ts` and `protect.ts`.
 */
export {
  type CompiledAdmission,
  type CompiledCalls,
  type FieldChange,
  interpret,
  type Interpretation,
  judge,
  type Judgement,
} from "./judge.ts";
export { type CompiledMutation, compileMutations, mutate } from "./mutate.ts";
export {
  compareAge,
  heldText,
  type Holder,
  mayHoldSecret,
  type UniqueField,
  uniqueFields,
  type UniqueView,
} from "./unique.ts";
export {
  type BrokenRule,
  type CompiledValidation,
  compileValidations,
  validate,
  type Verdict,
  type Violation,
} from "./validate.ts";

/** One admission decision on one object: the same code at the Gateway and at reconcile time. */
export { type CompiledMutation, compileMutations, mutate } from "./mutate.ts";
export { type CompiledValidation, compileValidations, validate, type Verdict } from "./validate.ts";

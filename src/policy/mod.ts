/**
 * Rules of a Katalog as the API server itself evaluates them, in CEL: admission policies, and the validations of a CRD.
 * A rule is compiled where verdict and message are provably those of `judge`, and has a reason where it is not.
 */
export { compileKinds } from "./compile_kinds.ts";
export type { CompiledKind, CompiledMutation, CompiledValidation, Outcome } from "./compiled.ts";
export { isDefinitionOf, withRules } from "./definition.ts";
export { type PolicyObject, policyObjects } from "./policies.ts";

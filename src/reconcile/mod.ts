/** One reconcile decision: a CR and what is observed in, changes, status and next visit out. Pure. */
export { type ChildChange, describeChild } from "./child_change.ts";
export { compileBox, type CompiledBox } from "./compile.ts";
export { templateData } from "./context.ts";
export { type Applied, decideChildren, decideCrPatch, decideDeletion, LabelError, type Memory } from "./decide.ts";
export { type Desired, desiredChildren } from "./desired.ts";
export { normalize } from "./normalize.ts";
export {
  observeChild,
  type ObservedChild,
  type Observer,
  type OwnerKey,
  ownerKey,
  type ViewDepth,
} from "./observed.ts";
export type { Outcome } from "./outcome.ts";
export { nextStatus, type PassResult, prunedPaths } from "./status.ts";
export { type Readings, readingsOf } from "./readings.ts";
export { isSameOwned } from "./owned_fields.ts";

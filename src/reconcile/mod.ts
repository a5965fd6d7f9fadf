/** One reconcile decision: CR and observed children in; changes, status and requeue out. Pure. */
export {
  type Cause,
  type ChildChange,
  type CreateChild,
  type DeleteChild,
  describeChange,
  describeChild,
  type DoneChange,
  doneChange,
  type UpdateChild,
} from "./change.ts";
export { cleanupCondition, type CleanupDecision, decideCleanup } from "./cleanup.ts";
export { type EmittedEvent, type EmittedEvents, emittedEvents } from "./emitted_events.ts";
export { type ClosedGate, closedGate, isOpen, type SentinelView } from "./pass_gates.ts";
export { compileBox, type CompiledBox } from "./compile.ts";
export {
  type ChildrenDecision,
  decideChildren,
  decideCrPatch,
  describeRefusal,
  type Learned,
  type NotUpdated,
  takeOver,
  withLiveState,
  withoutNamespace,
} from "./decide.ts";
export { decideDeletion, type DeletionDecision, unknownFinalizers } from "./deletion.ts";
export { type DeletionProgress, deletionStatus, describeProgress, lacksRecord } from "./deletion_status.ts";
export { runWait } from "./job_run.ts";
export { nameTaken, runNameTaken } from "./name_taken.ts";
export { decideOnDelete, type DeletionSubject } from "./on_delete.ts";
export { type GroupPreview, previewOnDelete } from "./on_delete_preview.ts";
export { describeNotServed, type Desired, type DesiredChild, desiredChildren, entryOf, identityOf } from "./desired.ts";
export {
  type Applied,
  type ChildMemory,
  knownUidOf,
  type PassMemory,
  type SourceRef,
  type SourceState,
  whyUnseen,
} from "./memory.ts";
export {
  observeChild,
  type ObservedChild,
  type Observer,
  type OwnerIndex,
  ownerIndexes,
  type ViewDepth,
} from "./observed.ts";
export type { EntryProblem, FailureReason, Outcome } from "./outcome.ts";
export {
  type Claim,
  claimContext,
  claimOn,
  describeForeign,
  isFree,
  isOwn,
  mayHoldChildren,
  ownFinalizers,
} from "./ownership.ts";
export { Uncreatable } from "./prune.ts";
export { expectedFields, isSameOwned } from "./owned_fields.ts";
export { type Readings, readingsOf } from "./readings.ts";
export {
  conditionsStatus,
  describeNotUpdated,
  isFormerStatus,
  nextStatus,
  type PassResult,
  prunedPaths,
  recordedKinds,
  type StatusDecision,
  type Verdict,
  verdictOf,
  withoutConditions,
} from "./status.ts";

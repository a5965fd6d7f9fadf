import { conversionFieldsAreInTheSchemas, conversionIsOfTheCrd } from "./check_conversion.ts";
import { conversionsAreWhole, dependenciesAreOperated } from "./check_conversion_set.ts";
import { autoscaledChildrenAreReconciled, workloadsHaveOneAutoscaler } from "./check_autoscale.ts";
import { webhookOperationsStore } from "./check_gateway.ts";
import {
  childrenAreOfOtherKinds,
  childrenHaveDistinctNames,
  customChildrenFitTheirKind,
  forEachHidesNothing,
  forEachNamesEachChild,
  servicesSelectOneWorkload,
} from "./check_children.ts";
import { keysAreNotReserved } from "./check_reserved_keys.ts";
import { autoscaleReadsTheLoad, autoscaleSettingsHaveAnEffect } from "./check_box_autoscale.ts";
import { checkCondition } from "./check_conditions.ts";
import { copyChecks } from "./check_copies.ts";
import { crossReadsLeadSomewhere, crossSourcesAreBoxes } from "./check_cross.ts";
import { crossSourcesAreRuntimes } from "./check_cross_source.ts";
import { dependenciesAreBoxes, dependenciesHaveNoCycle } from "./check_dependencies.ts";
import { customChildrenFitTheirSchema } from "./check_custom.ts";
import { wholeFieldsFitTheirChildren } from "./check_field_types.ts";
import { externalCallsAreWellFormed, externalReadsLeadSomewhere } from "./check_external.ts";
import { entriesMakeObjects } from "./check_entries.ts";
import { namesTellCrsApart } from "./check_identity.ts";
import { jobsWithTtlRunAgain } from "./check_jobs.ts";
import { cleanupHasAStatus } from "./check_cleanup.ts";
import { cronConditionsHold } from "./check_cron.ts";
import { gatesAskForDeclaredSentinels } from "./check_gates.ts";
import { lastingChecks } from "./check_lasting.ts";
import { onDeleteChecks } from "./check_on_delete.ts";
import { namespacesAreNotChosenByCrs } from "./check_namespaces.ts";
import { readsLeadSomewhere, writesAreInTheSchema } from "./check_references.ts";
import { protectionLabelIsNotDeclared, protectionProtects, watchedNamespaceIsAllowed } from "./check_security.ts";
import { statusConstantsFitTheSchema } from "./check_status.ts";
import {
  apiPathFitsTheGroup,
  builtInKindsHaveSelectors,
  clusterScopedCrsHaveNoNamespace,
  defaultReconcilerIsUsed,
  fieldSelectorsAreServed,
  formerNamesAreFree,
  kindsHaveOneBox,
  queuesAreNotShared,
  typedModeIsLeftOut,
} from "./check_types.ts";
import {
  mutationsAreSettable,
  normalizedPathsAreUnderSpec,
  queueBehaviourHasDepth,
  resyncLeavesTime,
  retriesAreOrdered,
  statusFieldsAreWritable,
} from "./check_values.ts";
import type { CrdContext } from "./crd_context.ts";
import { crdEntry, validationRule } from "./schema.ts";
import { condition } from "./schema_conditions.ts";
import { uniqueFieldsAreStored } from "./check_unique.ts";
import { eventWatchesMatchSomething, watchesAreDistinct } from "./check_watch.ts";
import { visitRecords } from "./visit.ts";

/** What is checked of each entry of `spec.crds`, besides its shape. */
const crdChecks: readonly ((crd: CrdContext) => void)[] = [
  typedModeIsLeftOut,
  defaultReconcilerIsUsed,
  queuesAreNotShared,
  apiPathFitsTheGroup,
  builtInKindsHaveSelectors,
  clusterScopedCrsHaveNoNamespace,
  fieldSelectorsAreServed,
  conditionsAreWellFormed,
  resyncLeavesTime,
  retriesAreOrdered,
  queueBehaviourHasDepth,
  autoscaleReadsTheLoad,
  autoscaleSettingsHaveAnEffect,
  normalizedPathsAreUnderSpec,
  mutationsAreSettable,
  uniqueFieldsAreStored,
  externalCallsAreWellFormed,
  externalReadsLeadSomewhere,
  webhookOperationsStore,
  statusFieldsAreWritable,
  statusConstantsFitTheSchema,
  customChildrenFitTheirKind,
  customChildrenFitTheirSchema,
  wholeFieldsFitTheirChildren,
  childrenAreOfOtherKinds,
  childrenHaveDistinctNames,
  namesTellCrsApart,
  jobsWithTtlRunAgain,
  keysAreNotReserved,
  forEachHidesNothing,
  forEachNamesEachChild,
  servicesSelectOneWorkload,
  entriesMakeObjects,
  autoscaledChildrenAreReconciled,
  workloadsHaveOneAutoscaler,
  namespacesAreNotChosenByCrs,
  watchedNamespaceIsAllowed,
  protectionProtects,
  protectionLabelIsNotDeclared,
  ...copyChecks,
  ...onDeleteChecks,
  ...lastingChecks,
  cleanupHasAStatus,
  cronConditionsHold,
  gatesAskForDeclaredSentinels,
  watchesAreDistinct,
  eventWatchesMatchSomething,
  readsLeadSomewhere,
  writesAreInTheSchema,
  conversionIsOfTheCrd,
  conversionFieldsAreInTheSchemas,
];

/** What is checked of all of them together. */
const setChecks: readonly ((crds: readonly CrdContext[]) => void)[] = [
  kindsHaveOneBox,
  formerNamesAreFree,
  dependenciesAreBoxes,
  dependenciesHaveNoCycle,
  crossSourcesAreBoxes,
  crossSourcesAreRuntimes,
  crossReadsLeadSomewhere,
  conversionsAreWhole,
  dependenciesAreOperated,
];

/** Runs every check; what they find goes to the reports of the contexts. */
export function checkCrds(crds: readonly CrdContext[]): void {
  for (const crd of crds) for (const check of crdChecks) check(crd);
  for (const check of setChecks) check(crds);
}

function conditionsAreWellFormed({ entry, path, report }: CrdContext): void {
  visitRecords(entry, crdEntry, path, (shape, node, at) => {
    if (shape === condition) checkCondition(node, "condition", at, report);
    if (shape === validationRule) checkCondition(node, "rule", at, report);
  });
}

/** Katalog to Plan, and the order in which its boxes start. */
export { crossSourcesOf } from "./cross_sources.ts";
export { derivePlan } from "./derive.ts";
export { type BoxDifference, compareGateways, comparePlans, describeDifference, leftFinalizers } from "./compare.ts";
export { reviewedKinds } from "./derive_gateway.ts";
export { needsOfProcess } from "./effects.ts";
export { callsOfPasses, needsOfCalls } from "./external.ts";
export { groupBoxes } from "./groups.ts";
export { mergeNeeds, type Need, verbOrder } from "./needs.ts";
export { entriesOfDeletion } from "./on_delete.ts";
export { literalNameOf, mayBeFar, writtenNameOf, writtenNamespacesOf } from "./placement.ts";
export { placeOfReason, reasonOf, sortReasons } from "./reasons.ts";
export { startOrder } from "./start_order.ts";
export { type ProtectionConfiguration, protectionConfigurations, protectionNames } from "./webhooks.ts";
export type * from "./plan.ts";

/** What an installation consists of: permissions as the Plan needs them, and the objects that run it. */
export {
  type AccountGrants,
  accountGrants,
  bundleObjects,
  gatewayGrants,
  type Installed,
  katalogDigest,
  katalogDigestLength,
  rbacObjects,
  runtimeGrants,
} from "./bundle.ts";
export { type BundleObject, type Component, components } from "./bundle_object.ts";
export { type PermissionFinding, type PermissionFindingId, permissionFindings } from "./findings.ts";
export { type GrantRule, type Grants, grantsOf, needsOfEffect } from "./grants.ts";
export { katalogObject, KatalogTooLargeError } from "./katalog_object.ts";
export { ReasonTexts } from "./reasons.ts";
export type { LeaseScope } from "./runtime_needs.ts";
export type { ApiServer } from "./pods.ts";
export type { ProcessSettings, Workloads } from "./workloads.ts";
export { type Permission, permissionKey, type PermissionLine, permissionLines, permissionsOf } from "./permission.ts";
export { type BoundRule, boundRules, isAllowed, type PolicyRule } from "./rbac_rules.ts";

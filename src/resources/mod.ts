/** The shorthands: what an entry of `onCreate` and `onReconcile` may say, and the Kubernetes object that it becomes. */
import { configMaps } from "./kinds/config_maps.ts";
import { cronJobs } from "./kinds/cron_jobs.ts";
import { custom } from "./kinds/custom.ts";
import { deployments } from "./kinds/deployments.ts";
import { hpa } from "./kinds/hpa.ts";
import { ingresses } from "./kinds/ingresses.ts";
import { jobs } from "./kinds/jobs.ts";
import { limitRanges } from "./kinds/limit_ranges.ts";
import { namespaces } from "./kinds/namespaces.ts";
import { networkPolicies } from "./kinds/network_policies.ts";
import { pdb } from "./kinds/pdb.ts";
import { persistentVolumeClaims } from "./kinds/persistent_volume_claims.ts";
import { persistentVolumes } from "./kinds/persistent_volumes.ts";
import { pods } from "./kinds/pods.ts";
import { replicaSets } from "./kinds/replica_sets.ts";
import { resourceQuotas } from "./kinds/resource_quotas.ts";
import { clusterRoleBindings, roleBindings } from "./kinds/role_bindings.ts";
import { clusterRoles, roles } from "./kinds/roles.ts";
import { secrets } from "./kinds/secrets.ts";
import { serviceAccounts } from "./kinds/service_accounts.ts";
import { services } from "./kinds/services.ts";
import { statefulSets } from "./kinds/stateful_sets.ts";
import type { Shorthand } from "./shorthand.ts";

export { type Autoscale, autoscaleOf } from "./autoscale.ts";
export {
  hasTargets,
  type SourceContent,
  type SourceName,
  sourceNameOf,
  targetsOf,
  toNamespacesField,
  writtenTargets,
} from "./copy.ts";
export { defaultName } from "./default_name.ts";
export { profileOf, unknownProfile, withProfiles } from "./apply_profiles.ts";
export { builtInProfileNames, type ProfileClass, type Profiles, profileSpots } from "./profiles.ts";
export { desiredDigest } from "./digest.ts";
export { certificateOf, type CertificateWish, rotationOf } from "./lasting.ts";
export { isOwnNamespace } from "./own_namespace.ts";
export { mayOwn, ownerKindLabel } from "./stamp.ts";
export { renderEntry } from "./render.ts";
export { staticErrors } from "./static_errors.ts";
export {
  customWorkloadKinds,
  EntryError,
  type ExpandContext,
  type RenderedEntry,
  type Shorthand,
  type Workload,
} from "./shorthand.ts";

/** By key, in the order in which a pass carries them out: what others read or mount comes first. */
export const shorthands: ReadonlyMap<string, Shorthand> = new Map(
  [
    namespaces,
    secrets,
    configMaps,
    networkPolicies,
    resourceQuotas,
    limitRanges,
    clusterRoles,
    clusterRoleBindings,
    serviceAccounts,
    roles,
    roleBindings,
    custom,
    replicaSets,
    deployments,
    services,
    jobs,
    cronJobs,
    statefulSets,
    persistentVolumes,
    persistentVolumeClaims,
    ingresses,
    hpa,
    pdb,
    pods,
  ].map((shorthand) => [shorthand.key, shorthand]),
);

/** Keys that were declared once and never meant anything: `custom` makes such objects (D1). */
export const neverShorthands: readonly string[] = [
  "daemonSets",
  "volumes",
  "volumeMounts",
  "serviceMonitors",
  "podSecurityPolicies",
  "priorityClasses",
  "runtimeClasses",
  "priorityLevelConfigurations",
  "podTemplates",
  "storageClasses",
  "storageLocations",
  "storagePools",
  "storageBackups",
  "storageSnapshots",
  "storageVolumes",
];

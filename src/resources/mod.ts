/** The shorthands: what an entry of `onCreate` and `onReconcile` may say, and the Kubernetes object that it becomes. */
import { configMaps } from "./kinds/config_maps.ts";
import { cronJobs } from "./kinds/cron_jobs.ts";
import { custom } from "./kinds/custom.ts";
import { deployments } from "./kinds/deployments.ts";
import { ingresses } from "./kinds/ingresses.ts";
import { jobs } from "./kinds/jobs.ts";
import { persistentVolumeClaims } from "./kinds/persistent_volume_claims.ts";
import { secrets } from "./kinds/secrets.ts";
import { serviceAccounts } from "./kinds/service_accounts.ts";
import { services } from "./kinds/services.ts";
import type { Shorthand } from "./shorthand.ts";

export {
  hasTargets,
  type SourceContent,
  type SourceName,
  sourceNameOf,
  targetsOf,
  toNamespacesField,
  writtenTargets,
} from "./copy.ts";
export { desiredDigest } from "./digest.ts";
export { mayOwn, ownerKindLabel } from "./stamp.ts";
export { renderEntry } from "./render.ts";
export { staticErrors } from "./static_errors.ts";
export { EntryError, type ExpandContext, type RenderedEntry, type Shorthand } from "./shorthand.ts";

/** By key, in the order in which a pass carries them out: what others read or mount comes first. */
export const shorthands: ReadonlyMap<string, Shorthand> = new Map(
  [
    secrets,
    configMaps,
    serviceAccounts,
    custom,
    deployments,
    services,
    jobs,
    cronJobs,
    persistentVolumeClaims,
    ingresses,
  ].map((shorthand) => [shorthand.key, shorthand]),
);

/** Documented kinds that this version does not make. */
export const laterShorthands: readonly string[] = [
  "namespaces",
  "networkPolicies",
  "resourceQuotas",
  "limitRanges",
  "clusterRoles",
  "clusterRoleBindings",
  "roles",
  "roleBindings",
  "replicaSets",
  "statefulSets",
  "persistentVolumes",
  "hpa",
  "pdb",
  "pods",
];

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

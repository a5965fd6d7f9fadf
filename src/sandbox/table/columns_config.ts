import type { KubeObject } from "../../k8s/object.ts";
import { ageColumn, type Any, column, wide } from "./column.ts";
import { age, type Column, nameColumn } from "./values.ts";

const accessModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

function modesText(modes: readonly string[] | undefined): string {
  return (modes ?? []).map((mode) => accessModes[mode] ?? mode).join(",");
}

function sizeOf(object: KubeObject): number {
  return Object.keys(object["data"] ?? {}).length + Object.keys(object["binaryData"] ?? {}).length;
}

const bindingColumns: readonly Column[] = [
  nameColumn,
  column("Role", (object) => `${object["roleRef"].kind}/${object["roleRef"].name}`),
  ageColumn,
  wide("Users", (object) => subjects(object, "User")),
  wide("Groups", (object) => subjects(object, "Group")),
  wide("ServiceAccounts", (object) => subjects(object, "ServiceAccount")),
];

function subjects(object: KubeObject, kind: string): string {
  const found = (object["subjects"] ?? []).filter((each: Any) => each.kind === kind);
  return found.map(({ namespace, name }: Any) => kind === "ServiceAccount" ? `${namespace}/${name}` : name).join(", ");
}

const createdAt = column("Created At", ({ metadata }) => metadata.creationTimestamp ?? "<unknown>", "date");
const webhookColumns: readonly Column[] = [
  nameColumn,
  column("Webhooks", (object) => (object["webhooks"] ?? []).length, "integer"),
  ageColumn,
];

function eventSource(event: KubeObject): string {
  const component = event["source"]?.component || event["reportingComponent"] || event["deprecatedSource"]?.component ||
    event["reportingController"] || "";
  const instance = event["source"]?.host || event["reportingInstance"] || "";
  return instance === "" ? component : `${component}, ${instance}`;
}

function eventObject(event: KubeObject): string {
  const about = event["involvedObject"] ?? event["regarding"] ?? {};
  return `${(about.kind ?? "").toLowerCase()}${about.name ? `/${about.name}` : ""}`;
}

function eventTime(event: KubeObject, ...fields: string[]): string | undefined {
  for (const field of fields) if (event[field]) return event[field];
  return undefined;
}

const eventColumns: readonly Column[] = [
  column(
    "Last Seen",
    (event, now) =>
      age(
        event["series"]?.lastObservedTime ?? eventTime(event, "lastTimestamp", "deprecatedLastTimestamp", "eventTime"),
        now,
      ),
  ),
  column("Type", (event) => event["type"] ?? ""),
  column("Reason", (event) => event["reason"] ?? ""),
  column("Object", eventObject),
  wide("Subobject", (event) => event["involvedObject"]?.fieldPath ?? event["regarding"]?.fieldPath ?? ""),
  wide("Source", eventSource),
  column("Message", (event) => (event["message"] ?? event["note"] ?? "").trim()),
  wide(
    "First Seen",
    (event, now) => age(eventTime(event, "firstTimestamp", "deprecatedFirstTimestamp", "eventTime"), now),
  ),
  wide("Count", (event) => event["series"]?.count ?? (event["count"] || event["deprecatedCount"] || 1)),
  { ...nameColumn, priority: 1 },
];

function quotaText({ spec, status }: KubeObject, limits: boolean): string {
  const hard: Record<string, string> = status?.hard ?? {};
  const names = Object.keys(hard).filter((name) => name.startsWith("limits.") === limits).sort();
  return spec === undefined
    ? ""
    : names.map((name) => `${name}: ${status?.used?.[name] ?? "0"}/${hard[name]}`).join(", ");
}

function nodeStatus({ spec, status }: KubeObject): string {
  const ready = (status?.conditions ?? []).find((each: Any) => each.type === "Ready");
  const text = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec?.unschedulable === true ? `${text},SchedulingDisabled` : text;
}

function nodeRoles({ metadata }: KubeObject): string {
  const roles = Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith("node-role.kubernetes.io/"));
  return roles.map((key) => key.slice("node-role.kubernetes.io/".length)).sort().join(",") || "<none>";
}

/** Columns of what configures and governs, by storage key. */
export const configColumns: Readonly<Record<string, readonly Column[]>> = {
  "configmaps.": [nameColumn, column("Data", sizeOf), ageColumn],
  "secrets.": [nameColumn, column("Type", (object) => object["type"]), column("Data", sizeOf), ageColumn],
  "serviceaccounts.": [nameColumn, ageColumn],
  "namespaces.": [nameColumn, column("Status", ({ status }) => status?.phase ?? ""), ageColumn],
  "events.": eventColumns,
  "nodes.": [
    nameColumn,
    column("Status", nodeStatus),
    column("Roles", nodeRoles),
    ageColumn,
    column("Version", ({ status }) => status?.nodeInfo?.kubeletVersion ?? ""),
  ],
  "resourcequotas.": [
    nameColumn,
    column("Request", (object) => quotaText(object, false)),
    column("Limit", (object) => quotaText(object, true)),
    ageColumn,
  ],
  "persistentvolumeclaims.": [
    nameColumn,
    column(
      "Status",
      ({ metadata, status }) => metadata.deletionTimestamp === undefined ? status?.phase ?? "" : "Terminating",
    ),
    column("Volume", ({ spec }) => spec.volumeName ?? ""),
    column("Capacity", ({ spec, status }) => spec.volumeName ? status?.capacity?.storage ?? "" : ""),
    column("Access Modes", ({ spec, status }) => spec.volumeName ? modesText(status?.accessModes) : ""),
    column("StorageClass", ({ spec }) => spec.storageClassName ?? ""),
    column("VolumeAttributesClass", ({ spec }) => spec.volumeAttributesClassName ?? "<unset>"),
    ageColumn,
    wide("VolumeMode", ({ spec }) => spec.volumeMode ?? "<unset>"),
  ],
  "persistentvolumes.": [
    nameColumn,
    column("Capacity", ({ spec }) => spec.capacity?.storage ?? ""),
    column("Access Modes", ({ spec }) => modesText(spec.accessModes)),
    column("Reclaim Policy", ({ spec }) => spec.persistentVolumeReclaimPolicy),
    column(
      "Status",
      ({ metadata, status }) => metadata.deletionTimestamp === undefined ? status?.phase ?? "" : "Terminating",
    ),
    column(
      "Claim",
      ({ spec }) => spec.claimRef === undefined ? "" : `${spec.claimRef.namespace}/${spec.claimRef.name}`,
    ),
    column("StorageClass", ({ spec }) => spec.storageClassName ?? ""),
    column("VolumeAttributesClass", ({ spec }) => spec.volumeAttributesClassName ?? "<unset>"),
    column("Reason", ({ status }) => status?.reason ?? ""),
    ageColumn,
    wide("VolumeMode", ({ spec }) => spec.volumeMode ?? "<unset>"),
  ],
  "storageclasses.storage.k8s.io": [
    nameColumn,
    column("Provisioner", (object) => object["provisioner"]),
    column("ReclaimPolicy", (object) => object["reclaimPolicy"] ?? "Delete"),
    column("VolumeBindingMode", (object) => object["volumeBindingMode"] ?? "Immediate"),
    column("AllowVolumeExpansion", (object) => object["allowVolumeExpansion"] ?? false),
    ageColumn,
  ],
  "leases.coordination.k8s.io": [nameColumn, column("Holder", ({ spec }) => spec?.holderIdentity ?? ""), ageColumn],
  "rolebindings.rbac.authorization.k8s.io": bindingColumns,
  "clusterrolebindings.rbac.authorization.k8s.io": bindingColumns,
  "priorityclasses.scheduling.k8s.io": [
    nameColumn,
    column("Value", (object) => object["value"], "integer"),
    column("Global-Default", (object) => object["globalDefault"] ?? false, "boolean"),
    ageColumn,
    column("PreemptionPolicy", (object) => object["preemptionPolicy"] ?? ""),
  ],
  "validatingwebhookconfigurations.admissionregistration.k8s.io": webhookColumns,
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": webhookColumns,
  "customresourcedefinitions.apiextensions.k8s.io": [
    nameColumn,
    column("Scope", ({ spec }) => spec.scope),
    column("Versions", ({ spec }) => spec.versions.map(versionText).join(",")),
    createdAt,
    wide("Group", ({ spec }) => spec.group),
    wide("Kind", ({ spec }) => spec.names.kind),
    wide("ShortNames", ({ spec }) => (spec.names.shortNames ?? []).join(",")),
    {
      ...wide(
        "Established",
        ({ status }) =>
          (status?.conditions ?? []).some((each: Any) => each.type === "Established" && each.status === "True"),
      ),
      type: "boolean",
    },
  ],
};

function versionText({ name, served, storage }: Any): string {
  const notes = [...(storage ? ["storage"] : []), ...(served ? [] : ["not served"])];
  return notes.length === 0 ? name : `${name}(${notes.join(",")})`;
}

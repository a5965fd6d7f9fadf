import type { JsonMap } from "../../base/json.ts";
import type { CrdEntry, CrdVersion } from "../../katalog/mod.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import { groupKind } from "../../k8s/object.ts";

/**
 * The CRD of an entry that names no manifest: of its `apiTypes`, and of what other entries of the kind say of their
 * versions. Where no schema is known, `spec` and `status` take any field. `undefined`: a kind of Kubernetes itself, which
 * has no CRD.
 */
export function derivedCrd(entry: CrdEntry, all: readonly CrdEntry[]): JsonMap | undefined {
  const { type } = entry;
  if (builtInType(type.kind, type.group) !== undefined) return undefined;
  const kin = all.filter((other) => groupKind(other.type) === groupKind(type));
  const versions = versionsOf(entry, kin);
  const storage = storageOf(entry, kin, versions);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${type.plural}.${type.group}` },
    spec: {
      group: type.group,
      names: {
        kind: type.kind,
        listKind: `${type.kind}List`,
        plural: type.plural,
        singular: type.kind.toLowerCase(),
      },
      scope: type.namespaced ? "Namespaced" : "Cluster",
      versions: versions.map((version) =>
        printVersion(version, version.name === storage, columnsOf(kin, version.name))
      ),
    },
  };
}

/** Those that `apiTypes.schema` describes, else one for each entry, and those that conversion leads to. */
function versionsOf({ definition, conversion, specReplicasPath }: CrdEntry, kin: readonly CrdEntry[]): CrdVersion[] {
  if (definition !== undefined) return [...definition.versions];
  const paths = kin.flatMap((each) => each.conversion?.paths ?? []).flatMap(({ from, to }) => [from, to]);
  const names = new Set([...kin.map((each) => each.type.version), ...conversion === undefined ? [] : paths]);
  return [...names].map((name) => {
    const own = kin.find((each) => each.type.version === name);
    const hasStatus = own?.hasStatus ?? true;
    return {
      ...{ name, served: true, storage: false, hasStatus, specReplicasPath, selectableFields: [] },
      schema: openSchema(hasStatus),
    };
  });
}

function storageOf(entry: CrdEntry, kin: readonly CrdEntry[], versions: readonly CrdVersion[]): string {
  const converted = kin.map((each) => each.conversion?.storageVersion).find((name) => name !== undefined);
  return converted ?? versions.find(({ storage }) => storage)?.name ?? entry.type.version;
}

/** What is not known is kept as it is sent, not pruned. */
function openSchema(hasStatus: boolean): JsonMap {
  const open: JsonMap = { "type": "object", "x-kubernetes-preserve-unknown-fields": true };
  return { type: "object", properties: { spec: open, ...hasStatus ? { status: open } : {} } };
}

function printVersion(version: CrdVersion, isStored: boolean, columns: readonly JsonMap[]): JsonMap {
  const { name, served, hasStatus, specReplicasPath, selectableFields, schema = openSchema(hasStatus) } = version;
  const subresources: JsonMap = {
    ...hasStatus ? { status: {} } : {},
    ...specReplicasPath === undefined
      ? {}
      : { scale: { specReplicasPath: `.${specReplicasPath}`, statusReplicasPath: ".status.replicas" } },
  };
  return {
    name,
    served,
    storage: isStored,
    schema: { openAPIV3Schema: schema },
    ...Object.keys(subresources).length === 0 ? {} : { subresources },
    ...selectableFields.length === 0 ? {} : {
      selectableFields: selectableFields.map((path) => ({ jsonPath: `.${path}` })),
    },
    additionalPrinterColumns: [...columns],
  };
}

/** What `kubectl get` shows: whether it is ready, the phase where the operator writes one, and the age. */
function columnsOf(kin: readonly CrdEntry[], version: string): JsonMap[] {
  const ready = '.status.conditions[?(@.type=="Ready")].status';
  const own = kin.find((each) => each.type.version === version);
  const hasPhase = own?.status.some(({ path }) => path.length === 1 && path[0] === "phase") === true;
  return [
    ...own === undefined ? [] : [{ name: "Ready", type: "string", jsonPath: ready }],
    ...hasPhase ? [{ name: "Phase", type: "string", jsonPath: ".status.phase" }] : [],
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ];
}

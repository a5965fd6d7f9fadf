import { isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import { discoverType, isNotFound } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { KubeObject, ResourceType } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { CustomKind } from "./custom_kinds.ts";
import { UpgradeError } from "./upgrade_error.ts";

export const definitionType: ResourceType = builtInType("CustomResourceDefinition")!;

/** What matters of a CRD for what is stored of its kind. */
export interface Definition {
  /** `shops.example.org` */
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Grows with every change of `spec`. */
  readonly generation: number;
  /** The version in which every write is stored. */
  readonly storageVersion: string;
  /** `status.storedVersions`: versions in which objects have ever been stored, until a client removes them. */
  readonly storedVersions: readonly string[];
  readonly servedVersions: readonly string[];
  /**
   * How its objects are read and written: in the storage version, where that is served, so that only objects that are
   * stored in another one are converted.
   */
  readonly type: ResourceType;
  /** Why its objects cannot be migrated at present, and what to do. */
  readonly obstacle?: string | undefined;
}

/** The CRD of a kind; `undefined`: there is none in the cluster. Throws `UpgradeError`, and as `ClusterApi.get` does. */
export async function findDefinition(api: ClusterApi, custom: CustomKind): Promise<Definition | undefined> {
  const { type } = custom;
  const found = type.guessed === true ? await discoverType(api, type) : undefined;
  return await getDefinition(api, `${(found ?? type).plural}.${custom.group}`, custom.storageVersion);
}

/** The CRD of this name. `wanted`: the storage version of the Katalog. */
export async function getDefinition(
  api: ClusterApi,
  name: string,
  wanted: string | undefined,
): Promise<Definition | undefined> {
  try {
    return readDefinition(await api.get(definitionType, { name }), wanted);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}

/** Reads a CRD. Throws `UpgradeError` where it is none that an API server would have accepted. */
export function readDefinition(object: KubeObject, wanted?: string): Definition {
  const { name, uid = "", resourceVersion = "", generation = 0, deletionTimestamp } = object.metadata;
  const [spec, status] = [mapOf(object["spec"]), mapOf(object["status"])];
  const names = mapOf(ownValue(spec, "names"));
  const versions = listOf(ownValue(spec, "versions")).filter(isMap);
  const storageVersion = textOf(ownValue(versions.find((each) => each["storage"] === true) ?? {}, "name"));
  const [group, kind, plural] = [ownValue(spec, "group"), ownValue(names, "kind"), ownValue(names, "plural")].map(
    textOf,
  );
  if (!storageVersion || !group || !kind || !plural) {
    throw new UpgradeError(`The CRD ${name} has no storage version, group, kind or plural`);
  }
  const servedVersions = versions.filter(({ served }) => served === true).map((each) => textOf(each["name"]) ?? "");
  const storedVersions = listOf(ownValue(status, "storedVersions")).filter((each) => typeof each === "string");
  const version = servedVersions.includes(storageVersion) ? storageVersion : servedVersions[0];
  const established = listOf(ownValue(status, "conditions")).filter(isMap)
    .some((condition) => condition["type"] === "Established" && condition["status"] === "True");
  const namespaced = ownValue(spec, "scope") !== "Cluster";
  return {
    name,
    uid,
    resourceVersion,
    generation,
    storageVersion,
    storedVersions,
    servedVersions,
    type: { group, version: version ?? storageVersion, kind, plural, namespaced },
    obstacle: deletionTimestamp !== undefined
      ? "the CRD is being deleted"
      : !established
      ? "the CRD is not established: its condition NamesAccepted says why"
      : version === undefined
      ? "the CRD serves no version, so its objects cannot be read: serve one of them (spec.versions[].served)"
      : wanted !== undefined && wanted !== storageVersion
      ? `the Katalog has conversion.storageVersion ${wanted}, and the CRD stores ${storageVersion}: apply the CRD of ` +
        "the Katalog first, or correct the Katalog"
      : !storedVersions.includes(storageVersion)
      ? `the storage version is being changed to ${storageVersion}, which is not in status.storedVersions yet: try ` +
        "again in a moment"
      : undefined,
  };
}

/** The versions in which objects may still be stored, the storage version apart. */
export function oldVersions({ storedVersions, storageVersion }: Definition): string[] {
  return storedVersions.filter((version) => version !== storageVersion);
}

function mapOf(value: unknown): JsonMap {
  return isMap(value as Json) ? value as JsonMap : {};
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

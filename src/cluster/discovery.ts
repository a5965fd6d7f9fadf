import type { Clock } from "../base/clock.ts";
import { isMap, type Json } from "../base/json.ts";
import { apiVersionOf, groupKind, type ResourceType, splitApiVersion } from "../k8s/object.ts";
import { type CallError, isCallError, isNotFound, NetworkError } from "./api_error.ts";
import type { CallOptions, ClusterApi } from "./ports.ts";
import { sleep } from "./sleep.ts";

/**
 * The resource that serves a kind, according to API discovery (`/apis/<group>/<version>`): its plural and scope.
 * `undefined` when the group, the version or the kind is not served.
 */
export async function discoverType(
  api: ClusterApi,
  type: ResourceType,
  options?: CallOptions,
): Promise<ResourceType | undefined> {
  const path = type.group === "" ? `/api/${type.version}` : `/apis/${apiVersionOf(type)}`;
  let list;
  try {
    list = await api.raw(path, options);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const resources = isMap(list) && Array.isArray(list["resources"]) ? list["resources"] : [];
  for (const resource of resources) {
    if (!isMap(resource) || resource["kind"] !== type.kind) continue;
    const plural = resource["name"];
    // Subresources are listed beside their resource, as `deployments/scale`.
    if (typeof plural !== "string" || plural.includes("/")) continue;
    const { group, version, kind } = type;
    return { group, version, kind, plural, namespaced: resource["namespaced"] === true };
  }
  return undefined;
}

/** Between two responses of discovery that have to agree before a kind counts as not served. */
export const confirmMs = 1_000;

/**
 * As `discoverType`, but a kind is not served only when that is the response twice, a second apart: an API server that
 * stops or starts may not know what it serves. `isRead`: objects have been read as `type` meanwhile, so that it is served
 * as that, and discovery is behind.
 */
export async function discoverTwice(
  api: ClusterApi,
  type: ResourceType,
  { clock, signal, isRead }: { readonly clock: Clock; readonly signal: AbortSignal; readonly isRead?: () => boolean },
): Promise<ResourceType | undefined> {
  const found = await discoverType(api, type, { signal });
  if (found !== undefined) return found;
  await sleep(clock, confirmMs, signal);
  if (isRead?.() === true) return type;
  return await discoverType(api, type, { signal });
}

/** Maximum number of groups whose discovery is read; a cluster has some dozens. */
const maxGroups = 500;
/** Of one group; there are rarely more than three. */
const maxVersions = 20;
/** Kinds that no Katalog creates, or that are not objects of their own. */
const notSwept: ReadonlySet<string> = new Set(["Event", "Event.events.k8s.io", "Lease.coordination.k8s.io"]);

/**
 * All types that the API server serves and whose objects can be listed and deleted, each in one version, the preferred
 * one where that has it, from API discovery (`/api/v1`, `/apis`, `/apis/<group>/<version>`). A version whose discovery
 * fails is left out.
 */
export async function discoverAll(
  api: ClusterApi,
  options?: CallOptions,
): Promise<{ readonly types: readonly ResourceType[]; readonly isComplete: boolean }> {
  const found = new Map<string, ResourceType>();
  let isComplete = true;
  for (const version of (await versionsOfGroups(api, options)).flat()) {
    const types = await typesOf(api, version, options);
    if (!Array.isArray(types)) {
      if (types instanceof NetworkError) throw types;
      isComplete = false; // an aggregated API that is down
      continue;
    }
    for (const type of types) if (!found.has(groupKind(type))) found.set(groupKind(type), type);
  }
  return { types: [...found.values()], isComplete };
}

/** What discovery says of kinds. */
export interface DiscoveredKinds {
  readonly types: readonly ResourceType[];
  /** `groupKind`s that were not found, and discovery of their group failed. */
  readonly unknown: readonly string[];
  /** Why, of the first one. */
  readonly failure: CallError | undefined;
}

/**
 * Those of these kinds (see `groupKind`) that the API server serves and whose objects can be listed and deleted. Reads
 * their groups alone, and of those no more versions than it takes to find them.
 */
export async function discoverKinds(
  api: ClusterApi,
  kinds: readonly string[],
  options?: CallOptions,
): Promise<DiscoveredKinds> {
  const wanted = Map.groupBy(kinds, (kind) => kind.includes(".") ? kind.slice(kind.indexOf(".") + 1) : "");
  const found = new Map<string, ResourceType>();
  const unknown: string[] = [];
  let failure: CallError | undefined;
  for (const versions of await versionsOfGroups(api, options)) {
    const ofGroup = wanted.get(splitApiVersion(versions[0]!).group) ?? [];
    let failed: CallError | undefined;
    for (const version of versions) {
      if (ofGroup.every((kind) => found.has(kind))) break;
      const types = await typesOf(api, version, options);
      if (!Array.isArray(types)) failed ??= isNotFound(types) ? undefined : types;
      else for (const type of types) if (!found.has(groupKind(type))) found.set(groupKind(type), type);
    }
    if (failed === undefined) continue;
    failure ??= failed;
    unknown.push(...ofGroup.filter((kind) => !found.has(kind)));
  }
  const types = kinds.flatMap((kind) => found.get(kind) ?? []);
  return { types, unknown, failure: unknown.length === 0 ? undefined : failure };
}

/** `[group/version, …]` of each group, the preferred one first; the core group is `[v1]`. */
async function versionsOfGroups(api: ClusterApi, options: CallOptions | undefined): Promise<string[][]> {
  const groups = await api.raw("/apis", options);
  const listed = isMap(groups) && Array.isArray(groups["groups"]) ? groups["groups"].slice(0, maxGroups) : [];
  return [["v1"], ...listed.map(versionsOf).filter((versions) => versions.length > 0)];
}

/** `group/version` of a group, the preferred one first. */
function versionsOf(group: Json): string[] {
  if (!isMap(group)) return [];
  const { preferredVersion, versions } = group;
  const all = [preferredVersion, ...Array.isArray(versions) ? versions.slice(0, maxVersions) : []];
  const names = all.map((version) => isMap(version) ? version["groupVersion"] : undefined);
  return [...new Set(names.filter((name) => typeof name === "string"))];
}

/** Returns why discovery of the version failed. */
async function typesOf(
  api: ClusterApi,
  apiVersion: string,
  options: CallOptions | undefined,
): Promise<ResourceType[] | CallError> {
  const { group, version } = splitApiVersion(apiVersion);
  let list: Json;
  try {
    list = await api.raw(group === "" ? `/api/${version}` : `/apis/${apiVersion}`, options);
  } catch (error) {
    if (isCallError(error)) return error;
    throw error;
  }
  const resources = isMap(list) && Array.isArray(list["resources"]) ? list["resources"] : [];
  return resources.flatMap((resource) => {
    if (!isMap(resource)) return [];
    const { name: plural, kind, namespaced, verbs } = resource;
    if (typeof plural !== "string" || plural.includes("/") || typeof kind !== "string") return [];
    const can = (verb: string) => Array.isArray(verbs) && verbs.includes(verb);
    const type = { group, version, kind, plural, namespaced: namespaced === true };
    return can("list") && can("delete") && !notSwept.has(groupKind(type)) ? [type] : [];
  });
}

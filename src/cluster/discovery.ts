import type { Clock } from "../base/clock.ts";
import { isMap, type Json } from "../base/json.ts";
import { apiVersionOf, groupKind, type ResourceType, splitApiVersion } from "../k8s/object.ts";
import { ApiError, isNotFound } from "./api_error.ts";
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

/** Between two responses of `discoverTwice`. */
const confirmMs = 1_000;

/**
 * As `discoverType`, but a kind is not served only when that is the response twice, a second apart: an API server that
 * stops or starts may not know what it serves.
 */
export async function discoverTwice(
  api: ClusterApi,
  type: ResourceType,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ResourceType | undefined> {
  const found = await discoverType(api, type, { signal });
  if (found !== undefined) return found;
  await sleep(clock, confirmMs, signal);
  return await discoverType(api, type, { signal });
}

/** Maximum number of groups whose discovery is read; a cluster has some dozens. */
const maxGroups = 500;
/** Kinds that no Katalog creates, or that are not objects of their own. */
const notSwept: ReadonlySet<string> = new Set(["Event", "Event.events.k8s.io", "Lease.coordination.k8s.io"]);

/**
 * All types that the API server serves and whose objects can be listed and deleted, each in its preferred version, from
 * API discovery (`/api/v1`, `/apis`, `/apis/<group>/<version>`). A group whose discovery fails is left out.
 */
export async function discoverAll(api: ClusterApi, options?: CallOptions): Promise<ResourceType[]> {
  const groups = await api.raw("/apis", options);
  const listed = isMap(groups) && Array.isArray(groups["groups"]) ? groups["groups"].slice(0, maxGroups) : [];
  const versions = [
    "v1",
    ...listed.flatMap((group) => {
      const preferred = isMap(group) ? group["preferredVersion"] : undefined;
      const name = isMap(preferred) ? preferred["groupVersion"] : undefined;
      return typeof name === "string" ? [name] : [];
    }),
  ];
  const types: ResourceType[] = [];
  for (const version of versions) types.push(...await typesOf(api, version, options));
  return types;
}

async function typesOf(api: ClusterApi, apiVersion: string, options?: CallOptions): Promise<ResourceType[]> {
  const { group, version } = splitApiVersion(apiVersion);
  let list: Json;
  try {
    list = await api.raw(group === "" ? `/api/${version}` : `/apis/${apiVersion}`, options);
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400) return []; // an aggregated API that is down
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

import { isMap } from "../base/json.ts";
import { apiVersionOf, type ResourceType } from "../k8s/object.ts";
import { isNotFound } from "./api_error.ts";
import type { CallOptions, ClusterApi } from "./ports.ts";

/**
 * The resource that serves a kind, as the API server's discovery says (`/apis/<group>/<version>`): its plural and scope.
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

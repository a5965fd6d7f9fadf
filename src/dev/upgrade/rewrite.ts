import { isConflict, isMissingType, isNotFound } from "../../cluster/mod.ts";
import { ApiError, isCallError } from "../../cluster/api_error.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { KubeObject, ResourceType } from "../../k8s/object.ts";
import { type Patience, withRetries } from "./patience.ts";

/**
 * What became of one object.
 *
 * - `rewritten`: the API server stored it again, in the storage version;
 * - `unchanged`: it was stored like that before, and nothing was written;
 * - `writtenByOthers`: another client wrote it after it was read, which stored it in the storage version;
 * - `gone`: it was deleted.
 */
export type Outcome = "rewritten" | "unchanged" | "writtenByOthers" | "gone";

/**
 * Has the API server store an object again as it is. The write is a merge patch of its uid and resourceVersion, which
 * changes nothing: the API server reads the object, encodes it in the storage version, compares that with the bytes in
 * etcd and writes where they differ (`GuaranteedUpdate` in k8s.io/apiserver `pkg/storage/etcd3/store.go`). So an object
 * in an old version gets a new resourceVersion, and one in the storage version costs no write and causes no event. A
 * PUT of the whole object does the same with a larger request; the migrator of Kubernetes sends an apply of these two
 * fields.
 *
 * Throws as `ClusterApi.mergePatch` does, after retries, when the object is refused or cannot be converted.
 */
export async function rewrite(
  api: ClusterApi,
  type: ResourceType,
  { metadata }: KubeObject,
  patience: Patience,
): Promise<Outcome> {
  const { name, namespace, uid, resourceVersion } = metadata;
  const target = { name, namespace };
  try {
    const patch = { metadata: { uid: uid ?? null, resourceVersion: resourceVersion ?? null } };
    const after = await withRetries(patience, () => api.mergePatch(type, target, patch));
    return after.metadata.resourceVersion === resourceVersion ? "unchanged" : "rewritten";
  } catch (error) {
    if (isNotFound(error) && !isMissingType(error)) return "gone";
    if (!isConflict(error)) throw error;
    return await afterConflict(error, () => api.get(type, target), resourceVersion, patience);
  }
}

/** An admission webhook may refuse with the code of a conflict: what counts is whether the object has changed. */
async function afterConflict(
  refusal: ApiError,
  get: () => Promise<KubeObject>,
  resourceVersion: string | undefined,
  patience: Patience,
): Promise<Outcome> {
  try {
    const { metadata } = await withRetries(patience, get);
    if (metadata.resourceVersion !== resourceVersion) return "writtenByOthers";
  } catch (error) {
    if (!isCallError(error) || !isNotFound(error) || isMissingType(error)) throw error;
    return "gone";
  }
  throw refusal;
}

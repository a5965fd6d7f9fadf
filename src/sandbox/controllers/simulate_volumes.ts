import type { Json, JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { Tools } from "./simulator.ts";

/** Set on every volume as it is created (admission plugin StorageObjectInUseProtection). */
const protection = "kubernetes.io/pv-protection";

/**
 * Claims are bound to invisible volumes, so a volume that a client created is not in use, and goes when it is deleted.
 */
export function simulateVolume(volume: KubeObject, tools: Tools): undefined {
  const { deletionTimestamp, finalizers = [] } = volume.metadata;
  if (deletionTimestamp === undefined || !finalizers.includes(protection)) return;
  tools.change(volume, (body) => ({
    ...body,
    metadata: {
      ...(body["metadata"] as JsonMap),
      finalizers: finalizers.filter((finalizer) => finalizer !== protection) as Json,
    },
  }));
}

import type { Json, JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { Tools } from "./simulator.ts";

/** Set on every claim as it is created (admission plugin StorageObjectInUseProtection). */
const protection = "kubernetes.io/pvc-protection";

/** How soon a claim that is in use is looked at again. */
const againMs = 100;

/** A claim is bound to an invisible volume, and goes when no Pod uses it any more. */
export function simulateClaim(claim: KubeObject, tools: Tools): number | undefined {
  const { spec, status, metadata } = claim;
  if (metadata.deletionTimestamp !== undefined) return release(claim, tools);
  if (status.phase === "Bound") return undefined;
  if (spec.volumeName === undefined) {
    tools.change(claim, (body) => ({ ...body, spec: { ...spec, volumeName: `pvc-${metadata.uid}` } }));
    return undefined;
  }
  tools.setStatus(claim, { phase: "Bound", accessModes: spec.accessModes, capacity: spec.resources.requests });
  return undefined;
}

function release(claim: KubeObject, tools: Tools): number | undefined {
  const { name, namespace, finalizers = [] } = claim.metadata;
  if (!finalizers.includes(protection)) return undefined;
  if (tools.inNamespace("pods.", namespace!).some((pod) => uses(pod, name))) return againMs;
  tools.change(claim, (body) => ({
    ...body,
    metadata: {
      ...(body["metadata"] as JsonMap),
      finalizers: finalizers.filter((finalizer) => finalizer !== protection) as Json,
    },
  }));
  return undefined;
}

function uses(pod: KubeObject, claim: string): boolean {
  const volumes: { persistentVolumeClaim?: { claimName: string } }[] = pod["spec"].volumes ?? [];
  return volumes.some((volume) => volume.persistentVolumeClaim?.claimName === claim);
}

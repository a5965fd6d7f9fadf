import type { KubeObject } from "../../k8s/object.ts";
import type { Tools } from "./simulation.ts";

/** A claim is bound to a volume that nobody sees. */
export function simulateClaim(claim: KubeObject, tools: Tools): undefined {
  const { spec, status, metadata } = claim;
  if (metadata.deletionTimestamp !== undefined || status.phase === "Bound") return;
  if (spec.volumeName === undefined) {
    tools.change(claim, (body) => ({ ...body, spec: { ...spec, volumeName: `pvc-${metadata.uid}` } }));
    return;
  }
  tools.setStatus(claim, { phase: "Bound", accessModes: spec.accessModes, capacity: spec.resources.requests });
}

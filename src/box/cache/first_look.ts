import type { KubeObject } from "../../k8s/object.ts";

/**
 * Which CRs to begin with when a box starts: those at which something looks unfinished. After a restart nearly all of
 * many CRs are in order, and what went wrong meanwhile must not wait until all of those were looked at. A guess from
 * what is at hand anyway, about order and nothing else: every CR has its pass.
 */
export function looksUnfinished(
  cr: KubeObject,
  children: number,
  seen: {
    /** The largest number of children that a CR of the box has. */
    readonly maxChildren: number;
    readonly writesStatus: boolean;
  },
): boolean {
  if (cr.metadata.deletionTimestamp !== undefined || children < seen.maxChildren) return true;
  if (!seen.writesStatus) return false;
  const status = cr["status"] ?? {};
  if (status.observedGeneration !== undefined && status.observedGeneration !== cr.metadata["generation"]) return true;
  const conditions: { type?: string; status?: string }[] = Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.find(({ type }) => type === "Ready")?.status !== "True";
}

import type { KubeObject } from "../../k8s/object.ts";

/**
 * Which CRs to reconcile first when a box starts: those that look unfinished. After a restart nearly all of many CRs
 * are up to date, and one that is not must not wait for all of them. A heuristic on cached data that affects the order
 * only: every CR is reconciled.
 */
export function looksUnfinished(
  cr: KubeObject,
  children: number,
  seen: {
    /** The maximum number of children that a CR of the box has. */
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

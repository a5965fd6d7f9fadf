import type { KubeObject } from "../k8s/object.ts";
import type { BoxPlan } from "../plan/plan.ts";

/** Does the box's `labelSelector` match this CR? It does where there is none. */
export function isSelected(plan: Pick<BoxPlan, "labelSelector">, cr: KubeObject): boolean {
  const own = cr.metadata.labels ?? {};
  return Object.entries(plan.labelSelector ?? {}).every(([key, value]) =>
    Object.hasOwn(own, key) && own[key] === value
  );
}

import { parseFieldPath } from "../base/field_path.ts";
import { scalarText } from "../base/scalar_text.ts";
import { isMap } from "../base/json.ts";
import { judgeNamespace } from "../k8s/namespace_globs.ts";
import { type KubeObject, valueAt } from "../k8s/object.ts";
import type { BoxPlan } from "../plan/plan.ts";

/**
 * Do the box's `labelSelector` and `fieldSelector` match this CR? They do where there are none. Fields are dot paths,
 * compared as text, as the API server compares `selectableFields` of a CRD.
 */
export function isSelected(plan: Pick<BoxPlan, "labelSelector" | "fieldSelector">, cr: KubeObject): boolean {
  const own = cr.metadata.labels ?? {};
  const labelled = Object.entries(plan.labelSelector ?? {}).every(([key, value]) =>
    Object.hasOwn(own, key) && own[key] === value
  );
  return labelled && Object.entries(plan.fieldSelector ?? {}).every(([path, value]) => {
    const found = valueAt(cr as never, parseFieldPath(path) ?? [path]);
    if (found === undefined || found === null) return value === "";
    return !isMap(found) && !Array.isArray(found) && scalarText(found) === value;
  });
}

/** Is the CR where the namespace lists let CRs be (ruling 26)? A cluster-scoped one is nowhere. */
export function isInAllowedNamespace(
  plan: Pick<BoxPlan, "allowedNamespaces" | "restrictedNamespaces">,
  { metadata: { namespace } }: KubeObject,
): boolean {
  const rules = { allowed: plan.allowedNamespaces, restricted: plan.restrictedNamespaces };
  return namespace === undefined || judgeNamespace(rules, namespace) === "allowed";
}

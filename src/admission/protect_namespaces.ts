import { isMap, type Json, ownValue } from "../base/json.ts";
import { judgeNamespace } from "../k8s/namespace_globs.ts";
import type { BoxNamespaces } from "../plan/plan.ts";
import { isBeingDeleted } from "./protect_deletion.ts";
import { isCollector, isRuntime, type Protection, type ProtectionRequest, resourceKey } from "./protection.ts";
import { allowed, described, refused, type Verdict } from "./verdict.ts";

/**
 * A CREATE or UPDATE of a CR in a namespace where the lists let no CR be. What is astray can always go: objects that
 * are being deleted pass, and so do updates of the collector and the Runtime, which prepare that.
 */
export function decideNamespace(protection: Protection, request: ProtectionRequest): Verdict {
  const { operation, namespace, subResource, userInfo, object, oldObject } = request;
  const known = protection.namespaces.get(resourceKey(request.resource));
  if (known === undefined || namespace === undefined || namespace === "" || (subResource ?? "") !== "") return allowed;
  if (operation !== "CREATE" && operation !== "UPDATE") return allowed;
  if (operation === "UPDATE") {
    if (isBeingDeleted(oldObject)) return allowed;
    if (isCollector(userInfo) || isRuntime(userInfo, protection.installation)) return allowed;
  }
  const verdicts = known.rules.filter((rules) => isTaken(rules, namespace, object))
    .map((rules) => judgeNamespace(rules, namespace));
  if (verdicts.length === 0 || verdicts.includes("allowed")) return allowed;
  const what = `${described(request, known.kind)}: the namespace "${namespace}" is`;
  return verdicts.includes("not in the allowed list")
    ? refused(`${what} not in the allowed list`, "use a namespace of allowedNamespaces, or add this one in the Katalog")
    : refused(`${what} restricted`, "use another namespace, or take this one off restrictedNamespaces in the Katalog");
}

/** Whether the box would take the CR, as far as labels and namespace say; its namespace lists aside. */
function isTaken(
  { labelSelector, namespace: only }: BoxNamespaces,
  namespace: string,
  object: Json | undefined,
): boolean {
  if (only !== undefined && only !== namespace) return false;
  const metadata = isMap(object) ? ownValue(object, "metadata") : undefined;
  const labels = isMap(metadata) ? ownValue(metadata, "labels") : undefined;
  return Object.entries(labelSelector ?? {}).every(([key, value]) => isMap(labels) && ownValue(labels, key) === value);
}

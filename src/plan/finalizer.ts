import { isMap, ownValue } from "../base/json.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { EntryPlan } from "./plan.ts";

/**
 * Whether a box may make children that the garbage collector does not remove with the CR: those of a namespaced CR in
 * cluster scope or in another namespace. Everything a cluster-scoped CR owns is collected (rulings 22, 46), and what is
 * kept needs no clearing away (ruling 62).
 */
export function needsFinalizer(owner: ResourceType, entries: readonly EntryPlan[]): boolean {
  if (!owner.namespaced) return false;
  return entries.some((entry) =>
    entry.deletionPolicy === "Delete" &&
    (!entry.type.namespaced || (!entry.namespaceFromCr && !isOwnNamespace(namespaceOf(entry))))
  );
}

/** The template that only says what is the default: the namespace of the CR. */
function isOwnNamespace(namespace: string | undefined): boolean {
  return namespace !== undefined && /^\s*\{\{-?\s*\.metadata\.namespace\s*-?\}\}\s*$/.test(namespace);
}

function namespaceOf(entry: EntryPlan): string | undefined {
  const at = entry.shorthand === "custom" ? ownValue(entry.fields, "metadata") : entry.fields;
  const namespace = isMap(at) ? ownValue(at, "namespace") : undefined;
  return typeof namespace === "string" ? namespace : undefined;
}

import { isMap, type Json, ownValue } from "../base/json.ts";
import { builtInType } from "../k8s/resource_types.ts";
import type { Need } from "./needs.ts";
import { literalNameOf, type PlacedBox, placeOfChild } from "./placement.ts";
import type { EntryPlan, ScopePlan } from "./plan.ts";
import { reasonOf } from "./reasons.ts";

const group = "rbac.authorization.k8s.io";

/**
 * What the API server asks of writers of roles and bindings, besides the right to write them: otherwise they would
 * have to hold all that a role grants (Kubernetes: "Using RBAC Authorization", privilege escalation prevention).
 */
export function needsOfRoles(box: PlacedBox, entry: EntryPlan): Need[] {
  if (entry.type.group !== group) return [];
  const place = placeOfChild(box, entry);
  const reasons = [reasonOf(entry.at)];
  switch (entry.type.kind) {
    case "Role":
    case "ClusterRole": {
      // A POST is judged without a name.
      const name = entry.mode === "apply" ? literalNameOf(entry) : undefined;
      return [{ verb: "escalate", type: entry.type, scope: place, name, reasons }];
    }
    case "RoleBinding":
      return needsToBind(entry, ["Role", "ClusterRole"], place);
    case "ClusterRoleBinding":
      return needsToBind(entry, ["ClusterRole"], place);
    default:
      return [];
  }
}

/** `bind` is judged where the binding stands, by the role that it names. */
function needsToBind(entry: EntryPlan, kinds: readonly string[], scope: ScopePlan): Need[] {
  const roleRef = ownValue(entry.fields, "roleRef");
  // The shorthand takes the first one where the entry says none.
  const kind = literal(roleRef, "kind") ?? (entry.shorthand === "custom" ? undefined : kinds[0]);
  const name = literal(roleRef, "name");
  return kinds.filter((each) => kind === undefined || kind === each).map((each) => ({
    verb: "bind",
    type: builtInType(each, group)!,
    scope,
    name,
    reasons: [reasonOf(entry.at)],
  }));
}

function literal(map: Json | undefined, key: string): string | undefined {
  const value = isMap(map) ? ownValue(map, key) : undefined;
  return typeof value === "string" && !value.includes("{{") ? value : undefined;
}

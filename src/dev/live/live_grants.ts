import type { JsonMap } from "../../base/json.ts";
import {
  type AccountGrants,
  type BoundRule,
  boundRules,
  isAllowed,
  type Permission,
  permissionKey,
  type PermissionLine,
  permissionLines,
  permissionsOf,
} from "../../bundle/mod.ts";

/** What a ServiceAccount is granted and a Katalog does not need. */
export interface ExcessLine extends PermissionLine<string> {
  /** The binding: `ClusterRoleBinding helper`. */
  readonly via: string;
}

/** How what a ServiceAccount needs and what it is granted differ. */
export interface LiveGrants {
  readonly account: string;
  /** The operator, where each has its own. */
  readonly box?: string;
  readonly missing: readonly PermissionLine[];
  readonly excess: readonly ExcessLine[];
}

/** A permission that is granted; verbs and resources may be wildcards. */
type Granted = Omit<Permission, "verb"> & { readonly verb: string; readonly via: string };

/**
 * Compares what an account needs with the roles and bindings of a cluster. What groups grant that it is in counts, and is
 * no excess: it is everybody's.
 */
export function compareGrants(
  { account, box, grants }: AccountGrants,
  objects: readonly JsonMap[],
  namespace: string,
): LiveGrants {
  const rules = boundRules(objects, { namespace, name: account });
  const needed = permissionsOf(grants);
  const missing = needed.filter((each) => !isAllowed(rules, each));
  const excess = rules.filter(({ byGroup }) => byGroup !== true).flatMap(grantedBy)
    .filter((each) => !needed.some((need) => covers(need, each)));
  const unique = [...new Map(excess.map((each) => [`${each.via} ${permissionKey(each)}`, each])).values()];
  return {
    account,
    ...box === undefined ? {} : { box },
    missing: permissionLines(missing),
    excess: [...Map.groupBy(unique, ({ via }) => via)].flatMap(([via, members]) =>
      permissionLines(members).map((line) => ({ ...line, via }))
    ),
  };
}

function grantedBy({ namespace, rule, via = "" }: BoundRule): Granted[] {
  const { apiGroups, resources, verbs, resourceNames = [] } = rule;
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => names.map((name) => ({ verb, group, resource, namespace, name, reasons: [], via })))
    )
  );
}

/** Is a granted permission needed, all of it? A wildcard never is. */
function covers(need: Permission, granted: Granted): boolean {
  return need.verb === granted.verb && need.group === granted.group && need.resource === granted.resource &&
    (need.namespace === undefined || need.namespace === granted.namespace) &&
    (need.name === undefined || need.name === granted.name);
}

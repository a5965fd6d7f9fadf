import type { JsonMap } from "../base/json.ts";

/** One request, as RBAC sees it. */
export interface RbacRequest {
  readonly verb: string;
  readonly group: string;
  /** `deployments`, `shops/status`. */
  readonly resource: string;
  /** Absent: a collection, or an object that is being created. */
  readonly name?: string | undefined;
  /** Absent: a cluster-scoped kind, or all namespaces. */
  readonly namespace?: string | undefined;
}

/** `rbac.authorization.k8s.io/v1` PolicyRule, of resources. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** A rule, and where it is bound; no namespace: in all of them. */
export interface BoundRule {
  readonly namespace: string | undefined;
  readonly rule: PolicyRule;
  /** The binding: `ClusterRoleBinding orkestra`, `RoleBinding team/orkestra`. */
  readonly via?: string;
  /** It is bound to a group that every ServiceAccount of the namespace, or of the cluster, is in. */
  readonly byGroup?: boolean;
}

/** What RBAC objects have of use here. */
interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  /** Those for paths (`nonResourceURLs`) have no resources. */
  readonly rules?: readonly (Partial<PolicyRule> & Pick<PolicyRule, "verbs">)[] | null;
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[] | null;
}

/**
 * What a ServiceAccount is bound to by roles and bindings, itself or as a member of a group (Kubernetes: "Using RBAC
 * Authorization"). A binding to a role that does not exist grants nothing.
 */
export function boundRules(
  objects: readonly JsonMap[],
  account: { readonly namespace: string; readonly name: string },
): BoundRule[] {
  const all = objects as unknown as readonly RbacObject[];
  const roles = new Map(
    all.filter(({ kind }) => kind === "ClusterRole" || kind === "Role").map((role) => [idOf(role), role]),
  );
  const groups = ["system:authenticated", "system:serviceaccounts", `system:serviceaccounts:${account.namespace}`];
  return all.flatMap(({ kind, metadata, roleRef, subjects }) => {
    if (!kind.endsWith("RoleBinding") || roleRef === undefined) return [];
    const names = (subjects ?? []).filter((each) =>
      each.kind === "ServiceAccount"
        ? each.name === account.name && (each.namespace ?? metadata.namespace) === account.namespace
        : each.kind === "Group"
        ? groups.includes(each.name)
        : each.name === `system:serviceaccount:${account.namespace}:${account.name}`
    );
    if (names.length === 0) return [];
    const place = roleRef.kind === "ClusterRole" ? undefined : metadata.namespace;
    const role = roles.get(idOf({ kind: roleRef.kind, metadata: { name: roleRef.name, namespace: place } }));
    const namespace = kind === "ClusterRoleBinding" ? undefined : metadata.namespace;
    const via = `${kind} ${namespace === undefined ? "" : `${namespace}/`}${metadata.name}`;
    const byGroup = names.every((each) => each.kind === "Group");
    return (role?.rules ?? []).flatMap(({ apiGroups, resources, ...rest }) =>
      apiGroups === undefined || resources === undefined
        ? []
        : [{ namespace, rule: { apiGroups, resources, ...rest }, via, byGroup }]
    );
  });
}

function idOf({ kind, metadata: { name, namespace } }: {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}): string {
  return JSON.stringify([kind, namespace, name]);
}

/** As kube-apiserver decides (`rbac.RuleAllows`). */
export function isAllowed(
  rules: readonly Pick<BoundRule, "namespace" | "rule">[],
  { verb, group, resource, name, namespace }: RbacRequest,
): boolean {
  return rules.some(({ namespace: bound, rule }) =>
    (bound === undefined || bound === namespace) &&
    has(rule.verbs, verb) && has(rule.apiGroups, group) && hasResource(rule.resources, resource) &&
    ((rule.resourceNames ?? []).length === 0 || (name !== undefined && rule.resourceNames!.includes(name)))
  );
}

function has(list: readonly string[], value: string): boolean {
  return list.includes(value) || list.includes("*");
}

/** A subresource of all resources is another wildcard (`*` followed by a slash and its name). */
function hasResource(list: readonly string[], resource: string): boolean {
  const [, subresource] = resource.split("/");
  return has(list, resource) || (subresource !== undefined && list.includes(`*/${subresource}`));
}

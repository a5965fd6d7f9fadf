import type { JsonMap } from "../../src/base/json.ts";
import type { EffectPlan } from "../../src/plan/mod.ts";

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

/** `rbac.authorization.k8s.io/v1` PolicyRule. */
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
}

/** What a ServiceAccount is bound to by roles and bindings (Kubernetes: "Using RBAC Authorization"). */
export function boundRules(objects: readonly JsonMap[], account: { namespace: string; name: string }): BoundRule[] {
  interface Bound {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly rules?: readonly PolicyRule[];
    readonly roleRef?: { readonly kind: string; readonly name: string };
    readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
  }
  const all = objects as unknown as Bound[];
  return all.filter(({ kind }) => kind.endsWith("RoleBinding")).flatMap(({ kind, metadata, roleRef, subjects }) => {
    const isMeant = subjects!.some((each) =>
      each.kind === "ServiceAccount" && each.name === account.name && each.namespace === account.namespace
    );
    if (!isMeant) return [];
    const role = all.find((each) =>
      each.kind === roleRef!.kind && each.metadata.name === roleRef!.name &&
      (each.kind === "ClusterRole" || each.metadata.namespace === metadata.namespace)
    );
    const namespace = kind === "ClusterRoleBinding" ? undefined : metadata.namespace;
    return role!.rules!.map((rule) => ({ namespace, rule }));
  });
}

/** As kube-apiserver decides (`rbac.RuleAllows`). */
export function isAllowed(rules: readonly BoundRule[], request: RbacRequest): boolean {
  const { verb, group, resource, name, namespace } = request;
  const has = (list: readonly string[], value: string): boolean => list.includes(value) || list.includes("*");
  return rules.some(({ namespace: bound, rule }) =>
    (bound === undefined || bound === namespace) &&
    has(rule.verbs, verb) && has(rule.apiGroups, group) && has(rule.resources, resource) &&
    (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name)))
  );
}

/** Requests that together stand for an effect: each name, in each namespace. */
export function requestsOf({ verb, type, subresource, scope, names }: EffectPlan): RbacRequest[] {
  const resource = subresource === undefined ? type.plural : `${type.plural}/${subresource}`;
  const isCollection = verb === "create" || ((verb === "list" || verb === "watch") && names === undefined);
  const places = scope.kind === "namespaces" ? scope.namespaces : type.namespaced ? ["any", undefined] : [undefined];
  return places.flatMap((namespace) =>
    // A list with a field selector on one name counts as that of the name.
    (isCollection ? [undefined] : names ?? ["any-name"]).map((name) => ({
      ...{ verb, group: type.group, resource, name, namespace },
    }))
  ).filter((request) => request.namespace !== undefined || !type.namespaced || verb === "list" || verb === "watch");
}

/** Every set of rules with one verb, or one name, less. */
export function* withoutOne(rules: readonly BoundRule[]): Generator<{ without: string; rules: BoundRule[] }> {
  for (const [i, { namespace, rule }] of rules.entries()) {
    const { verbs, resources, resourceNames } = rule;
    const replaced = (changed: PolicyRule): BoundRule[] => rules.with(i, { namespace, rule: changed });
    for (const verb of verbs) {
      const where = `${verb} ${resources} in ${namespace ?? "all"}`;
      yield { without: where, rules: replaced({ ...rule, verbs: verbs.filter((each) => each !== verb) }) };
      for (const name of resourceNames ?? []) {
        const rest = { ...rule, verbs: verbs.filter((each) => each !== verb) };
        const named = { ...rule, verbs: [verb], resourceNames: resourceNames!.filter((each) => each !== name) };
        yield { without: `${where} of ${name}`, rules: [...replaced(rest), { namespace, rule: named }] };
      }
    }
  }
}

import type { JsonMap } from "../base/json.ts";
import { installedName } from "../k8s/installation.ts";
import { type BundleObject, type Component, labelsOf } from "./bundle_object.ts";
import type { GrantRule, Grants } from "./grants.ts";
import type { ReasonTexts } from "./reasons.ts";

const group = "rbac.authorization.k8s.io";

/** A ServiceAccount of an installation, and the part that it belongs to. */
export interface Account {
  readonly component: Component;
  readonly account: string;
}

/**
 * The roles of a ServiceAccount and their bindings: a ClusterRole for what is granted in all namespaces, a Role in each
 * namespace for the rest. A role without rules is left out.
 */
export function roleObjects(
  { component, account }: Account,
  { cluster, namespaced }: Grants,
  namespace: string,
  texts: ReasonTexts,
): BundleObject[] {
  const name = installedName(account, namespace);
  const places = [[undefined, cluster] as const, ...namespaced];
  return places.filter(([, rules]) => rules.length > 0).flatMap(([place, rules]) => {
    const kind = place === undefined ? "ClusterRole" : "Role";
    const metadata = { name, ...(place === undefined ? {} : { namespace: place }), labels: labelsOf(component) };
    const head = (what: string): JsonMap => ({ apiVersion: `${group}/v1`, kind: what, metadata });
    return [
      {
        object: { ...head(kind), rules: rules.map(policyRule) },
        ruleComments: rules.map(({ reasons }) => reasons.map((reason) => texts.textOf(reason))),
      },
      {
        object: {
          ...head(`${kind}Binding`),
          roleRef: { apiGroup: group, kind, name },
          subjects: [{ kind: "ServiceAccount", name: account, namespace }],
        },
      },
    ];
  });
}

function policyRule({ group: apiGroup, resource, verbs, names }: GrantRule): JsonMap {
  return {
    apiGroups: [apiGroup],
    resources: [resource],
    ...(names === undefined ? {} : { resourceNames: [...names] }),
    verbs: [...verbs],
  };
}

/** A token is mounted by those Pods that ask for it. */
export function serviceAccount({ component, account }: Account, namespace: string): BundleObject {
  return {
    object: {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: account, namespace, labels: labelsOf(component) },
      automountServiceAccountToken: false,
    },
  };
}

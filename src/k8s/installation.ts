/** What one installation of Ork consists of, by name: what protection has to know of itself. */
export interface Installation {
  /** Namespace of the Runtime and the Gateway. */
  readonly namespace: string;
  /** Names of the ServiceAccounts, in that namespace. */
  readonly runtimeAccount: string;
  readonly gatewayAccount: string;
  /** Those of operators, where each has its own (`boxAccount`). */
  readonly boxAccounts?: readonly string[];
}

/** The ServiceAccount of one operator, where each has its own. `box`: the key in `spec.crds`, a DNS label. */
export function boxAccount(box: string): string {
  return `orkestra-box-${box}`;
}

/** The namespace that is no suffix of names (ruling 103). */
export const defaultNamespace = "orkestra-system";

export const defaultInstallation: Installation = {
  namespace: defaultNamespace,
  runtimeAccount: "orkestra",
  gatewayAccount: "orkestra-gateway",
};

/** The name of a cluster-scoped object of an installation: outside `orkestra-system` it ends in `-NAMESPACE`. */
export function installedName(name: string, namespace: string): string {
  return namespace === defaultNamespace ? name : `${name}-${namespace}`;
}

/** Name of the Lease of the leader; where each group of boxes has its own, the beginning of their names. */
export const leaseName = "orkestra-konductor";

/** Name of the Secret with the certificates of the Gateway. */
export const certificateSecret = "orkestra-internal-tls";

/** Names of the webhook configurations of `validation` and `mutation`, before `installedName`. */
export const admissionNames = {
  validation: "orkestra-admission-validation",
  mutation: "orkestra-admission-mutation",
} as const;

/** The ConfigMap that holds the Katalog, and its key. */
export const katalogConfigMap = { name: "orkestra-katalog", key: "katalog.yaml" } as const;

/** Port of the Gateway's webhooks: of its Service and of the container. */
export const webhookPort = 8443;

/** Objects of one resource that belong to an installation. */
export interface OwnObjects {
  readonly group: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Sorted. */
  readonly names: readonly string[];
}

const workloads = ["orkestra", "orkestra-cc", "orkestra-gateway", "orkestra-runtime"];

/**
 * Our own objects, by name (ruling 76). No webhook configurations: the API server calls no admission webhook for them
 * (Kubernetes: "Dynamic Admission Control"), so they are made again, not protected.
 */
export function ownObjects(installation: Installation): readonly OwnObjects[] {
  const { namespace, runtimeAccount, gatewayAccount, boxAccounts = [] } = installation;
  const accounts = [runtimeAccount, gatewayAccount, "orkestra-cc", ...boxAccounts].sort();
  const roles = accounts.map((name) => installedName(name, namespace));
  const inNamespace = (group: string, plural: string, names: readonly string[]): OwnObjects => ({
    ...{ group, plural, namespaced: true },
    names: [...new Set(names)].sort(),
  });
  return [
    { group: "", plural: "namespaces", namespaced: false, names: [namespace] },
    inNamespace("", "configmaps", [katalogConfigMap.name]),
    inNamespace("", "secrets", [certificateSecret]),
    inNamespace("", "serviceaccounts", accounts),
    inNamespace("", "services", workloads),
    inNamespace("apps", "deployments", workloads),
    inNamespace("autoscaling", "horizontalpodautoscalers", workloads),
    inNamespace("networking.k8s.io", "ingresses", workloads),
    inNamespace("networking.k8s.io", "networkpolicies", workloads),
    inNamespace("policy", "poddisruptionbudgets", workloads),
    ...["clusterrolebindings", "clusterroles"].map((plural): OwnObjects => ({
      ...{ group: "rbac.authorization.k8s.io", plural, namespaced: false, names: roles },
    })),
    ...["rolebindings", "roles"].map((plural) =>
      inNamespace("rbac.authorization.k8s.io", plural, [...accounts, ...roles])
    ),
  ];
}

/** A ServiceAccount, as its tokens name it. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** `system:serviceaccount:NAMESPACE:NAME` (k8s.io/apiserver `serviceaccount.MakeUsername`). */
export function accountUsername({ namespace, name }: Account): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/**
 * The group that every token of a ServiceAccount of the namespace has (`serviceaccount.MakeGroupNames`), impersonated
 * ones too. Asked for besides the name, so that a user who is only called like one is none.
 */
export function accountGroup({ namespace }: Pick<Account, "namespace">): string {
  return `system:serviceaccounts:${namespace}`;
}

/** Controllers of kube-controller-manager that delete what others decided to be gone: they must never be held up. */
export const collectors: readonly Account[] = [
  { namespace: "kube-system", name: "generic-garbage-collector" },
  { namespace: "kube-system", name: "namespace-controller" },
];

/** All controllers, where kube-controller-manager runs without `--use-service-account-credentials`. */
export const controllerManager = "system:kube-controller-manager";

import type { ResourceType } from "./object.ts";

/** Built-in kinds: group, version, kind, plural, namespaced. One line per kind, sorted by group and kind. */
const table = `
 v1 ConfigMap configmaps ns
 v1 Endpoints endpoints ns
 v1 Event events ns
 v1 LimitRange limitranges ns
 v1 Namespace namespaces cluster
 v1 Node nodes cluster
 v1 PersistentVolume persistentvolumes cluster
 v1 PersistentVolumeClaim persistentvolumeclaims ns
 v1 Pod pods ns
 v1 PodTemplate podtemplates ns
 v1 ReplicationController replicationcontrollers ns
 v1 ResourceQuota resourcequotas ns
 v1 Secret secrets ns
 v1 Service services ns
 v1 ServiceAccount serviceaccounts ns
admissionregistration.k8s.io v1 MutatingWebhookConfiguration mutatingwebhookconfigurations cluster
admissionregistration.k8s.io v1 ValidatingWebhookConfiguration validatingwebhookconfigurations cluster
apiextensions.k8s.io v1 CustomResourceDefinition customresourcedefinitions cluster
apps v1 ControllerRevision controllerrevisions ns
apps v1 DaemonSet daemonsets ns
apps v1 Deployment deployments ns
apps v1 ReplicaSet replicasets ns
apps v1 StatefulSet statefulsets ns
autoscaling v2 HorizontalPodAutoscaler horizontalpodautoscalers ns
batch v1 CronJob cronjobs ns
batch v1 Job jobs ns
coordination.k8s.io v1 Lease leases ns
discovery.k8s.io v1 EndpointSlice endpointslices ns
events.k8s.io v1 Event events ns
networking.k8s.io v1 Ingress ingresses ns
networking.k8s.io v1 IngressClass ingressclasses cluster
networking.k8s.io v1 NetworkPolicy networkpolicies ns
policy v1 PodDisruptionBudget poddisruptionbudgets ns
rbac.authorization.k8s.io v1 ClusterRole clusterroles cluster
rbac.authorization.k8s.io v1 ClusterRoleBinding clusterrolebindings cluster
rbac.authorization.k8s.io v1 Role roles ns
rbac.authorization.k8s.io v1 RoleBinding rolebindings ns
scheduling.k8s.io v1 PriorityClass priorityclasses cluster
storage.k8s.io v1 StorageClass storageclasses cluster
`;

/** The built-in kinds of Kubernetes, at the version this project uses. */
export const builtInTypes: readonly ResourceType[] = table.trimEnd().split("\n").slice(1).map((line) => {
  const [group, version, kind, plural, scope] = line.split(" ") as [string, string, string, string, string];
  return { group, version, kind, plural, namespaced: scope === "ns" };
});

/** The built-in type of a kind; the core group wins where two groups share a kind (Event). */
export function builtInType(kind: string, group?: string): ResourceType | undefined {
  return builtInTypes.find((type) => type.kind === kind && (group === undefined || type.group === group));
}

/** The plural that Kubernetes' own tools would guess (`meta.UnsafeGuessKindToResource`). */
export function guessPlural(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower === "endpoints") return lower;
  if (/(?:s|x|z|ch|sh)$/.test(lower)) return `${lower}es`;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}

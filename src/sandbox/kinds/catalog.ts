/**
 * What discovery says about built-in kinds beyond `k8s/resource_types.ts`: singular, short names, categories and
 * subresources (Kubernetes 1.37, `api/discovery`). One line per resource: `group/plural short,names categories subresources`.
 */
const table = `
/componentstatuses cs - -
/configmaps cm - -
/endpoints ep - -
/events ev - -
/limitranges limits - -
/namespaces ns - status
/nodes no - status
/persistentvolumes pv - status
/persistentvolumeclaims pvc - status
/pods po all status
/podtemplates - - -
/replicationcontrollers rc all status,scale
/resourcequotas quota - status
/secrets - - -
/services svc all status
/serviceaccounts sa - -
admissionregistration.k8s.io/mutatingwebhookconfigurations - api-extensions -
admissionregistration.k8s.io/validatingwebhookconfigurations - api-extensions -
apiextensions.k8s.io/customresourcedefinitions crd,crds api-extensions status
apps/controllerrevisions - - -
apps/daemonsets ds all status
apps/deployments deploy all status,scale
apps/replicasets rs all status,scale
apps/statefulsets sts all status,scale
autoscaling/horizontalpodautoscalers hpa all status
batch/cronjobs cj all status
batch/jobs - all status
coordination.k8s.io/leases - - -
discovery.k8s.io/endpointslices - - -
events.k8s.io/events ev - -
networking.k8s.io/ingresses ing - status
networking.k8s.io/ingressclasses - - -
networking.k8s.io/networkpolicies netpol - -
policy/poddisruptionbudgets pdb - status
rbac.authorization.k8s.io/clusterroles - - -
rbac.authorization.k8s.io/clusterrolebindings - - -
rbac.authorization.k8s.io/roles - - -
rbac.authorization.k8s.io/rolebindings - - -
scheduling.k8s.io/priorityclasses pc - -
storage.k8s.io/storageclasses sc - -
`;

export interface Catalogued {
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
}

const entries = new Map<string, Catalogued>();
for (const line of table.trim().split("\n")) {
  const [key, ...lists] = line.split(" ");
  const [shortNames, categories, subresources] = lists.map((list) => list === "-" ? [] : list.split(","));
  entries.set(key!, { shortNames: shortNames!, categories: categories!, subresources: subresources! });
}

/** What discovery says about a built-in resource. */
export function catalogued(group: string, plural: string): Catalogued {
  return entries.get(`${group}/${plural}`) ?? { shortNames: [], categories: [], subresources: [] };
}

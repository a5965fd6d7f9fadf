/**
 * Keys that people know from Kubernetes, from Helm or from schemas, and what is written here in their place: the hints
 * for unknown keys that no slip of the keyboard explains.
 */

type Hints = Readonly<Record<string, string>>;

/** Of entries of resource lists. A hint counts where the field that it begins with exists. */
const entryKeys: Readonly<Record<string, { readonly field: string; readonly hint: string }>> = {
  containers: { field: "image", hint: "the entry is the container: write image, command, env and so on in it" },
  container: { field: "image", hint: "the entry is the container: write image, command, env and so on in it" },
  template: { field: "image", hint: "the entry is the Pod too: write image, command, env and so on in it" },
  containerPort: { field: "port", hint: "write port" },
  workingDir: { field: "workingDirectory", hint: "write workingDirectory" },
  livenessProbe: { field: "probes", hint: "write it as liveness under probes" },
  readinessProbe: { field: "probes", hint: "write it as readiness under probes" },
  startupProbe: { field: "probes", hint: "write it as startup under probes" },
  podSecurityContext: { field: "podSecurity", hint: "write podSecurity" },
  serviceAccount: { field: "serviceAccountName", hint: "write serviceAccountName" },
  strategy: { field: "rollingUpdate", hint: "write rollingUpdate" },
  stringData: { field: "data", hint: "write data, in plain text: it is encoded" },
  imagePullPolicy: { field: "image", hint: "an entry of custom may have every field that Kubernetes knows" },
  spec: { field: "image", hint: "write its fields in the entry itself, or declare the object under custom" },
  metadata: { field: "name", hint: "write name, namespace, labels and annotations in the entry itself" },
};

/** Of `onCreate`, `onReconcile` and `onDelete`: kinds by the names that kubectl has for them. */
export const blockKeys: Hints = {
  horizontalPodAutoscalers: "write hpa",
  horizontalPodAutoscaler: "write hpa",
  hpas: "write hpa",
  podDisruptionBudgets: "write pdb",
  podDisruptionBudget: "write pdb",
  pdbs: "write pdb",
  pvcs: "write persistentVolumeClaims",
  pvc: "write persistentVolumeClaims",
  pvs: "write persistentVolumes",
  pv: "write persistentVolumes",
  netpol: "write networkPolicies",
  sts: "write statefulSets",
  svc: "write services",
  resources: "write each kind as a list of its own, such as deployments",
};

/** Of conditions and rules. */
export const comparisonKeys: Hints = {
  pattern: "write regex",
  matches: "write regex",
  match: "write regex",
  enum: 'write in, and the values in one text: "small,large"',
  oneOf: 'write in, and the values in one text: "small,large"',
  maximum: "write max",
  minimum: "write min",
  required: "write exists: true",
  path: "write field",
  key: "write field",
};

/** Of rules of `mutation`. */
export const mutationKeys: Hints = {
  value: "write default, or override to set it always",
  set: "write override",
  path: "write field",
};

/** The hints for the entries of a kind with these fields. */
export function entryHints(fields: Readonly<Record<string, unknown>>): Hints {
  return Object.fromEntries(
    Object.entries(entryKeys)
      .filter(([key, { field }]) => Object.hasOwn(fields, field) && !Object.hasOwn(fields, key))
      .map(([key, { hint }]) => [key, hint]),
  );
}

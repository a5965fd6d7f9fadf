import { compareText } from "../base/finding.ts";
import { isMap, type JsonMap, ownValue } from "../base/json.ts";

/** One object of an installation, and what is said of it in comments. */
export interface BundleObject {
  readonly object: JsonMap;
  /** Lines above each item of its `rules`. */
  readonly ruleComments?: readonly (readonly string[])[];
}

/** The parts of an installation: each has a ServiceAccount, and shares none. */
export type Component = "runtime" | "gateway" | "controlcenter";

/** Names of the ServiceAccounts, and `app.kubernetes.io/component` of what belongs to them. */
export const components: Readonly<Record<Component, { readonly account: string; readonly label: string }>> = {
  runtime: { account: "orkestra", label: "runtime" },
  gateway: { account: "orkestra-gateway", label: "gateway" },
  controlcenter: { account: "orkestra-cc", label: "controlcenter" },
};

/** Labels of an object; with a component those that select its Pods. */
export function labelsOf(component?: Component): JsonMap {
  return {
    "app.kubernetes.io/name": "orkestra",
    ...(component === undefined ? {} : { "app.kubernetes.io/component": components[component].label }),
    "app.kubernetes.io/part-of": "orkestra",
  };
}

/** Ruling 84, then what runs, after what it needs. */
const kinds = [
  "Namespace",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "ConfigMap",
  "FlowSchema",
  "PriorityLevelConfiguration",
  "NetworkPolicy",
  "Service",
  "Deployment",
  "PodDisruptionBudget",
];

/** By kind, namespace, name. */
export function sortObjects(objects: readonly BundleObject[]): BundleObject[] {
  const key = ({ object }: BundleObject, name: string): string => {
    const metadata = ownValue(object, "metadata");
    const value = isMap(metadata) ? ownValue(metadata, name) : undefined;
    return typeof value === "string" ? value : "";
  };
  const rank = ({ object }: BundleObject): number => kinds.indexOf(String(object["kind"]));
  return [...objects].sort((a, b) =>
    rank(a) - rank(b) || compareText(key(a, "namespace"), key(b, "namespace")) ||
    compareText(key(a, "name"), key(b, "name"))
  );
}

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

interface Names {
  /** Of the ServiceAccount. */
  readonly account: string;
  /** `app.kubernetes.io/component` of what belongs to it. */
  readonly label: string;
  /** `orkestra.orkspace.io/komponent` of its Services. */
  readonly komponent: string;
}

export const components: Readonly<Record<Component, Names>> = {
  runtime: { account: "orkestra", label: "runtime", komponent: "runtime" },
  gateway: { account: "orkestra-gateway", label: "gateway", komponent: "gateway" },
  controlcenter: { account: "orkestra-cc", label: "controlcenter", komponent: "control-center" },
};

/** Labels of an object; with a component those that select its Pods. */
export function labelsOf(component?: Component): JsonMap {
  return {
    ...selectorOf(component),
    "app.kubernetes.io/part-of": "orkestra",
    "app.kubernetes.io/tag": "orkestra-internal",
  };
}

/** Labels that select the Pods of a component. Those of a Deployment cannot be changed: no label is added here. */
export function selectorOf(component?: Component): JsonMap {
  return {
    "app.kubernetes.io/name": "orkestra",
    ...(component === undefined ? {} : { "app.kubernetes.io/component": components[component].label }),
  };
}

/** Labels of a Service, by which tools find it. */
export function serviceLabelsOf(component: Component): JsonMap {
  return { ...labelsOf(component), "orkestra.orkspace.io/komponent": components[component].komponent };
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

import type { BundleObject } from "../../bundle/mod.ts";
import { isMap, type JsonMap, ownValue } from "../../base/json.ts";
import { manifestText } from "./write_manifests.ts";

const fileOfKind: Readonly<Record<string, string>> = {
  Namespace: "namespace.yaml",
  ServiceAccount: "rbac.yaml",
  ClusterRole: "rbac.yaml",
  ClusterRoleBinding: "rbac.yaml",
  Role: "rbac.yaml",
  RoleBinding: "rbac.yaml",
  ConfigMap: "katalog.yaml",
  FlowSchema: "priority.yaml",
  PriorityLevelConfiguration: "priority.yaml",
};

/** All files that `objectsByFile` may name. */
export const partFiles: readonly string[] = [
  ...new Set(Object.values(fileOfKind)),
  "runtime.yaml",
  "gateway.yaml",
];

/** The objects of an installation as text, by file: what belongs together is in one. */
export function objectsByFile(objects: readonly BundleObject[]): Map<string, string> {
  const texts = new Map<string, string[]>();
  for (const each of objects) {
    const file = fileOfKind[String(each.object["kind"])] ?? `${componentOf(each.object)}.yaml`;
    if (!partFiles.includes(file)) throw new Error(`No file for ${String(each.object["kind"])}`);
    const list = texts.get(file) ?? [];
    list.push(manifestText({ ...each, comments: [] }));
    texts.set(file, list);
  }
  return new Map([...texts].map(([file, list]) => [file, list.join("---\n")]));
}

function componentOf({ metadata }: JsonMap): string {
  const labels = isMap(metadata) ? ownValue(metadata, "labels") : undefined;
  return isMap(labels) ? String(labels["app.kubernetes.io/component"]) : "";
}

import type { KubeObject } from "../../k8s/object.ts";

/** A new Namespace is held by the finalizer of its controller and labelled with its own name. */
export function prepareNamespace(namespace: KubeObject): void {
  namespace["spec"] = { ...namespace["spec"], finalizers: ["kubernetes"] };
  namespace["status"] = { phase: "Active" };
  namespace.metadata.labels = { ...namespace.metadata.labels, "kubernetes.io/metadata.name": namespace.metadata.name };
}

import type { KubeObject } from "../../k8s/object.ts";
import { fill } from "./fields.ts";

/** A Namespace is labelled with its own name. */
export function defaultNamespace({ metadata, status }: KubeObject): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
  fill(status, "phase", "Active");
}

/** A new Namespace is held by the finalizer of its controller. */
export function prepareNamespace(namespace: KubeObject): void {
  namespace["spec"] = { ...namespace["spec"], finalizers: ["kubernetes"] };
  namespace["status"] = { phase: "Active" };
}

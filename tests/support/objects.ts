import type { KubeObject, ObjectMeta } from "../../src/k8s/object.ts";

/** Changes an object that a builder makes. */
export type Modifier = (object: KubeObject) => void;

/** Any object, in namespace `default` unless a modifier says otherwise. */
export function object(apiVersion: string, kind: string, name: string, ...modifiers: Modifier[]): KubeObject {
  const built: KubeObject = { apiVersion, kind, metadata: { name, namespace: "default" } };
  for (const modify of modifiers) modify(built);
  return built;
}

/** A ConfigMap with one entry in its data. */
export function configMap(name: string, ...modifiers: Modifier[]): KubeObject {
  return object("v1", "ConfigMap", name, field("data", { key: "value" }), ...modifiers);
}

/** Sets metadata. */
export function meta(metadata: Partial<ObjectMeta>): Modifier {
  return (object) => Object.assign(object.metadata, metadata);
}

/** Puts the object into a namespace, or into cluster scope. */
export function inNamespace(namespace: string | undefined): Modifier {
  return (object) => {
    if (namespace === undefined) delete object.metadata.namespace;
    else object.metadata.namespace = namespace;
  };
}

/** Sets a field at the top level: `spec`, `data`, `status`, … */
export function field(name: string, value: unknown): Modifier {
  return (object) => object[name] = value;
}

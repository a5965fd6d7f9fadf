import type { KubeObject, OwnerReference, ResourceType } from "../../src/k8s/object.ts";
import { objectKey } from "../../src/k8s/object.ts";
import { type ChildMemory, observeChild, type ObservedChild, type PassMemory } from "../../src/reconcile/mod.ts";

/** What tests of decisions are made of: a CR of kind Web, and children as the API server would show them. */
export const webs: ResourceType = { group: "demo.dev", version: "v1", kind: "Web", plural: "webs", namespaced: true };
export const configMaps: ResourceType = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

export function webOf(metadata: Partial<KubeObject["metadata"]> = {}, rest: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: "demo.dev/v1",
    kind: "Web",
    metadata: {
      name: "web",
      namespace: "shop",
      uid: "cr-uid",
      generation: 1,
      resourceVersion: "9",
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...metadata,
    },
    spec: {},
    ...rest,
  };
}

export const ownerReference: OwnerReference = {
  apiVersion: "demo.dev/v1",
  kind: "Web",
  name: "web",
  uid: "cr-uid",
  controller: true,
  blockOwnerDeletion: true,
};

export const identity = {
  "orkestra.orkspace.io/managed": "true",
  "orkestra-owner": "web",
  "orkestra.orkspace.io/owner-namespace": "shop",
  "orkestra.orkspace.io/owner-uid": "cr-uid",
  "orkestra.orkspace.io/owner-kind": "Web.demo.dev",
};

export const ourEntry = {
  manager: "orkestra",
  operation: "Apply",
  apiVersion: "v1",
  time: "2026-01-01T00:00:01Z",
  fieldsType: "FieldsV1",
  fieldsV1: { "f:data": { "f:a": {} } },
} as const;

/** A ConfigMap of the CR, whole: identity, controller and managedFields. */
export function childOf(
  metadata: Partial<KubeObject["metadata"]> = {},
  rest: Record<string, unknown> = {},
): KubeObject {
  const far = (metadata.namespace ?? "shop") !== "shop";
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "one",
      namespace: "shop",
      uid: "child-uid",
      resourceVersion: "5",
      creationTimestamp: "2026-01-01T00:00:01Z",
      labels: { ...identity },
      annotations: {
        "orkestra.orkspace.io/applied": "d1",
        "orkestra.orkspace.io/declared-by": "demo/web",
        ...(far ? { "orkestra.orkspace.io/place": `${metadata.namespace}/${metadata.name ?? "one"}` } : {}),
      },
      managedFields: [ourEntry],
      ...(far ? {} : { ownerReferences: [ownerReference] }),
      ...metadata,
    },
    data: { a: "b" },
    ...rest,
  };
}

export function observed(object: KubeObject, type: ResourceType = configMaps, fixed = false): ObservedChild {
  return observeChild(type, object, {
    crType: webs,
    depthOf: () => "none",
    isFixed: () => fixed,
    intern: (text) => text,
  });
}

/** A memory that sees these children, and remembers this of objects by their keys. */
export function memoryOf(
  children: readonly ObservedChild[],
  remembered: Readonly<Record<string, ChildMemory>> = {},
): PassMemory {
  return {
    child: (type, key) => children.find((child) => child.type.kind === type.kind && child.key === key),
    recall: (_type, key) => remembered[key],
    served: (type) => type,
    unseen: () => undefined,
    source: () => ({ state: "absent" }),
    nowMs: 1_000,
  };
}

export const keyOf = (object: KubeObject): string => objectKey(object.metadata);

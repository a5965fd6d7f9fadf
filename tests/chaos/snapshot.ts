import { isMap, type Json } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";

/** Controllers put these into every namespace. */
export function isOfNamespace({ kind, metadata: { name } }: KubeObject): boolean {
  return (kind === "ConfigMap" && name === "kube-root-ca.crt") || (kind === "ServiceAccount" && name === "default");
}

/** No controller has anything left to do for it. */
export function isAtRest({ kind, metadata, spec, status }: KubeObject): boolean {
  switch (kind) {
    case "Deployment":
    case "StatefulSet":
      return status?.observedGeneration === metadata["generation"] && status.replicas === spec.replicas &&
        (status.readyReplicas ?? 0) === spec.replicas && (status.updatedReplicas ?? 0) === spec.replicas;
    case "Job":
      return status?.succeeded === 1;
    case "PersistentVolumeClaim":
      return status?.phase === "Bound";
    case "Namespace":
      // One that is being deleted goes once everything in it is gone.
      return status?.phase === "Active";
    default:
      return status?.observedGeneration === undefined || status.observedGeneration === metadata["generation"];
  }
}

/** Its owner is gone, and garbage collection has yet to see that. */
export function isOrphan({ metadata: { ownerReferences = [] } }: KubeObject, all: readonly KubeObject[]): boolean {
  return ownerReferences.some(({ uid }) => all.every(({ metadata }) => metadata.uid !== uid));
}

/** All objects without what differs from run to run, in a fixed order. */
export function normalizedState(objects: readonly KubeObject[]): Json {
  const all = objects.map((object) => normalized(object as unknown as Json));
  return all.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
}

/** Set by the API server for each object or each write. */
const volatile: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "managedFields",
  "lastTransitionTime",
  "lastUpdateTime",
  "lastProbeTime",
  "lastScheduleTime",
  "startTime",
  "completionTime",
  "clusterIP",
  "clusterIPs",
  "generation",
  "observedGeneration",
  "deployment.kubernetes.io/revision",
  "kubectl.kubernetes.io/last-applied-configuration",
  "batch.kubernetes.io/controller-uid",
  "controller-uid",
  "volumeName",
  "orkestra.orkspace.io/owner-uid",
  // A digest of the whole object, the uid of its owner included.
  "orkestra.orkspace.io/applied",
  // Random, and made once.
  "password",
  // The Deployment controller counts those of its own writes that it did not see the result of in time.
  "collisionCount",
]);

/** In messages of Deployments; the hash covers `collisionCount`. */
const replicaSetHash = /(ReplicaSet "[a-z0-9.-]*)-[a-z0-9]{1,10}"/g;

function normalized(value: Json): Json {
  if (typeof value === "string") return value.replace(replicaSetHash, '$1"');
  if (Array.isArray(value)) return value.map(normalized);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.keys(value).sort().filter((key) => !volatile.has(key)).map((key) => {
      const item = normalized(value[key]!);
      return [key, key === "conditions" && Array.isArray(item) ? inOrder(item.filter(isLasting)) : item];
    }),
  );
}

/** `Unused` of a PersistentVolumeClaim follows the Pods of the moment. */
function isLasting(condition: Json): boolean {
  return !isMap(condition) || condition["type"] !== "Unused";
}

/** Conditions are in the order of their first appearance. */
function inOrder(conditions: Json[]): Json[] {
  return conditions.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
}

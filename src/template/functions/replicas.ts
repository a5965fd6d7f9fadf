import { Int, type Value } from "../values.ts";
import { countArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";
import { at } from "./kubernetes_object.ts";

const domain = "Replicas";

/** Functions on workloads: Deployments, StatefulSets, ReplicaSets. `replicas` defaults to 1, as in Kubernetes. */
export const replicas: readonly LibraryFunction[] = [
  ...["allReplicasReady", "replicasReady"].map((name) =>
    define(
      domain,
      `${name}(object)`,
      name === "replicasReady"
        ? "As allReplicasReady"
        : "Whether as many replicas are ready as are wanted; true at 0 of 0",
      ([object]) => desired(object) === counted(object, "readyReplicas"),
      () => ({ below: [desiredPath, ["status", "readyReplicas"]] }),
    )
  ),
  define(
    domain,
    "desiredReplicas(object)",
    "spec.replicas, 1 when it is absent",
    ([object]) => desired(object),
    () => ({ below: [desiredPath] }),
  ),
  counter("readyReplicas"),
  counter("availableReplicas"),
  counter("updatedReplicas"),
  define(
    domain,
    "rolloutComplete(object)",
    "Whether as many replicas are up to date as are wanted",
    ([object]) => desired(object) === counted(object, "updatedReplicas"),
    () => ({ below: [desiredPath, ["status", "updatedReplicas"]] }),
  ),
];

const desiredPath = ["spec", "replicas"];

function counter(key: string): LibraryFunction {
  const call = ([object]: readonly Value[]) => counted(object, key);
  return define(domain, `${key}(object)`, `status.${key}, 0 when it is absent`, call, () => ({
    below: [["status", key]],
  }));
}

function desired(object: Value): number {
  return countArgument(at(object, "spec", "replicas") ?? new Int(1));
}

function counted(object: Value, key: string): number {
  return countArgument(at(object, "status", key));
}

import type { KubeObject } from "../k8s/object.ts";
import { causeOf, conditionsOf, exactIntegerAt } from "./read.ts";
import { failed, progressing, type Readiness, ready } from "./readiness.ts";

/** What every object has in common, whatever its kind; `undefined` where that does not decide. */
export function commonReadiness(object: KubeObject): Readiness | undefined {
  if (object.metadata.deletionTimestamp) return { state: "terminating", message: "being deleted" };
  const generation = exactIntegerAt(object, "metadata.generation");
  const observed = exactIntegerAt(object, "status.observedGeneration");
  if (generation !== undefined && observed !== undefined && observed !== generation) {
    return progressing(`generation ${generation} not observed yet (last: ${observed})`);
  }
  for (const condition of conditionsOf(object)) {
    if (condition.status !== "True") continue;
    if (condition.type === "Reconciling") return progressing(causeOf(condition));
    if (condition.type === "Stalled") return failed(causeOf(condition));
  }
  return undefined;
}

/** What the widespread condition `Ready` says; `undefined` where there is none. */
export function conditionReadiness(object: KubeObject): Readiness | undefined {
  for (const condition of conditionsOf(object)) {
    if (condition.type !== "Ready") continue;
    if (condition.status === "True") return ready("condition Ready is True");
    if (condition.status === "False" || condition.status === "Unknown") return progressing(causeOf(condition));
  }
  return undefined;
}

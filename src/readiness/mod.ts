/** When an object is ready: the rules of kstatus, as docs/readiness.md lists them. */
import { groupKind, type KubeObject, splitApiVersion } from "../k8s/object.ts";
import { commonReadiness, conditionReadiness } from "./generic.ts";
import { podReadiness } from "./pods.ts";
import { causeOf, conditionsOf, textAt } from "./read.ts";
import { failed, progressing, type Readiness, ready } from "./readiness.ts";
import {
  daemonSetReadiness,
  deploymentReadiness,
  jobReadiness,
  replicaSetReadiness,
  statefulSetReadiness,
} from "./workloads.ts";

export { conditionsOf } from "./read.ts";
export type { Readiness } from "./readiness.ts";

type Rule = (object: KubeObject, nowMs: number | undefined) => Readiness;

/** Kinds, whatever their version, whose state does not follow the rules for custom kinds. */
const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["ConfigMap", alwaysReady],
  ["Secret", alwaysReady],
  ["Service", serviceReadiness],
  ["PersistentVolumeClaim", claimReadiness],
  ["Pod", podReadiness],
  ["Deployment.apps", deploymentReadiness],
  ["ReplicaSet.apps", replicaSetReadiness],
  ["StatefulSet.apps", statefulSetReadiness],
  ["DaemonSet.apps", daemonSetReadiness],
  ["Job.batch", jobReadiness],
  ["CronJob.batch", alwaysReady],
  ["PodDisruptionBudget.policy", () => ready("observed")],
  ["CustomResourceDefinition.apiextensions.k8s.io", definitionReadiness],
  ["Deployment.extensions", deploymentReadiness],
  ["ReplicaSet.extensions", replicaSetReadiness],
  ["DaemonSet.extensions", daemonSetReadiness],
]);

/**
 * What an object has come to, by the rules of kstatus (sigs.k8s.io/cli-utils/pkg/kstatus/status, `Compute`): what all
 * objects have in common, else the rule of its kind, else its condition `Ready`; without any of these it is ready.
 *
 * A field of a type that its rule does not expect counts as absent. `nowMs` (Unix time) is for Pods alone: one that
 * cannot be scheduled is `progressing` in its first 15 s. Without it such a Pod is `failed` at once, which holds
 * however long the result is kept.
 */
export function readinessOf(object: KubeObject, nowMs?: number): Readiness {
  const common = commonReadiness(object);
  if (common !== undefined) return common;
  const { group } = splitApiVersion(object.apiVersion);
  const rule = rules.get(groupKind({ group, kind: object.kind }));
  if (rule !== undefined) return rule(object, nowMs);
  return conditionReadiness(object) ?? ready("exists");
}

function alwaysReady(): Readiness {
  return ready("exists");
}

/** A load balancer needs its cluster IP; an address from outside is not waited for. */
function serviceReadiness(object: KubeObject): Readiness {
  if (textAt(object, "spec.type") === "LoadBalancer" && textAt(object, "spec.clusterIP") === "") {
    return progressing("no cluster IP yet");
  }
  return ready("exists");
}

function claimReadiness(object: KubeObject): Readiness {
  const phase = textAt(object, "status.phase");
  return phase === "Bound" ? ready("bound") : progressing(`not bound (phase ${phase || "unknown"})`);
}

function definitionReadiness(object: KubeObject): Readiness {
  for (const condition of conditionsOf(object)) {
    const { type, status, reason } = condition;
    if (type === "NamesAccepted" && status === "False") return failed(causeOf(condition));
    if (type !== "Established") continue;
    if (status === "True") return ready("established");
    if (status === "False" && reason !== "Installing") return failed(causeOf(condition));
  }
  return progressing("not established yet");
}

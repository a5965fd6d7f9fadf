import type { JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { ownerOf } from "./simulate_pods.ts";
import { templateHash } from "./simulate_replicas.ts";
import type { Tools } from "./simulator.ts";

const revisionAnnotation = "deployment.kubernetes.io/revision";

// deno-lint-ignore no-explicit-any -- unstructured
type Any = any;

/**
 * A ReplicaSet per template. The newest is scaled up at once (after the others are gone, when the strategy is Recreate),
 * the others down when it is available.
 */
export function simulateDeployment(deployment: KubeObject, tools: Tools): undefined {
  const { spec, metadata } = deployment;
  if (metadata.deletionTimestamp !== undefined) return;
  const hash = templateHash(spec.template);
  const sets = tools.owned(deployment, "replicasets.apps").filter((set) =>
    set.metadata.deletionTimestamp === undefined
  );
  const newest = sets.find((set) => set.metadata.labels?.["pod-template-hash"] === hash);
  const others = sets.filter((set) => set !== newest);
  const recreate = spec.strategy?.type === "Recreate";
  const othersLeft = others.some((set) => set["spec"].replicas > 0 || (set["status"].replicas ?? 0) > 0);
  if (spec.paused !== true) {
    if (newest === undefined) {
      if (!recreate || !othersLeft) createSet(deployment, hash, sets, tools);
    } else if (newest["spec"].replicas !== spec.replicas) scale(newest, spec.replicas, tools);
    const available = newest !== undefined && (newest["status"].availableReplicas ?? 0) >= spec.replicas;
    if (recreate ? newest === undefined : available) {
      for (const set of others) if (set["spec"].replicas > 0) scale(set, 0, tools);
    }
    trimHistory(others, spec.revisionHistoryLimit ?? 10, tools);
  } else if (newest !== undefined && newest["spec"].replicas !== spec.replicas) scale(newest, spec.replicas, tools);
  report(deployment, hash, tools);
}

function createSet(deployment: KubeObject, hash: string, sets: readonly KubeObject[], tools: Tools): void {
  const { spec, metadata } = deployment;
  const last = Math.max(0, ...sets.map((set) => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0)));
  const revision = String(last + 1);
  const template = {
    ...spec.template,
    metadata: { ...spec.template.metadata, labels: { ...spec.template.metadata?.labels, "pod-template-hash": hash } },
  };
  const selector = { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, "pod-template-hash": hash } };
  tools.create("replicasets", "apps", {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace!,
      labels: template.metadata.labels,
      annotations: { [revisionAnnotation]: revision },
      ownerReferences: [ownerOf(deployment)],
    },
    spec: {
      replicas: spec.replicas,
      selector,
      template,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
    },
  });
}

function scale(set: KubeObject, replicas: number, tools: Tools): void {
  tools.change(set, (body) => ({ ...body, spec: { ...(body["spec"] as JsonMap), replicas } }));
}

function trimHistory(others: readonly KubeObject[], limit: number, tools: Tools): void {
  const idle = others.filter((set) => set["spec"].replicas === 0 && (set["status"].replicas ?? 0) === 0);
  const age = (set: KubeObject) => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
  idle.sort((a, b) => age(a) - age(b));
  for (const set of idle.slice(0, Math.max(0, idle.length - limit))) tools.remove(set);
}

function report(deployment: KubeObject, hash: string, tools: Tools): void {
  const { spec, metadata, status } = deployment;
  const sets = tools.owned(deployment, "replicasets.apps");
  const newest = sets.find((set) => set.metadata.labels?.["pod-template-hash"] === hash);
  const sum = (key: string) => sets.reduce((total, set) => total + (set["status"][key] ?? 0), 0);
  const [replicas, ready, available] = [sum("replicas"), sum("readyReplicas"), sum("availableReplicas")];
  const updated: number = newest?.["status"].replicas ?? 0;
  const unavailable = Math.max(0, spec.replicas - available);
  const complete = updated === spec.replicas && replicas === spec.replicas && available === spec.replicas;
  const enough = available >= spec.replicas - surplusOf(spec);
  tools.setStatus(deployment, {
    observedGeneration: metadata.generation!,
    replicas,
    updatedReplicas: updated,
    readyReplicas: ready,
    availableReplicas: available,
    unavailableReplicas: unavailable,
    conditions: conditionsOf(deployment, newest, { complete, enough }, status.conditions ?? [], tools),
  });
  const revision = newest?.metadata.annotations?.[revisionAnnotation];
  if (revision !== undefined && metadata.annotations?.[revisionAnnotation] !== revision) {
    tools.annotate(deployment, { [revisionAnnotation]: revision });
  }
}

/** How many replicas may be missing while the Deployment counts as available. */
function surplusOf(spec: Any): number {
  const given = spec.strategy?.rollingUpdate?.maxUnavailable ?? 0;
  if (spec.strategy?.type !== "RollingUpdate") return 0;
  return typeof given === "number" ? given : Math.floor(spec.replicas * Number.parseInt(given) / 100);
}

function conditionsOf(
  deployment: KubeObject,
  newest: KubeObject | undefined,
  { complete, enough }: { complete: boolean; enough: boolean },
  old: Any[],
  { now }: Tools,
): JsonMap[] {
  const name = deployment.metadata.name;
  const set = newest?.metadata.name ?? "";
  const wanted = [
    enough
      ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
      : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      },
    complete
      ? {
        type: "Progressing",
        status: "True",
        reason: "NewReplicaSetAvailable",
        message: `ReplicaSet "${set}" has successfully progressed.`,
      }
      : newest === undefined
      ? {
        type: "Progressing",
        status: "True",
        reason: "NewReplicaSetCreated",
        message: `Created new replica set for "${name}"`,
      }
      : {
        type: "Progressing",
        status: "True",
        reason: "ReplicaSetUpdated",
        message: `ReplicaSet "${set}" is progressing.`,
      },
  ];
  return wanted.map((next) => {
    const before = old.find((each) => each.type === next.type);
    if (before?.status === next.status && before?.reason === next.reason) return before;
    const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : now;
    return {
      type: next.type,
      status: next.status,
      lastUpdateTime: now,
      lastTransitionTime,
      reason: next.reason,
      message: next.message,
    };
  });
}

import { canonicalJson, type JsonMap } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { isReady, podFrom } from "./simulate_pods.ts";
import { nodeName, type Tools } from "./simulator.ts";

/** Of more replicas than this only the count is simulated: each is an object. */
const maxPods = 50;

/** Digest of a Pod template, as controllers label their Pods with. */
export function templateHash(template: unknown): string {
  return sha256Hex(canonicalJson(template as JsonMap)).slice(0, 10);
}

/** How many Pods stand for `replicas`, and what their count stands for. */
function scaled(count: number, replicas: number): number {
  return replicas > maxPods && count >= maxPods ? replicas : count;
}

function alive(pods: KubeObject[]): KubeObject[] {
  return pods.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase !== "Failed");
}

/** Pods are created and deleted until there are `spec.replicas` of them. */
export function simulateReplicaSet(set: KubeObject, tools: Tools): undefined {
  const { spec, metadata } = set;
  if (metadata.deletionTimestamp !== undefined) return;
  const pods = alive(tools.owned(set, "pods."));
  const wanted = Math.min(spec.replicas, maxPods);
  for (let i = pods.length; i < wanted; i++) {
    tools.create("pods", "", podFrom(set, spec.template, { generateName: `${metadata.name}-` }));
  }
  for (const pod of pods.slice(wanted)) tools.remove(pod);
  const now = alive(tools.owned(set, "pods."));
  const ready = scaled(now.filter(isReady).length, spec.replicas);
  tools.setStatus(set, {
    replicas: scaled(now.length, spec.replicas),
    fullyLabeledReplicas: scaled(now.length, spec.replicas),
    readyReplicas: ready,
    availableReplicas: ready,
    observedGeneration: metadata.generation!,
  });
}

/** How long until a StatefulSet looks again at a name that a Pod of somebody else has, in milliseconds. */
const takenNameMs = 500;

/**
 * Pods with stable names, one after the other; Pods of an older template are replaced from the end. Where a name is
 * taken, by a Pod of a StatefulSet that was deleted perhaps, it is tried again: nothing reports that Pod to this one.
 */
export function simulateStatefulSet(set: KubeObject, tools: Tools): number | undefined {
  const { spec, metadata } = set;
  if (metadata.deletionTimestamp !== undefined) return;
  const revision = `${metadata.name}-${templateHash(spec.template)}`;
  const all = tools.owned(set, "pods.");
  const pods = new Map(all.map((pod) => [ordinalOf(pod), pod]));
  const wanted = Math.min(spec.replicas, maxPods);
  const parallel = spec.podManagementPolicy === "Parallel";
  let busy = all.some(({ metadata }) => metadata.deletionTimestamp !== undefined);
  let again: number | undefined;
  for (let i = 0; i < wanted && (parallel || !busy); i++) {
    const pod = pods.get(i);
    if (pod === undefined) {
      if (tools.exists("pods.", `${metadata.namespace}/${metadata.name}-${i}`)) again = takenNameMs;
      else createOrdinal(set, i, revision, tools);
    }
    if (pod === undefined || !isReady(pod)) busy = true;
  }
  for (const [ordinal, pod] of pods) if (ordinal >= wanted) tools.remove(pod);
  if (!busy && spec.updateStrategy?.type !== "OnDelete") {
    const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    for (let i = wanted - 1; i >= partition; i--) {
      const pod = pods.get(i);
      if (pod === undefined || pod.metadata.labels?.["controller-revision-hash"] === revision) continue;
      tools.remove(pod);
      break;
    }
  }
  statefulStatus(set, revision, tools);
  return again;
}

function ordinalOf({ metadata }: KubeObject): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
}

function createOrdinal(set: KubeObject, ordinal: number, revision: string, tools: Tools): void {
  const { spec, metadata } = set;
  const name = `${metadata.name}-${ordinal}`;
  const volumes = [];
  for (const claim of spec.volumeClaimTemplates ?? []) {
    const claimName = `${claim.metadata.name}-${name}`;
    volumes.push({ name: claim.metadata.name, persistentVolumeClaim: { claimName } });
    const body = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        ...claim.metadata,
        name: claimName,
        namespace: metadata.namespace!,
        labels: spec.selector.matchLabels ?? {},
      },
      spec: claim.spec,
    };
    if (!tools.exists("persistentvolumeclaims.", `${metadata.namespace}/${claimName}`)) {
      tools.create("persistentvolumeclaims", "", body);
    }
  }
  const labels = {
    "controller-revision-hash": revision,
    "statefulset.kubernetes.io/pod-name": name,
    "apps.kubernetes.io/pod-index": String(ordinal),
  };
  const pod = podFrom(set, spec.template, { name }, labels);
  const podSpec = pod["spec"] as JsonMap;
  pod["spec"] = {
    ...podSpec,
    hostname: name,
    ...(spec.serviceName ? { subdomain: spec.serviceName } : {}),
    ...(volumes.length > 0 ? { volumes: [...podSpec["volumes"] as JsonMap[] ?? [], ...volumes] } : {}),
  };
  tools.create("pods", "", pod);
}

function statefulStatus(set: KubeObject, revision: string, tools: Tools): void {
  const { spec, status, metadata } = set;
  const now = alive(tools.owned(set, "pods."));
  const ready = scaled(now.filter(isReady).length, spec.replicas);
  const fresh = scaled(
    now.filter((pod) => pod.metadata.labels?.["controller-revision-hash"] === revision).length,
    spec.replicas,
  );
  const settled = fresh === spec.replicas && ready === spec.replicas;
  const current: string = settled ? revision : status.currentRevision ?? revision;
  tools.setStatus(set, {
    ...status,
    observedGeneration: metadata.generation!,
    replicas: scaled(now.length, spec.replicas),
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: current === revision ? fresh : now.length - fresh,
    updatedReplicas: fresh,
    currentRevision: current,
    updateRevision: revision,
    collisionCount: 0,
  });
}

/** One Pod on the one node. */
export function simulateDaemonSet(set: KubeObject, tools: Tools): undefined {
  const { spec, metadata, status } = set;
  if (metadata.deletionTimestamp !== undefined) return;
  const hash = templateHash(spec.template);
  const pods = alive(tools.owned(set, "pods."));
  if (pods.length === 0) {
    const labels = { "controller-revision-hash": hash, "pod-template-generation": "1" };
    const pod = podFrom(set, spec.template, { generateName: `${metadata.name}-` }, labels);
    tools.create("pods", "", { ...pod, spec: { ...(pod["spec"] as JsonMap), nodeName } });
  } else for (const pod of pods) if (pod.metadata.labels?.["controller-revision-hash"] !== hash) tools.remove(pod);
  const now = alive(tools.owned(set, "pods."));
  const ready = now.filter(isReady).length;
  tools.setStatus(set, {
    ...status,
    currentNumberScheduled: now.length,
    desiredNumberScheduled: 1,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: ready,
    ...(ready < 1 ? { numberUnavailable: 1 - ready } : { numberUnavailable: 0 }),
    updatedNumberScheduled: now.filter((pod) => pod.metadata.labels?.["controller-revision-hash"] === hash).length,
    observedGeneration: metadata.generation!,
  });
}

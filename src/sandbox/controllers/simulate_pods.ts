import type { JsonMap } from "../../base/json.ts";
import { controllerOf, type KubeObject } from "../../k8s/object.ts";
import { nodeName, type Tools } from "./simulator.ts";

/** How long a container of a Job works. */
const workMs = 150;

// deno-lint-ignore no-explicit-any -- unstructured
type Any = any;

/** A Pod is scheduled, runs at once, is ready, and finishes when it belongs to a Job; a deleted one goes. */
export function simulatePod(pod: KubeObject, tools: Tools): number | undefined {
  const { metadata, spec, status } = pod;
  if (metadata.deletionTimestamp !== undefined) {
    tools.remove(pod);
    return undefined;
  }
  if (spec.nodeName === undefined) {
    tools.change(pod, (body) => ({ ...body, spec: { ...(body["spec"] as JsonMap), nodeName } }));
    return undefined;
  }
  if (status.phase === "Pending") {
    tools.setStatus(pod, runningStatus(pod, tools));
    return undefined;
  }
  if (status.phase !== "Running" || controllerOf(metadata)?.kind !== "Job") return undefined;
  const left = Date.parse(status.startTime) + workMs - tools.nowMs;
  // Times have whole seconds: a Pod that started in this second works its full time.
  if (left > 0 && left <= workMs) return Math.max(left, 1);
  tools.setStatus(pod, finishedStatus(pod, tools));
  return undefined;
}

function runningStatus({ spec, status, metadata }: KubeObject, { now }: Tools): JsonMap {
  const condition = (type: string) => ({
    type,
    status: "True",
    observedGeneration: metadata.generation ?? 1,
    lastProbeTime: null,
    lastTransitionTime: now,
  });
  const address = addressOf(metadata.uid!);
  return {
    ...status,
    phase: "Running",
    startTime: now,
    hostIP: "10.1.0.1",
    hostIPs: [{ ip: "10.1.0.1" }],
    podIP: address,
    podIPs: [{ ip: address }],
    observedGeneration: metadata.generation ?? 1,
    conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition),
    containerStatuses: spec.containers.map(({ name, image }: Any) => ({
      name,
      image,
      imageID: "",
      ready: true,
      started: true,
      restartCount: 0,
      lastState: {},
      state: { running: { startedAt: now } },
    })),
  };
}

function finishedStatus({ status }: KubeObject, { now }: Tools): JsonMap {
  return {
    ...status,
    phase: "Succeeded",
    conditions: status.conditions.map((each: Any) =>
      each.type === "Ready" || each.type === "ContainersReady"
        ? { ...each, status: "False", reason: "PodCompleted", lastTransitionTime: now }
        : each
    ),
    containerStatuses: status.containerStatuses.map((each: Any) => ({
      ...each,
      ready: false,
      started: false,
      state: {
        terminated: { exitCode: 0, reason: "Completed", startedAt: each.state.running.startedAt, finishedAt: now },
      },
    })),
  };
}

/** An address that looks like one and is the same for the same Pod. */
function addressOf(uid: string): string {
  const bits = Number.parseInt(uid.slice(0, 4), 16);
  return `10.244.${bits >> 8}.${bits & 255}`;
}

/** The Pod that a controller makes from a template. */
export function podFrom(
  owner: KubeObject,
  template: Any,
  name: { name: string } | { generateName: string },
  labels: JsonMap = {},
): JsonMap {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...name,
      namespace: owner.metadata.namespace!,
      labels: { ...template.metadata?.labels, ...labels },
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: [ownerOf(owner)],
    },
    spec: template.spec,
  };
}

/** The reference by which a controller marks what it made. */
export function ownerOf({ apiVersion, kind, metadata }: KubeObject): JsonMap {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid!, controller: true, blockOwnerDeletion: true };
}

export function isReady(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp === undefined &&
    (pod["status"].conditions ?? []).some((each: Any) => each.type === "Ready" && each.status === "True");
}

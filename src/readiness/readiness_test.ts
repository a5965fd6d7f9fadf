import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { type Readiness, readinessOf } from "./mod.ts";

type Case = readonly [
  name: string,
  fields: { spec?: JsonMap; status?: JsonMap | null; metadata?: JsonMap },
  state: Readiness["state"],
  message: string,
];

function object(type: string, fields: Case[1]): KubeObject {
  const [apiVersion, kind] = type.split(" ");
  const { metadata, ...rest } = fields;
  return { apiVersion, kind, metadata: { name: "test", generation: 1, ...metadata }, ...rest } as KubeObject;
}

function condition(type: string, status: string, reason?: string, message?: string): JsonMap {
  const condition: JsonMap = { type, status };
  if (reason !== undefined) condition["reason"] = reason;
  if (message !== undefined) condition["message"] = message;
  return condition;
}

const observed = { observedGeneration: 1 };
const unschedulable = condition("PodScheduled", "False", "Unschedulable");
const crashing = { name: "nginx", state: { waiting: { reason: "CrashLoopBackOff" } } };
const rolledOut = condition("Progressing", "True", "NewReplicaSetAvailable");
const available = condition("Available", "True");
const oneReplica = { ...observed, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
const fourNodes = {
  ...observed,
  ...{ desiredNumberScheduled: 4, currentNumberScheduled: 4, updatedNumberScheduled: 4 },
  ...{ numberAvailable: 4, numberReady: 4 },
};
const two = { ...observed, replicas: 2, readyReplicas: 2, availableReplicas: 2, fullyLabeledReplicas: 2 };
const four = { ...observed, replicas: 4, readyReplicas: 4, availableReplicas: 4, fullyLabeledReplicas: 4 };
const fourInOrder = { ...observed, replicas: 4, readyReplicas: 4, currentReplicas: 4 };

/**
 * The cases that kstatus publishes (kubernetes-sigs/cli-utils, pkg/kstatus/status: status_compute_test.go,
 * status_augment_test.go, core_test.go), restated, with what `Compute` gives for them.
 */
const published: Readonly<Record<string, readonly Case[]>> = {
  "v1 Pod": [
    ["no controller has seen it", {}, "progressing", "no phase yet"],
    ["ready", { status: { phase: "Running", conditions: [condition("Ready", "True")] } }, "ready", "ready"],
    [
      "over, and well",
      { status: { phase: "Succeeded", conditions: [condition("Ready", "False", "PodCompleted")] } },
      ...["ready", "completed"] as const,
    ],
    [
      "over, and not well",
      { status: { phase: "Failed", conditions: [condition("Ready", "False", "PodCompleted")] } },
      ...["ready", "completed, but not successfully"] as const,
    ],
    [
      "cannot be scheduled",
      { status: { phase: "Pending", conditions: [unschedulable] } },
      ...["failed", "cannot be scheduled"] as const,
    ],
    [
      "a container crashes over and over",
      { status: { phase: "Running", conditions: [unschedulable], containerStatuses: [crashing] } },
      ...["failed", "containers in CrashLoopBackOff: nginx"] as const,
    ],
    ["running", { status: { phase: "Running", conditions: [] } }, "progressing", "running, not ready"],
    [
      "pending, for another reason",
      { status: { phase: "Pending", conditions: [condition("PodScheduled", "False", "Unknown")] } },
      ...["progressing", "pending"] as const,
    ],
    [
      "running, with a condition Ready that is False",
      { status: { phase: "Running", conditions: [condition("Ready", "False", "Pod has not started")] } },
      ...["progressing", "running, not ready"] as const,
    ],
    [
      "its controller says that it works on it",
      { status: { phase: "Running", conditions: [condition("Reconciling", "True", "PodIsAbsolutelyNotReady")] } },
      ...["progressing", "PodIsAbsolutelyNotReady"] as const,
    ],
    [
      "its controller says that it has given up",
      { status: { phase: "Running", conditions: [condition("Stalled", "True", "PodHasFailed")] } },
      ...["failed", "PodHasFailed"] as const,
    ],
  ],
  "v1 PersistentVolumeClaim": [
    ["no controller has seen it", {}, "progressing", "not bound (phase unknown)"],
    ["bound", { status: { phase: "Bound" } }, "ready", "bound"],
  ],
  "apps/v1 StatefulSet": [
    ["no controller has seen it", {}, "progressing", "0 of 1 replica created"],
    [
      "a status without a number of replicas",
      { status: { ...observed, currentReplicas: 1 } },
      ...["progressing", "0 of 1 replica created"] as const,
    ],
    ["in order", { spec: { replicas: 4 }, status: fourInOrder }, "ready", "4 of 4 replicas ready"],
    [
      "not all ready",
      { spec: { replicas: 4 }, status: { ...fourInOrder, readyReplicas: 2 } },
      ...["progressing", "2 of 4 replicas ready"] as const,
    ],
    [
      "not all current",
      { spec: { replicas: 4 }, status: { ...fourInOrder, currentReplicas: 2 } },
      ...["progressing", "2 of 4 replicas current"] as const,
    ],
    [
      "replicas left over",
      { spec: { replicas: 4 }, status: { ...fourInOrder, replicas: 8 } },
      ...["progressing", "4 replicas to be terminated"] as const,
    ],
  ],
  "apps/v1 DaemonSet": [
    ["no controller has seen it", {}, "progressing", "not observed yet"],
    [
      "a status without a number of nodes",
      { status: { ...observed, currentReplicas: 1 } },
      ...["progressing", "number of nodes not known yet"] as const,
    ],
    ["in order", { status: fourNodes }, "ready", "4 of 4 Pods ready"],
    [
      "a spec that was not seen yet",
      { metadata: { generation: 2 }, status: fourNodes },
      ...["progressing", "generation 2 not observed yet (last: 1)"] as const,
    ],
    ["not all ready", { status: { ...fourNodes, numberReady: 2 } }, "progressing", "2 of 4 Pods ready"],
    ["not all available", { status: { ...fourNodes, numberAvailable: 2 } }, "progressing", "2 of 4 Pods available"],
  ],
  "apps/v1 Deployment": [
    ["no controller has seen it", {}, "progressing", "0 of 1 replica created"],
    [
      "in order",
      { status: { ...oneReplica, conditions: [rolledOut, available] } },
      ...["ready", "1 of 1 replica available"] as const,
    ],
    [
      "a deadline, and no progress",
      {
        spec: { progressDeadlineSeconds: 45 },
        status: { ...oneReplica, conditions: [condition("Progressing", "False", "Some reason"), available] },
      },
      ...["progressing", "new ReplicaSet not available"] as const,
    ],
    [
      "no deadline, so no condition Progressing",
      { status: { ...oneReplica, conditions: [available] } },
      ...["ready", "1 of 1 replica available"] as const,
    ],
    [
      "not available",
      { status: { ...oneReplica, conditions: [rolledOut, condition("Available", "False")] } },
      ...["progressing", "condition Available is not True"] as const,
    ],
  ],
  "apps/v1 ReplicaSet": [
    ["no controller has seen it", {}, "progressing", "0 of 1 replica labelled"],
    [
      "in order, and a failure that is over",
      { spec: { replicas: 2 }, status: { ...two, conditions: [condition("ReplicaFailure", "False")] } },
      ...["ready", "2 of 2 replicas available"] as const,
    ],
    ["in order", { spec: { replicas: 2 }, status: two }, "ready", "2 of 2 replicas available"],
    [
      "not all available",
      { spec: { replicas: 4 }, status: { ...four, availableReplicas: 2 } },
      ...["progressing", "2 of 4 replicas available"] as const,
    ],
    [
      "not all ready",
      { spec: { replicas: 4 }, status: { ...four, readyReplicas: 2 } },
      ...["progressing", "2 of 4 replicas ready"] as const,
    ],
    [
      "Pods cannot be made",
      { spec: { replicas: 4 }, status: { ...four, conditions: [condition("ReplicaFailure", "True")] } },
      ...["progressing", "Pods cannot be created or deleted (condition ReplicaFailure)"] as const,
    ],
  ],
  "policy/v1beta1 PodDisruptionBudget": [
    [
      "a spec that was not seen yet",
      { metadata: { generation: 2 }, status: observed },
      ...["progressing", "generation 2 not observed yet (last: 1)"] as const,
    ],
    ["observed", { status: observed }, "ready", "observed"],
  ],
  "something/v1 MyCR": [
    ["no status", {}, "ready", "exists"],
    [
      "a spec that was not seen yet",
      { metadata: { generation: 2 }, status: observed },
      ...["progressing", "generation 2 not observed yet (last: 1)"] as const,
    ],
    [
      "Ready",
      { status: { conditions: [condition("Ready", "True", "AllOk", "All looks ok")] } },
      ...["ready", "condition Ready is True"] as const,
    ],
    [
      "not Ready",
      { status: { ...observed, conditions: [condition("Ready", "False", "NotReadyYet")] } },
      ...["progressing", "NotReadyYet"] as const,
    ],
    ["another condition", { status: { conditions: [condition("SomeCondition", "False")] } }, "ready", "exists"],
  ],
  "v1beta1 SomeCustomKind": [
    ["no conditions", { status: { conditions: [] } }, "ready", "exists"],
  ],
  "batch/v1 Job": [
    ["no controller has seen it", {}, "progressing", "not started"],
    [
      "complete",
      { status: { succeeded: 1, active: 0, conditions: [condition("Complete", "True")] } },
      ...["ready", "completed, 1 of 1 succeeded"] as const,
    ],
    [
      "failed",
      {
        spec: { completions: 4 },
        status: { succeeded: 3, failed: 1, conditions: [condition("Failed", "True", "JobFailed")] },
      },
      ...["failed", "failed, 1 Pod failed"] as const,
    ],
    [
      "running",
      {
        spec: { completions: 10, parallelism: 2 },
        status: {
          ...{ startTime: "2019-06-04T01:17:13Z", succeeded: 3, failed: 1, active: 2 },
          conditions: [condition("Failed", "False"), condition("Complete", "False")],
        },
      },
      ...["ready", "running, 3 of 10 succeeded"] as const,
    ],
    [
      "suspended",
      { status: { conditions: [condition("Suspended", "True", "JobSuspended")] } },
      ...["ready", "suspended"] as const,
    ],
    [
      "resumed, and not started again",
      { status: { conditions: [condition("Suspended", "False", "JobSuspended")] } },
      ...["progressing", "not started"] as const,
    ],
  ],
  "batch/v1 CronJob": [
    ["no status", {}, "ready", "exists"],
    ["an empty status", { status: null }, "ready", "exists"],
  ],
  "v1 Service": [
    ["no type", {}, "ready", "exists"],
    ["a node port", { spec: { type: "NodePort" } }, "ready", "exists"],
    ["a load balancer", { spec: { type: "LoadBalancer", clusterIP: "1.2.3.4" } }, "ready", "exists"],
    [
      "a load balancer without a cluster IP",
      { spec: { type: "LoadBalancer" } },
      ...["progressing", "no cluster IP yet"] as const,
    ],
  ],
  "apiextensions.k8s.io/v1 CustomResourceDefinition": [
    ["no conditions", {}, "progressing", "not established yet"],
    [
      "being installed",
      {
        status: {
          conditions: [
            condition("NamesAccepted", "True", "NoConflicts"),
            condition("Established", "False", "Installing"),
          ],
        },
      },
      ...["progressing", "not established yet"] as const,
    ],
    [
      "names that are taken",
      { status: { conditions: [condition("NamesAccepted", "False", "SomeReason")] } },
      ...["failed", "SomeReason"] as const,
    ],
    [
      "established",
      {
        status: {
          conditions: [
            condition("NamesAccepted", "True", "NoConflicts"),
            condition("Established", "True", "InitialNamesAccepted"),
          ],
        },
      },
      ...["ready", "established"] as const,
    ],
  ],
};

/** Branches of the rules that no published case takes. */
const further: Readonly<Record<string, readonly Case[]>> = {
  "v1 ConfigMap": [
    ["being deleted", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }, "terminating", "being deleted"],
    ["always", { status: { conditions: [condition("Ready", "False")] } }, "ready", "exists"],
  ],
  "v1 Secret": [["always", {}, "ready", "exists"]],
  "networking.k8s.io/v1 Ingress": [["no rule of its own", { status: { loadBalancer: {} } }, "ready", "exists"]],
  "autoscaling/v2 HorizontalPodAutoscaler": [
    ["no rule of its own", { status: { conditions: [condition("ScalingLimited", "True")] } }, "ready", "exists"],
  ],
  "example.org/v1 Database": [
    [
      "deletion goes before all else",
      {
        metadata: { deletionTimestamp: "2026-01-01T00:00:00Z", generation: 2 },
        status: { ...observed, conditions: [condition("Stalled", "True", "Quota", "no room")] },
      },
      ...["terminating", "being deleted"] as const,
    ],
    [
      "an old status is not believed",
      { metadata: { generation: 2 }, status: { ...observed, conditions: [condition("Stalled", "True")] } },
      ...["progressing", "generation 2 not observed yet (last: 1)"] as const,
    ],
    [
      "Reconciling, with Ready still True",
      { status: { conditions: [condition("Ready", "True"), condition("Reconciling", "True", "Working", "resizing")] } },
      ...["progressing", "resizing"] as const,
    ],
    [
      "Stalled",
      { status: { conditions: [condition("Stalled", "True", "Quota", "no room")] } },
      ...["failed", "no room"] as const,
    ],
    ["Stalled is over", { status: { conditions: [condition("Stalled", "False")] } }, "ready", "exists"],
    [
      "Ready Unknown",
      { status: { conditions: [condition("Ready", "Unknown")] } },
      ...["progressing", "condition Ready is Unknown"] as const,
    ],
    [
      "a generation beyond 2^53",
      { metadata: { generation: 9007199254740995n }, status: { observedGeneration: 9007199254740993n } },
      ...["progressing", "generation 9007199254740995 not observed yet (last: 9007199254740993)"] as const,
    ],
    ["conditions that are a map", { status: { conditions: { Ready: { status: "False" } } } }, "ready", "exists"],
    ["conditions that are none", { status: { conditions: ["Ready", null, { type: 3 }] } }, "ready", "exists"],
    ["an observedGeneration that is a text", { status: { observedGeneration: "0" } }, "ready", "exists"],
  ],
  "example.org/v1 Deployment": [["of another group", {}, "ready", "exists"]],
  "v1 Pod": [
    ["a phase without a rule", { status: { phase: "Unknown" } }, "progressing", "phase Unknown"],
    [
      "waiting for something else",
      {
        status: {
          phase: "Running",
          containerStatuses: [{ name: "a", state: { waiting: { reason: "ContainerCreating" } } }, { name: "b" }, null],
        },
      },
      ...["progressing", "running, not ready"] as const,
    ],
  ],
  "v1 PersistentVolumeClaim": [
    ["not bound", { status: { phase: "Pending" } }, "progressing", "not bound (phase Pending)"],
  ],
  "apps/v1 Deployment": [
    [
      "the deadline is over",
      { status: { ...oneReplica, conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded")] } },
      ...["failed", "progress deadline exceeded"] as const,
    ],
    [
      "not all updated",
      { spec: { replicas: 3 }, status: { ...four, replicas: 4, updatedReplicas: 1 } },
      ...["progressing", "1 of 3 replicas updated"] as const,
    ],
    [
      "replicas left over",
      { spec: { replicas: 3 }, status: { ...four, updatedReplicas: 3 } },
      ...["progressing", "1 replica to be terminated"] as const,
    ],
    [
      "not all available",
      { spec: { replicas: 3 }, status: { replicas: 3, updatedReplicas: 3, availableReplicas: 1 } },
      ...["progressing", "1 of 3 replicas available"] as const,
    ],
    [
      "not all ready",
      { spec: { replicas: 3 }, status: { replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 2 } },
      ...["progressing", "2 of 3 replicas ready"] as const,
    ],
    [
      "scaled to nothing",
      {
        spec: { replicas: 0, progressDeadlineSeconds: 600 },
        status: { ...observed, conditions: [rolledOut, available] },
      },
      ...["ready", "0 of 0 replicas available"] as const,
    ],
    ["a status that is a text", { status: "well" as unknown as JsonMap }, "progressing", "0 of 1 replica created"],
  ],
  "extensions/v1beta1 Deployment": [["of the old group", {}, "progressing", "0 of 1 replica created"]],
  "apps/v1 ReplicaSet": [
    [
      "replicas left over",
      { spec: { replicas: 2 }, status: four },
      ...["progressing", "2 replicas to be terminated"] as const,
    ],
  ],
  "apps/v1 StatefulSet": [
    ["updated by hand", { spec: { updateStrategy: { type: "OnDelete" } } }, "ready", "update strategy OnDelete"],
    [
      "a partition that is not reached",
      {
        spec: { replicas: 4, updateStrategy: { rollingUpdate: { partition: 1 } } },
        status: { ...fourInOrder, updatedReplicas: 2 },
      },
      ...["progressing", "2 of 3 replicas updated"] as const,
    ],
    [
      "a partition that is reached",
      {
        spec: { replicas: 4, updateStrategy: { rollingUpdate: { partition: 1 } } },
        status: { ...fourInOrder, updatedReplicas: 3, currentReplicas: 1 },
      },
      ...["ready", "3 replicas updated, as the partition lets"] as const,
    ],
    [
      "two revisions",
      { spec: { replicas: 4 }, status: { ...fourInOrder, currentRevision: "a", updateRevision: "b" } },
      ...["progressing", "update revision not current yet"] as const,
    ],
  ],
  "apps/v1 DaemonSet": [
    ["no generation", { metadata: { generation: null }, status: fourNodes }, "progressing", "no generation"],
    [
      "not all scheduled",
      { status: { ...fourNodes, currentNumberScheduled: 1 } },
      ...["progressing", "1 of 4 Pods scheduled"] as const,
    ],
    [
      "not all updated",
      { status: { ...fourNodes, updatedNumberScheduled: 0 } },
      ...["progressing", "0 of 4 Pods updated"] as const,
    ],
  ],
  "apiextensions.k8s.io/v1 CustomResourceDefinition": [
    [
      "cannot be established",
      { status: { conditions: [condition("Established", "False", "NotAccepted", "not all names are accepted")] } },
      ...["failed", "not all names are accepted"] as const,
    ],
  ],
};

for (const [table, kinds] of Object.entries({ published, further })) {
  for (const [type, cases] of Object.entries(kinds)) {
    for (const [name, fields, state, message] of cases) {
      Deno.test(`readinessOf(), ${table} case: ${type}, ${name}: ${state}`, () => {
        assert.deepEqual(readinessOf(object(type, fields)), { state, message });
      });
    }
  }
}

Deno.test("readinessOf() gives a Pod 15 s to be scheduled where the time is passed", () => {
  const createdMs = Date.parse("2026-01-01T00:00:00Z");
  const pod = object("v1 Pod", {
    metadata: { creationTimestamp: "2026-01-01T00:00:00Z" },
    status: { phase: "Pending", conditions: [unschedulable] },
  });
  assert.deepEqual(readinessOf(pod, createdMs + 14_999), { state: "progressing", message: "not scheduled yet" });
  assert.equal(readinessOf(pod, createdMs + 15_000).state, "failed");
  assert.equal(readinessOf(pod).state, "failed");
});

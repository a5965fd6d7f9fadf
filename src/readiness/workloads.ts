import type { KubeObject } from "../k8s/object.ts";
import { conditionsOf, integerAt, textAt } from "./read.ts";
import { failed, progressing, type Readiness, ready } from "./readiness.ts";

/** The controller's default where `spec.replicas` is absent. */
const defaultReplicas = 1;
/** `progressDeadlineSeconds` that stands for "no deadline": the controller keeps no condition `Progressing` then. */
const noDeadline = 2 ** 31 - 1;

/** A Deployment: all replicas updated and available, none left over, and its conditions say so. */
export function deploymentReadiness(object: KubeObject): Readiness {
  let rolledOut = integerAt(object, "spec.progressDeadlineSeconds", noDeadline) === noDeadline;
  let available = false;
  for (const { type, status, reason } of conditionsOf(object)) {
    if (type === "Progressing") {
      if (reason === "ProgressDeadlineExceeded") return failed("progress deadline exceeded");
      if (status === "True" && reason === "NewReplicaSetAvailable") rolledOut = true;
    }
    if (type === "Available" && status === "True") available = true;
  }
  const wanted = integerAt(object, "spec.replicas", defaultReplicas);
  const replicas = integerAt(object, "status.replicas", 0);
  const updated = integerAt(object, "status.updatedReplicas", 0);
  const availableReplicas = integerAt(object, "status.availableReplicas", 0);
  const readyReplicas = integerAt(object, "status.readyReplicas", 0);
  if (replicas < wanted) return progressing(of(replicas, wanted, "created"));
  if (updated < wanted) return progressing(of(updated, wanted, "updated"));
  if (replicas > wanted) return progressing(leftOver(replicas - wanted));
  if (availableReplicas < updated) return progressing(of(availableReplicas, updated, "available"));
  if (readyReplicas < wanted) return progressing(of(readyReplicas, wanted, "ready"));
  if (!rolledOut) return progressing("new ReplicaSet not available");
  if (!available) return progressing("condition Available is not True");
  return ready(of(availableReplicas, wanted, "available"));
}

/** A ReplicaSet: all replicas labelled, available and ready, none left over, and no failure to make Pods. */
export function replicaSetReadiness(object: KubeObject): Readiness {
  if (conditionsOf(object).some(({ type, status }) => type === "ReplicaFailure" && status === "True")) {
    return progressing("Pods cannot be created or deleted (condition ReplicaFailure)");
  }
  const wanted = integerAt(object, "spec.replicas", defaultReplicas);
  const replicas = integerAt(object, "status.replicas", 0);
  const labelled = integerAt(object, "status.fullyLabeledReplicas", 0);
  const available = integerAt(object, "status.availableReplicas", 0);
  const readyReplicas = integerAt(object, "status.readyReplicas", 0);
  if (labelled < wanted) return progressing(of(labelled, wanted, "labelled"));
  if (available < wanted) return progressing(of(available, wanted, "available"));
  if (readyReplicas < wanted) return progressing(of(readyReplicas, wanted, "ready"));
  if (replicas > wanted) return progressing(leftOver(replicas - wanted));
  return ready(of(available, wanted, "available"));
}

/** A StatefulSet: all replicas ready and of the current revision, or as many updated as the partition lets. */
export function statefulSetReadiness(object: KubeObject): Readiness {
  // Its Pods are updated only when they are deleted by hand: there is nothing to wait for.
  if (textAt(object, "spec.updateStrategy.type") === "OnDelete") return ready("update strategy OnDelete");
  const wanted = integerAt(object, "spec.replicas", defaultReplicas);
  const replicas = integerAt(object, "status.replicas", 0);
  const readyReplicas = integerAt(object, "status.readyReplicas", 0);
  const updated = integerAt(object, "status.updatedReplicas", 0);
  const current = integerAt(object, "status.currentReplicas", 0);
  const partition = integerAt(object, "spec.updateStrategy.rollingUpdate.partition", undefined);
  if (replicas < wanted) return progressing(of(replicas, wanted, "created"));
  if (readyReplicas < wanted) return progressing(of(readyReplicas, wanted, "ready"));
  if (replicas > wanted) return progressing(leftOver(replicas - wanted));
  if (partition !== undefined && partition !== -1) {
    const due = wanted - partition;
    if (updated < due) return progressing(of(updated, due, "updated"));
    return ready(`${count(updated)} updated, as the partition lets`);
  }
  if (current < wanted) return progressing(of(current, wanted, "current"));
  if (textAt(object, "status.currentRevision") !== textAt(object, "status.updateRevision")) {
    return progressing("update revision not current yet");
  }
  return ready(of(readyReplicas, wanted, "ready"));
}

/** A DaemonSet: a Pod on every node that is to have one, updated, available and ready. */
export function daemonSetReadiness(object: KubeObject): Readiness {
  // The controller always writes observedGeneration: without it, no controller has seen the object yet.
  if (integerAt(object, "metadata.generation", undefined) === undefined) return progressing("no generation");
  if (integerAt(object, "status.observedGeneration", undefined) === undefined) return progressing("not observed yet");
  const desired = integerAt(object, "status.desiredNumberScheduled", -1);
  if (desired === -1) return progressing("number of nodes not known yet");
  const steps = [
    ["currentNumberScheduled", "scheduled"],
    ["updatedNumberScheduled", "updated"],
    ["numberAvailable", "available"],
    ["numberReady", "ready"],
  ] as const;
  for (const [field, step] of steps) {
    const reached = integerAt(object, `status.${field}`, 0);
    if (reached < desired) return progressing(`${reached} of ${desired} Pods ${step}`);
  }
  return ready(`${desired} of ${desired} Pods ready`);
}

/** A Job: started is enough, for how long it takes is its own affair; failed is failed. */
export function jobReadiness(object: KubeObject): Readiness {
  const completions = integerAt(object, "spec.completions", integerAt(object, "spec.parallelism", 1));
  const succeeded = integerAt(object, "status.succeeded", 0);
  const failures = integerAt(object, "status.failed", 0);
  for (const { type, status } of conditionsOf(object)) {
    if (status !== "True") continue;
    if (type === "Complete") return ready(`completed, ${succeeded} of ${completions} succeeded`);
    if (type === "Failed") return failed(`failed, ${failures === 1 ? "1 Pod" : `${failures} Pods`} failed`);
    if (type === "Suspended") return ready("suspended");
  }
  if (textAt(object, "status.startTime") === "") return progressing("not started");
  return ready(`running, ${succeeded} of ${completions} succeeded`);
}

function of(reached: number, wanted: number, step: string): string {
  return `${reached} of ${count(wanted)} ${step}`;
}

function leftOver(number: number): string {
  return `${count(number)} to be terminated`;
}

function count(replicas: number): string {
  return replicas === 1 ? "1 replica" : `${replicas} replicas`;
}

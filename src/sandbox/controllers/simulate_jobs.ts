import type { JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { isReady, podFrom } from "./simulate_pods.ts";
import type { Tools } from "./simulator.ts";

/** A Job runs more completions than this without an object for each. */
const maxPods = 50;

// deno-lint-ignore no-explicit-any -- unstructured
type Any = any;

/** Pods run until enough have succeeded; then the Job is complete, and goes after its time to live. */
export function simulateJob(job: KubeObject, tools: Tools): number | undefined {
  const { spec, status, metadata } = job;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  if (
    (status.conditions ?? []).some((each: Any) => ["Complete", "Failed"].includes(each.type) && each.status === "True")
  ) return expire(job, tools);
  const pods = tools.owned(job, "pods.");
  const succeeded = pods.filter((pod) => pod["status"].phase === "Succeeded").length;
  const failed = pods.filter((pod) => pod["status"].phase === "Failed").length;
  const active = pods.filter((pod) =>
    ["Pending", "Running"].includes(pod["status"].phase) && pod.metadata.deletionTimestamp === undefined
  );
  const completions: number = Math.min(spec.completions ?? 1, maxPods);
  const base: JsonMap = { ...status, startTime: status.startTime ?? tools.now, uncountedTerminatedPods: {} };
  if (spec.suspend === true) {
    for (const pod of active) tools.remove(pod);
    const { startTime: _, ...rest } = base;
    tools.setStatus(job, {
      ...rest,
      conditions: withCondition(status.conditions, "Suspended", "JobSuspended", "Job suspended", tools.now),
    });
    return undefined;
  }
  if (failed > spec.backoffLimit) {
    for (const pod of active) tools.remove(pod);
    const why = ["BackoffLimitExceeded", "Job has reached the specified backoff limit"] as const;
    let conditions = withCondition(status.conditions, "FailureTarget", ...why, tools.now);
    conditions = withCondition(conditions, "Failed", ...why, tools.now);
    tools.setStatus(job, { ...finished(base), failed, ...(succeeded > 0 ? { succeeded } : {}), conditions });
    return undefined;
  }
  if (succeeded >= completions) {
    const why = ["CompletionsReached", "Reached expected number of succeeded pods"] as const;
    let conditions = withCondition(status.conditions, "SuccessCriteriaMet", ...why, tools.now);
    conditions = withCondition(conditions, "Complete", ...why, tools.now);
    tools.setStatus(job, {
      ...finished(base),
      succeeded: spec.completions ?? succeeded,
      completionTime: tools.now,
      conditions,
    });
    return undefined;
  }
  const wanted = Math.min(spec.parallelism ?? 1, completions - succeeded);
  for (let i = active.length; i < wanted; i++) {
    tools.create("pods", "", podFrom(job, spec.template, { generateName: `${metadata.name}-` }));
  }
  tools.setStatus(job, {
    ...base,
    active: wanted,
    ready: active.filter(isReady).length,
    terminating: 0,
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(failed > 0 ? { failed } : {}),
  });
  return undefined;
}

function finished(status: JsonMap): JsonMap {
  const { active: _, ...rest } = status;
  return { ...rest, ready: 0, terminating: 0 };
}

function withCondition(old: Any[] | undefined, type: string, reason: string, message: string, now: string): JsonMap[] {
  const rest = (old ?? []).filter((each) => each.type !== type);
  const present = (old ?? []).find((each) => each.type === type && each.status === "True");
  return [...rest, present ?? { type, status: "True", lastProbeTime: now, lastTransitionTime: now, reason, message }];
}

function expire(job: KubeObject, tools: Tools): number | undefined {
  const seconds: number | undefined = job["spec"].ttlSecondsAfterFinished;
  if (seconds === undefined) return undefined;
  const condition = job["status"].conditions.find((each: Any) => ["Complete", "Failed"].includes(each.type));
  const left = Date.parse(condition.lastTransitionTime) + seconds * 1000 - tools.nowMs;
  if (left > 0) return Math.min(left, 3_600_000);
  tools.remove(job);
  return undefined;
}

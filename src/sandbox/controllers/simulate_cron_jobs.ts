import { formatTime } from "../../base/clock.ts";
import type { Json, JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { nextDue } from "../../base/cron.ts";
import { ownerOf } from "./simulate_pods.ts";
import type { Tools } from "./simulator.ts";

/** Nobody needs to look further ahead at once. */
const maxWaitMs = 3_600_000;

// deno-lint-ignore no-explicit-any -- unstructured
type Any = any;

/** Makes a Job whenever one is due, by UTC, and keeps as many finished ones as the limits say. */
export function simulateCronJob(cronJob: KubeObject, tools: Tools): number | undefined {
  const { spec, status, metadata } = cronJob;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  const jobs = tools.owned(cronJob, "jobs.batch");
  const active = jobs.filter((job) => finishOf(job) === undefined);
  trim(jobs.filter((job) => finishOf(job) === "Complete"), spec.successfulJobsHistoryLimit, tools);
  trim(jobs.filter((job) => finishOf(job) === "Failed"), spec.failedJobsHistoryLimit, tools);
  const since = Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp);
  const due = spec.suspend === true ? undefined : nextDue(spec.schedule, since);
  if (due !== undefined && due <= tools.nowMs) {
    return start(cronJob, latestDue(spec.schedule, due, tools.nowMs), active, tools);
  }
  tools.setStatus(cronJob, withActive(status, active, jobs));
  return due === undefined ? undefined : Math.min(due - tools.nowMs, maxWaitMs);
}

/** Of times that were missed only the last one counts. */
function latestDue(schedule: string, due: number, nowMs: number): number {
  let latest = due;
  for (let steps = 0; steps < 100; steps++) {
    const next = nextDue(schedule, latest);
    if (next === undefined || next > nowMs) break;
    latest = next;
  }
  return latest;
}

function start(cronJob: KubeObject, due: number, active: readonly KubeObject[], tools: Tools): number | undefined {
  const { spec, status, metadata } = cronJob;
  if (spec.concurrencyPolicy === "Forbid" && active.length > 0) return 1000;
  if (spec.concurrencyPolicy === "Replace") { for (const job of active) tools.remove(job); }
  const { metadata: given = {}, spec: jobSpec } = spec.jobTemplate;
  const name = `${metadata.name}-${Math.floor(due / 60_000)}`;
  if (!tools.exists("jobs.batch", `${metadata.namespace}/${name}`)) {
    tools.create("jobs", "batch", {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        namespace: metadata.namespace!,
        labels: given.labels ?? {},
        annotations: { ...given.annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp": formatTime(due) },
        ownerReferences: [ownerOf(cronJob)],
      },
      spec: jobSpec,
    });
  }
  tools.setStatus(cronJob, { ...status, lastScheduleTime: formatTime(due) });
  return undefined;
}

function finishOf({ status }: KubeObject): "Complete" | "Failed" | undefined {
  const found = (status.conditions ?? []).find((each: Any) =>
    ["Complete", "Failed"].includes(each.type) && each.status === "True"
  );
  return found?.type;
}

function trim(finished: KubeObject[], limit: number, tools: Tools): void {
  const age = ({ metadata }: KubeObject) => Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? 0);
  finished.sort((a, b) => age(a) - age(b));
  for (const job of finished.slice(0, Math.max(0, finished.length - limit))) tools.remove(job);
}

function withActive(status: JsonMap, active: readonly KubeObject[], jobs: readonly KubeObject[]): JsonMap {
  const references = active.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata.name,
    namespace: metadata.namespace!,
    resourceVersion: metadata.resourceVersion!,
    uid: metadata.uid!,
  }));
  const { active: _, ...rest } = status;
  const ends = jobs.map((job) => job["status"].completionTime).filter((time) => time !== undefined).sort();
  return {
    ...rest,
    ...(references.length > 0 ? { active: references as Json } : {}),
    ...(ends.length > 0 ? { lastSuccessfulTime: ends.at(-1) } : {}),
  };
}

import { isMap, type Json } from "../base/json.ts";
import { type KubeObject, valueAt } from "../k8s/object.ts";
import { conditionsOf, textAt } from "./read.ts";
import { failed, progressing, type Readiness, ready } from "./readiness.ts";

/** A Pod that cannot be scheduled counts as failed when it is older than this. */
const scheduleWindowMs = 15_000;

/** A Pod: running and ready, or completed, successfully or not: that is for its owner to judge. */
export function podReadiness(object: KubeObject, nowMs: number | undefined): Readiness {
  const conditions = conditionsOf(object);
  const phase = textAt(object, "status.phase");
  switch (phase) {
    case "Succeeded":
      return ready("completed");
    case "Failed":
      return ready("completed, but not successfully");
    case "Running": {
      if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) return ready("ready");
      const crashing = crashingContainers(object);
      if (crashing.length > 0) return failed(`containers in CrashLoopBackOff: ${crashing.join(", ")}`);
      return progressing("running, not ready");
    }
    case "Pending": {
      const scheduled = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
      if (scheduled?.reason !== "Unschedulable") return progressing("pending");
      const createdMs = Date.parse(textAt(object, "metadata.creationTimestamp"));
      if (nowMs !== undefined && nowMs - scheduleWindowMs < createdMs) return progressing("not scheduled yet");
      return failed("cannot be scheduled");
    }
    case "":
      return progressing("no phase yet");
    default:
      return progressing(`phase ${phase}`);
  }
}

function crashingContainers(object: KubeObject): string[] {
  const statuses = valueAt(object as Json, ["status", "containerStatuses"]);
  if (!Array.isArray(statuses)) return [];
  const crashing = statuses.filter(isMap).filter((status) =>
    valueAt(status, ["state", "waiting", "reason"]) === "CrashLoopBackOff"
  );
  return crashing.map((status) => status["name"]).filter((name) => typeof name === "string");
}

import type { KubeObject } from "../../k8s/object.ts";
import { ageColumn, type Any, column, containerColumns, pairs, selectorText, wide } from "./column.ts";
import { age, type Column, humanDuration, nameColumn } from "./values.ts";

const templateSpec = ({ spec }: KubeObject) => spec.template?.spec;
const selector = wide("Selector", ({ spec }) => selectorText(spec.selector));

const replicaColumns: readonly Column[] = [
  nameColumn,
  column("Desired", ({ spec }) => spec.replicas ?? 0, "integer"),
  column("Current", ({ status }) => status?.replicas ?? 0, "integer"),
  column("Ready", ({ status }) => status?.readyReplicas ?? 0, "integer"),
  ageColumn,
  ...containerColumns(templateSpec),
];

/** What a Pod is about: its phase, or what its containers wait for or ended with (`printPod`). */
function podStatus({ metadata, status, spec }: KubeObject): string {
  let text: string = status?.reason || status?.phase || "Unknown";
  if (status?.phase === "Succeeded") text = "Completed";
  for (const { state } of status?.containerStatuses ?? []) {
    if (state?.waiting?.reason) text = state.waiting.reason;
    else if (state?.terminated?.reason) text = state.terminated.reason;
    else if (state?.terminated) {
      text = state.terminated.signal ? `Signal:${state.terminated.signal}` : `ExitCode:${state.terminated.exitCode}`;
    }
  }
  const initial = (spec.initContainers ?? []).length;
  const done =
    (status?.initContainerStatuses ?? []).filter((each: Any) => each.state?.terminated?.exitCode === 0).length;
  if (status?.phase === "Pending" && initial > 0 && status?.initContainerStatuses !== undefined && done < initial) {
    text = `Init:${done}/${initial}`;
  }
  return metadata.deletionTimestamp === undefined ? text : "Terminating";
}

function podRestarts({ status }: KubeObject): string {
  return String(
    (status?.containerStatuses ?? []).reduce((sum: number, each: Any) => sum + (each.restartCount ?? 0), 0),
  );
}

function podReady({ spec, status }: KubeObject): string {
  const ready =
    (status?.containerStatuses ?? []).filter((each: Any) => each.ready && each.state?.running !== undefined).length;
  return `${ready}/${(spec.containers ?? []).length}`;
}

function readinessGates({ spec, status }: KubeObject): string {
  const gates: Any[] = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const met = gates.filter(({ conditionType }) =>
    (status?.conditions ?? []).some((each: Any) => each.type === conditionType && each.status === "True")
  );
  return `${met.length}/${gates.length}`;
}

function jobStatus({ metadata, status }: KubeObject): string {
  const has = (type: string) =>
    (status?.conditions ?? []).some((each: Any) => each.type === type && each.status === "True");
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  if (has("Suspended")) return "Suspended";
  if (has("FailureTarget")) return "FailureTarget";
  return has("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function jobCompletions({ spec, status }: KubeObject): string {
  const done = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${done}/${spec.completions}`;
  return spec.parallelism > 1 ? `${done}/1 of ${spec.parallelism}` : `${done}/1`;
}

function jobDuration({ status }: KubeObject, nowMs: number): string {
  if (!status?.startTime) return "";
  const end = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return humanDuration(end - Date.parse(status.startTime));
}

/** Columns of workloads, by storage key. */
export const workloadColumns: Readonly<Record<string, readonly Column[]>> = {
  "pods.": [
    nameColumn,
    column("Ready", podReady),
    column("Status", podStatus),
    column("Restarts", podRestarts),
    ageColumn,
    wide("IP", ({ status }) => status?.podIP ?? "<none>"),
    wide("Node", ({ spec }) => spec.nodeName ?? "<none>"),
    wide("Nominated Node", ({ status }) => status?.nominatedNodeName ?? "<none>"),
    wide("Readiness Gates", readinessGates),
  ],
  "podtemplates.": [
    nameColumn,
    ...containerColumns((object) => object["template"].spec, column),
    column("Pod Labels", (object) => pairs(object["template"].metadata?.labels)),
  ],
  "replicationcontrollers.": [...replicaColumns, wide("Selector", ({ spec }) => pairs(spec.selector))],
  "replicasets.apps": [...replicaColumns, selector],
  "deployments.apps": [
    nameColumn,
    column("Ready", ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    column("Up-to-date", ({ status }) => status?.updatedReplicas ?? 0),
    column("Available", ({ status }) => status?.availableReplicas ?? 0),
    ageColumn,
    ...containerColumns(templateSpec),
    selector,
  ],
  "statefulsets.apps": [
    nameColumn,
    column("Ready", ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    ageColumn,
    ...containerColumns(templateSpec),
  ],
  "daemonsets.apps": [
    nameColumn,
    column("Desired", ({ status }) => status?.desiredNumberScheduled ?? 0, "integer"),
    column("Current", ({ status }) => status?.currentNumberScheduled ?? 0, "integer"),
    column("Ready", ({ status }) => status?.numberReady ?? 0, "integer"),
    column("Up-to-date", ({ status }) => status?.updatedNumberScheduled ?? 0, "integer"),
    column("Available", ({ status }) => status?.numberAvailable ?? 0, "integer"),
    column("Node Selector", ({ spec }) => pairs(spec.template.spec.nodeSelector)),
    ageColumn,
    ...containerColumns(templateSpec),
    selector,
  ],
  "jobs.batch": [
    nameColumn,
    column("Status", jobStatus),
    column("Completions", jobCompletions),
    column("Duration", jobDuration),
    ageColumn,
    ...containerColumns(templateSpec),
    selector,
  ],
  "cronjobs.batch": [
    nameColumn,
    column("Schedule", ({ spec }) => spec.schedule),
    column("Timezone", ({ spec }) => spec.timeZone ?? "<none>"),
    column("Suspend", ({ spec }) => spec.suspend === true ? "True" : "False", "boolean"),
    column("Active", ({ status }) => (status?.active ?? []).length, "integer"),
    column(
      "Last Schedule",
      ({ status }, nowMs) => status?.lastScheduleTime ? age(status.lastScheduleTime, nowMs) : "<none>",
    ),
    ageColumn,
    ...containerColumns(({ spec }) => spec.jobTemplate.spec.template.spec),
    wide("Selector", ({ spec }) => selectorText(spec.jobTemplate.spec.selector)),
  ],
  "controllerrevisions.apps": [
    nameColumn,
    column("Controller", ({ metadata, apiVersion }) => {
      const owner = metadata.ownerReferences?.find((each) => each.controller === true);
      const group = owner?.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
      return owner === undefined || apiVersion === "" ? "<none>" : `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    }),
    column("Revision", (object) => object["revision"]),
    ageColumn,
  ],
  "horizontalpodautoscalers.autoscaling": [
    nameColumn,
    column("Reference", ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`),
    column("Targets", ({ spec }) => (spec.metrics ?? []).map(metricText).join(", ")),
    column("MinPods", ({ spec }) => String(spec.minReplicas ?? "<unset>")),
    column("MaxPods", ({ spec }) => spec.maxReplicas),
    column("Replicas", ({ status }) => status?.currentReplicas ?? 0),
    ageColumn,
  ],
  "poddisruptionbudgets.policy": [
    nameColumn,
    column("Min Available", ({ spec }) => spec.minAvailable === undefined ? "N/A" : String(spec.minAvailable)),
    column("Max Unavailable", ({ spec }) => spec.maxUnavailable === undefined ? "N/A" : String(spec.maxUnavailable)),
    column("Allowed Disruptions", ({ status }) => status?.disruptionsAllowed ?? 0, "integer"),
    ageColumn,
  ],
};

function metricText({ type, resource }: Any): string {
  if (type !== "Resource") return "<unknown>";
  const { averageUtilization, averageValue } = resource.target;
  return averageUtilization === undefined
    ? `${resource.name}: <unknown>/${averageValue}`
    : `${resource.name}: <unknown>/${averageUtilization}%`;
}

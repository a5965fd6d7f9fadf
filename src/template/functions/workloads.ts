import type { Budget } from "../budget.ts";
import { isTrue, type Value, type ValueMap } from "../values.ts";
import { anyText, countArgument, textArgument } from "./arguments.ts";
import type { LibraryFunction } from "./function.ts";
import { cronProblem, nextDue } from "../../base/cron.ts";
import { wallMs } from "../environment.ts";
import { formatLayout } from "./time_layout.ts";
import { at } from "./kubernetes_object.ts";
import { Fields, hasTrue, joined, mapsAt } from "./object_fields.ts";

/** Functions on what runs: ReplicaSets, StatefulSets, Pods, containers, nodes, Jobs, and Warning Events about them. */

const sets = new Fields("ReplicaSets and StatefulSets");
const replicaSets = ["_replicaSets"];

export const replicaSetFunctions: readonly LibraryFunction[] = [
  sets.of("deploymentReplicaSetCount(object)", "How many ReplicaSets the Deployment has (enrich: replicasets)", [
    replicaSets,
  ], (object, _, budget) => mapsAt(object, budget, "_replicaSets").length),
  sets.of("deploymentReplicaSets(object)", "Names of the ReplicaSets of the Deployment (enrich: replicasets)", [
    replicaSets,
  ], (object, _, budget) => joined(mapsAt(object, budget, "_replicaSets"), budget, "name")),
  sets.of(
    "oldDeploymentReplicaSets(object)",
    "Names of those without Pods (enrich: replicasets)",
    [replicaSets],
    (object, _, budget) =>
      joined(mapsAt(object, budget, "_replicaSets").filter((set) => !isTrue(set["replicas"])), budget, "name"),
  ),
  sets.text("replicaSetOwnerName", "Name of the owner of the ReplicaSet (enrich: owner)", "_owner", "name"),
  sets.text("replicaSetOwnerKind", "Kind of the owner of the ReplicaSet (enrich: owner)", "_owner", "kind"),
  sets.text("statefulSetCurrentRevision", "status.currentRevision", "status", "currentRevision"),
  sets.text("statefulSetUpdateRevision", "status.updateRevision", "status", "updateRevision"),
  sets.of(
    "statefulSetPVCCount(object)",
    "How many claims the StatefulSet has (enrich: pvcs)",
    [["_pvcs"]],
    (object, _, budget) => mapsAt(object, budget, "_pvcs").length,
  ),
];

const pods = new Fields("Pods");

function ofPods(
  signature: string,
  summary: string,
  call: (pods: ValueMap[], more: readonly Value[], budget: Budget) => Value,
) {
  return pods.of(
    signature,
    `${summary} (enrich: pods)`,
    [["_pods"]],
    (object, more, budget) => call(mapsAt(object, budget, "_pods"), more, budget),
  );
}

/** Reasons why a container waits or ended that functions ask for. */
const reasons: Readonly<Record<string, string>> = {
  podCrashLoopDetected: "CrashLoopBackOff",
  podErrorDetected: "Error",
  podOOMKilledDetected: "OOMKilled",
  podErrImagePullDetected: "ErrImagePull",
  podImagePullBackOffDetected: "ImagePullBackOff",
  podInvalidImageNameDetected: "InvalidImageName",
  podRunContainerErrorDetected: "RunContainerError",
  podCreateContainerErrorDetected: "CreateContainerError",
  podPostStartHookErrorDetected: "PostStartHookError",
  podPreStartHookErrorDetected: "PreStartHookError",
};

export const podFunctions: readonly LibraryFunction[] = [
  ofPods("podCount(object)", "How many Pods it has", (all) => all.length),
  ofPods(
    "readyPodCount(object)",
    "How many of its Pods are ready",
    (all) => all.filter((pod) => pod["ready"] === true).length,
  ),
  ofPods("podNames(object)", "Names of its Pods", (all, _, budget) => joined(all, budget, "name")),
  ofPods("podIPs(object)", "IP addresses of its Pods", (all, _, budget) => joined(all, budget, "ip")),
  ofPods("podNodes(object)", "Nodes of its Pods", (all, _, budget) => joined(all, budget, "node")),
  ofPods("podPhases(object)", "Phases of its Pods", (all, _, budget) => joined(all, budget, "phase")),
  ofPods(
    "podMaxRestarts(object)",
    "The largest number of restarts of one of its Pods",
    (all) => all.reduce((max, pod) => Math.max(max, countArgument(pod["restartCount"])), 0),
  ),
  ofPods(
    "podByOrdinal(object, index)",
    "One of its Pods as a map, in the order of their names",
    (all, [index]) => all[countArgument(index)] ?? {},
  ),
  ofPods(
    "podContainerState(object, index, container)",
    "running, waiting or terminated, of a container of a Pod",
    (all, [index, name], budget) =>
      containers(all.slice(countArgument(index)).slice(0, 1), budget).find((each) =>
        each["name"] === textArgument(name, budget)
      )?.["state"] ?? "",
  ),
  ofPods("podContainerReasons(object)", "Why containers wait or ended, each once", (all, _, budget) => {
    const found = containers(all, budget).map((each) => each["reason"]).filter(isTrue).map((reason) =>
      anyText(reason, budget)
    );
    return [...new Set(found)].join(", ");
  }),
  ofPods(
    "hasCrashingPod(object)",
    "Whether one of its Pods was restarted more than twice",
    (all) => all.some((pod) => countArgument(pod["restartCount"]) > 2),
  ),
  ...Object.entries(reasons).map(([name, reason]) =>
    ofPods(
      `${name}(object)`,
      `Whether a container has the reason ${reason}`,
      (all, _, budget) =>
        containers(all, budget).some((each) => each["reason"] === reason || each["lastReason"] === reason),
    )
  ),
];

function containers(of: readonly ValueMap[], budget: Budget): ValueMap[] {
  return of.flatMap((pod) => mapsAt(pod, budget, "containers"));
}

const warnings = new Fields("Warnings");

function ofWarnings(name: string, summary: string, call: (warnings: ValueMap[], budget: Budget) => Value) {
  return warnings.of(
    `${name}(object)`,
    `${summary} (enrich: events)`,
    [["_warnings"]],
    (object, _, budget) => call(mapsAt(object, budget, "_warnings"), budget),
  );
}

export const warningFunctions: readonly LibraryFunction[] = [
  ofWarnings("hasWarnings", "Whether there is a Warning Event about it", (all) => all.length > 0),
  ofWarnings("warningCount", "How many Warning Events there are", (all) => all.length),
  ofWarnings("firstWarning", "The message of the newest one", (all) => all[0]?.["message"] ?? ""),
  ofWarnings("firstWarningReason", "The reason of the newest one", (all) => all[0]?.["reason"] ?? ""),
  ofWarnings("warningMessages", "Their messages", (all, budget) => joined(all, budget, "message")),
  ofWarnings("warningReasons", "Their reasons", (all, budget) => joined(all, budget, "reason")),
];

const nodes = new Fields("Nodes");

export const nodeFunctions: readonly LibraryFunction[] = [
  nodes.text("podNodeName", "Name of the node of the Pod (enrich: node)", "_node", "name"),
  nodes.text("podNodeZone", "Zone of the node (enrich: node)", "_node", "zone"),
  nodes.text("podNodeRegion", "Region of the node (enrich: node)", "_node", "region"),
  nodes.text("podNodeInstanceType", "Type of the machine (enrich: node)", "_node", "instanceType"),
  nodes.of(
    "nodeReady(object)",
    "Whether the node is ready",
    [["status", "conditions"]],
    (object, _, budget) => hasTrue(object, budget, "Ready"),
  ),
  nodes.of(
    "nodeTaints(object)",
    "Keys of the taints of the node",
    [["spec", "taints"]],
    (object, _, budget) => joined(mapsAt(object, budget, "spec", "taints"), budget, "key"),
  ),
  nodes.text("nodeAllocatableCPU", "status.allocatable.cpu", "status", "allocatable", "cpu"),
  nodes.text("nodeAllocatableMemory", "status.allocatable.memory", "status", "allocatable", "memory"),
  nodes.of(
    "nodeCondition(object, type)",
    "The status of a condition of the node",
    [["status", "conditions"]],
    (object, [type], budget) => {
      const wanted = textArgument(type, budget);
      return mapsAt(object, budget, "status", "conditions").find((each) => each["type"] === wanted)?.["status"] ?? "";
    },
  ),
];

const container = new Fields("Containers");
/** Of a workload, and of a Pod itself. */
const templates = [["spec", "template", "spec", "containers"], ["spec", "containers"]] as const;

function ofContainer(
  signature: string,
  summary: string,
  call: (container: ValueMap | undefined, more: readonly Value[], budget: Budget) => Value,
) {
  return container.of(
    signature,
    summary,
    templates,
    (object, [index, ...more], budget) => call(declared(object, budget)[countArgument(index)], more, budget),
  );
}

function declared(object: Value, budget: Budget): ValueMap[] {
  const [ofTemplate, own] = templates;
  const found = mapsAt(object, budget, ...ofTemplate);
  return found.length > 0 ? found : mapsAt(object, budget, ...own);
}

export const containerFunctions: readonly LibraryFunction[] = [
  ofContainer("containerImage(object, index)", "The image of a container", (found) => found?.["image"] ?? ""),
  ofContainer(
    "containerEnv(object, index, name)",
    "The value of a variable of a container",
    (found, [name], budget) => {
      const wanted = textArgument(name, budget);
      return mapsAt(found, budget, "env").find((each) => each["name"] === wanted)?.["value"] ?? "";
    },
  ),
  ofContainer(
    "containerPort(object, index, port)",
    "Whether a container has the port",
    (found, [port], budget) =>
      mapsAt(found, budget, "ports").some((each) => countArgument(each["containerPort"]) === countArgument(port)),
  ),
  ofContainer(
    "containerPortByName(object, index, name)",
    "The port of this name of a container, 0 when it has none",
    (found, [name], budget) => {
      const wanted = textArgument(name, budget);
      return countArgument(mapsAt(found, budget, "ports").find((each) => each["name"] === wanted)?.["containerPort"]);
    },
  ),
  ofContainer(
    "containerPorts(object, index)",
    "The ports of a container",
    (found, _, budget) => joined(mapsAt(found, budget, "ports"), budget, "containerPort"),
  ),
  container.of(
    "containerCount(object)",
    "How many containers there are",
    templates,
    (object, _, budget) => declared(object, budget).length,
  ),
];

const jobs = new Fields("Jobs and CronJobs");
const ofPhase = (name: string, summary: string, phases: readonly string[]) =>
  jobs.of(
    `${name}(object)`,
    `${summary} (enrich: pods)`,
    [["_pods"]],
    (object, _, budget) =>
      joined(mapsAt(object, budget, "_pods").filter((pod) => phases.includes(String(pod["phase"]))), budget, "name"),
  );

export const jobFunctions: readonly LibraryFunction[] = [
  jobs.count("jobSucceeded", "status.succeeded", 0, "status", "succeeded"),
  jobs.count("jobFailed", "status.failed", 0, "status", "failed"),
  jobs.count("jobActive", "status.active", 0, "status", "active"),
  ofPhase("jobActivePodNames", "Names of Pods of the Job that run", ["Pending", "Running"]),
  ofPhase("jobFailedPodNames", "Names of Pods of the Job that failed", ["Failed"]),
  ofPhase("jobSucceededPodNames", "Names of Pods of the Job that succeeded", ["Succeeded"]),
  jobs.of(
    "jobFirstExitCode(object)",
    "The exit code of the first container that ended, -1 when none has (enrich: pods)",
    [["_pods"]],
    (object, _, budget) => {
      const ended = containers(mapsAt(object, budget, "_pods"), budget).find((each) => each["exitCode"] != null);
      return ended === undefined ? -1 : countArgument(ended["exitCode"]);
    },
  ),
  jobs.of("cronJobActiveCount(object)", "How many Jobs of the CronJob run", [["status", "active"]], (object) => {
    const active = at(object, "status", "active");
    return Array.isArray(active) ? active.length : 0;
  }),
  jobs.text("cronJobLastScheduleTime", "status.lastScheduleTime", "status", "lastScheduleTime"),
  jobs.of("cronJobNextScheduleTime(object)", "When the CronJob is due next; empty while it is suspended", [[
    "spec",
    "schedule",
  ], ["spec", "suspend"]], (object, _, budget) => {
    const schedule = textArgument(at(object, "spec", "schedule"), budget);
    budget.spend(1000);
    if (at(object, "spec", "suspend") === true || schedule === "" || cronProblem(schedule) !== undefined) return "";
    const due = nextDue(schedule, wallMs());
    return due === undefined ? "" : formatLayout(due, "2006-01-02T15:04:05Z07:00");
  }),
  jobs.text("cronJobLastSuccessTime", "status.lastSuccessfulTime", "status", "lastSuccessfulTime"),
  jobs.text("cronJobLastJobName", "Name of the last Job (enrich: cronjob)", "_lastJob", "name"),
  jobs.of(
    "cronJobLastJobSucceeded(object)",
    "Whether the last Job succeeded (enrich: cronjob)",
    [["_lastJob"]],
    (object) => countArgument(at(object, "_lastJob", "succeeded")) > 0,
  ),
  jobs.text(
    "cronJobLastSuccessfulJobName",
    "Name of the last Job that succeeded (enrich: cronjob)",
    "_lastSuccessfulJob",
    "name",
  ),
];

import type { EntryPlan } from "../plan/mod.ts";
import type { PostureRuleId } from "./rules.ts";

/** A field of a child whose value is a decision about what the child, or its Pods, may reach. */
interface Sink {
  readonly rule: PostureRuleId;
  /** The end of its path. */
  readonly tail: readonly string[];
  /** What its author decides: `The CR decides …`. */
  readonly decides: string;
}

/**
 * By the ends of their paths: shorthands, Pods of Kubernetes' own kinds, and kinds of other operators that have a Pod
 * template or a reference of their own call them alike.
 */
const sinks: readonly Sink[] = [
  ...[["serviceAccountName"], ["serviceAccount"]].map((tail): Sink => ({
    rule: "service-account-from-cr",
    tail,
    decides: "the ServiceAccount",
  })),
  ...[["imagePullSecrets"], ["imagePullSecrets", "[]"], ["imagePullSecrets", "[]", "name"]].map((tail): Sink => ({
    rule: "image-pull-secret-from-cr",
    tail,
    decides: "the Secret with which images are pulled",
  })),
  ...[
    ["secretKeyRef", "name"],
    ["secretRef", "name"],
    ["secretRef", "[]", "name"],
    ["secret", "secretName"],
    ["secret", "name"],
  ].map((tail): Sink => ({ rule: "secret-from-cr", tail, decides: "which Secret is read" })),
  { rule: "host-path-from-cr", tail: ["hostPath", "path"], decides: "the path of the node" },
  // Of a shorthand for a PersistentVolume.
  { rule: "host-path-from-cr", tail: ["hostPath"], decides: "the path of the node" },
  ...[["csiVolumeHandle"], ["csi", "volumeHandle"]].map((tail): Sink => ({
    rule: "volume-from-cr",
    tail,
    decides: "which volume of the storage it is",
  })),
  { rule: "scale-target-from-cr", tail: ["scaleTargetRef", "name"], decides: "which workload is scaled" },
  ...[
    ["privileged"],
    ["allowPrivilegeEscalation"],
    ["capabilities", "add", "[]"],
    ["capabilities", "add"],
    ["hostNetwork"],
    ["hostPID"],
    ["hostIPC"],
  ].map((tail): Sink => ({ rule: "pod-security-from-cr", tail, decides: "a privilege of the container" })),
  ...[["externalName"], ["externalIPs", "[]"], ["externalIPs"], ["clientConfig", "url"]].map((tail): Sink => ({
    rule: "address-from-cr",
    tail,
    decides: "the address",
  })),
];

/** What holds texts of users: keys below have no meaning of their own. */
const plainData: ReadonlySet<string> = new Set([
  "data",
  "stringData",
  "binaryData",
  "metadata",
  "labels",
  "annotations",
]);

/** The sink at a path of an entry, indexes written as `[]`. */
export function sinkAt(path: readonly string[]): Sink | undefined {
  if (plainData.has(path[0] ?? "")) return undefined;
  return sinks.find(({ tail }) => tail.every((key, i) => key === path[path.length - tail.length + i]));
}

/** Of a PodSpec, each once for a container: what a structure that the author writes may hold. */
const ofPod: readonly (readonly string[])[] = [
  ["serviceAccountName"],
  ["imagePullSecrets", "[]", "name"],
  ["hostNetwork"],
  ["volumes", "[]", "hostPath", "path"],
  ["volumes", "[]", "secret", "secretName"],
  ...["containers", "initContainers"].flatMap((list) => [
    [list, "[]", "securityContext", "privileged"],
    [list, "[]", "securityContext", "capabilities", "add", "[]"],
    [list, "[]", "env", "[]", "valueFrom", "secretKeyRef", "name"],
    [list, "[]", "envFrom", "[]", "secretRef", "name"],
  ]),
];

/** Where the kinds of Kubernetes have their PodSpec. */
const podSpecs: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  PodTemplate: ["template", "spec"],
  Deployment: ["spec", "template", "spec"],
  ReplicaSet: ["spec", "template", "spec"],
  ReplicationController: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

const podGroups: ReadonlySet<string> = new Set(["", "apps", "batch"]);

/** The same in the shorthands that have Pods. */
const ofShorthand: readonly (readonly string[])[] = [
  ["volumes", "[]", "hostPath", "path"],
  ["volumes", "[]", "secret", "name"],
  ["env", "[]", "valueFrom", "secretKeyRef", "name"],
  ["envFrom", "secretRef", "[]", "name"],
];

/**
 * What else may stand where a map or a list of the author's is put: texts such as `volumes[].hostPath.path`; empty where
 * it may hold nothing of weight. `spec` of a kind that is not known is one: everything that the kind has.
 */
export function heldBelow({ type, shorthand }: EntryPlan, path: readonly string[]): string[] {
  const podSpec = podGroups.has(type.group) ? podSpecs[type.kind] : undefined;
  const ofKind = podSpec === undefined ? [] : ofPod.map((field) => [...podSpec, ...field]);
  const known = shorthand === "custom" ? ofKind : podSpec === undefined ? [] : ofShorthand;
  const below = known.filter((field) => field.length > path.length && path.every((key, i) => key === field[i]));
  if (below.length > 0) return below.map((field) => field.slice(path.length).join(".").replaceAll(".[]", "[]"));
  return shorthand === "custom" && path.length === 1 && path[0] === "spec" ? ["everything that the kind has"] : [];
}

/** Capabilities that lead out of a container (capabilities(7)). */
const strongCapabilities: ReadonlySet<string> = new Set([
  "ALL",
  "SYS_ADMIN",
  "SYS_MODULE",
  "SYS_PTRACE",
  "SYS_RAWIO",
  "DAC_READ_SEARCH",
  "BPF",
  "NET_ADMIN",
]);

/** What of an entry, as it is written, reaches the node: `privileged`, `hostPath /var/run`. */
export function hostAccessOf({ fields }: EntryPlan): string[] {
  const found = new Set<string>();
  const visit = (value: unknown, key: string, parent: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, key, parent);
      return;
    }
    if (typeof value === "object" && value !== null) {
      for (const [name, child] of Object.entries(value)) if (!plainData.has(name)) visit(child, name, key);
      return;
    }
    const text = String(value);
    if (hostFlags.has(key) && text === "true") found.add(key);
    else if (parent === "hostPath" && key === "path" && !text.includes("{{")) found.add(`hostPath ${text}`);
    else if (parent === "capabilities" && key === "add" && strongCapabilities.has(text.replace(/^CAP_/, ""))) {
      found.add(`capability ${text}`);
    }
  };
  visit(fields, "", "");
  return [...found].sort();
}

const hostFlags: ReadonlySet<string> = new Set(["privileged", "hostNetwork", "hostPID", "hostIPC"]);

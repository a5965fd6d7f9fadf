import type { RecordShape, Shape } from "../base/shape.ts";
import { capabilities } from "./capabilities.ts";
import { flag, freeText, listOf, mapOf, record, text, word } from "./fields.ts";

/** Shapes of the fields that every kind with Pods has in common. */

const protocol = word("Protocol; TCP when absent", ["TCP", "UDP", "SCTP"]);

const valueSource = (kind: string): Shape =>
  record(`A key of a ${kind}`, {
    name: text(`Name of the ${kind}`, "dnsSubdomain"),
    key: text("The key"),
    optional: flag("Start although it is not there"),
  }, { required: ["name", "key"] });

const envFromSource = (kind: string): Shape =>
  record(`Keys of a ${kind}`, {
    name: text(`Name of the ${kind}`, "dnsSubdomain"),
    prefix: text("Set before each variable's name"),
    suffix: text("Set behind each variable's name; only with `keys`"),
    keys: listOf("Only these keys, one variable each", text("A key")),
    optional: flag("Start although it is not there"),
  }, { required: ["name"], needs: { suffix: ["keys"] } });

const env = listOf(
  "Environment variables, as Kubernetes writes them",
  record("One variable", {
    name: text("Name of the variable"),
    value: freeText("Its value"),
    valueFrom: record("Where its value comes from", {
      secretKeyRef: valueSource("Secret"),
      configMapKeyRef: valueSource("ConfigMap"),
    }, { exclusive: [["secretKeyRef", "configMapKeyRef"]], oneOfFields: [["secretKeyRef", "configMapKeyRef"]] }),
  }, {
    required: ["name"],
    exclusive: [["value", "valueFrom"]],
    unknownHint: 'write a variable as "- { name: LEVEL, value: debug }"',
  }),
);

const envFrom = record("Environment variables from whole Secrets and ConfigMaps", {
  secretRef: listOf("Secrets; they come first", envFromSource("Secret")),
  configMapRef: listOf("ConfigMaps", envFromSource("ConfigMap")),
});

const quantities = (doc: string): Shape => mapOf(doc, "labelKey", text("A quantity", "quantity"));

const resources = record("Resource requests and limits of the container", {
  profile: text("A named set of requests and limits"),
  requests: quantities("What the scheduler reserves"),
  limits: quantities("What the container may use at most"),
}, { template: true, exclusive: [["profile", "requests"], ["profile", "limits"]] });

const id = (doc: string): Shape => text(doc, "integer", { min: 0 });
const capabilityList = (doc: string): Shape => listOf(doc, word("A Linux capability", capabilities));
const containerSecurity: Readonly<Record<string, Shape>> = {
  allowPrivilegeEscalation: text("A process may gain more privileges than its parent", "boolean"),
  readOnlyRootFilesystem: text("The root file system is read-only", "boolean"),
  runAsNonRoot: text("Refuse to run as root", "boolean"),
  runAsUser: id("User id"),
  runAsGroup: id("Group id"),
  capabilities: record("Linux capabilities", {
    add: capabilityList("Added"),
    drop: capabilityList("Dropped"),
  }),
};
const podSecurity: Readonly<Record<string, Shape>> = {
  runAsNonRoot: text("Refuse to run as root", "boolean"),
  runAsUser: id("User id"),
  runAsGroup: id("Group id"),
  fsGroup: id("Group that owns the volumes"),
};

/** A profile excludes explicit fields: mixed, it would be unclear which take effect. */
function orProfile(doc: string, fields: Readonly<Record<string, Shape>>): RecordShape {
  return record(doc, { profile: text("A named set of these fields"), ...fields }, {
    exclusive: Object.keys(fields).map((field) => ["profile", field]),
  });
}

const volumeSources: Readonly<Record<string, Shape>> = {
  configMap: record("Files from a ConfigMap", { name: text("Name of the ConfigMap", "dnsSubdomain") }, {
    required: ["name"],
  }),
  secret: record("Files from a Secret", { name: text("Name of the Secret", "dnsSubdomain") }, { required: ["name"] }),
  emptyDir: record("An empty folder that goes with the Pod", {}),
  persistentVolumeClaim: record("A claimed volume", {
    claimName: text("Name of the claim", "dnsSubdomain"),
    readOnly: flag("Read-only"),
  }, { required: ["claimName"] }),
  hostPath: record("A path of the node", {
    path: text("The path"),
    type: word("What must be at the path", [
      "DirectoryOrCreate",
      "Directory",
      "FileOrCreate",
      "File",
      "Socket",
      "CharDevice",
      "BlockDevice",
    ]),
  }, { required: ["path"] }),
};

const volumes = listOf(
  "Volumes of the Pod",
  record("One volume: a name and exactly one source", { name: text("Its name", "dnsLabel"), ...volumeSources }, {
    required: ["name"],
    exclusive: [Object.keys(volumeSources)],
    oneOfFields: [Object.keys(volumeSources)],
  }),
);

const volumeMounts = listOf(
  "Where the container sees the volumes",
  record("One mount", {
    name: text("Name of the volume", "dnsLabel"),
    mountPath: text("Path in the container"),
    subPath: text("Path within the volume"),
    readOnly: flag("Read-only"),
  }, { required: ["name", "mountPath"] }),
);

const probeTimes: Readonly<Record<string, Shape>> = {
  initialDelaySeconds: text("Wait before the first probe; 15 when absent", "integer", { min: 0 }),
  periodSeconds: text("Time between probes; 20 when absent", "integer", { min: 1 }),
  failureThreshold: text("Failures in a row that count; 3 when absent", "integer", { min: 1 }),
  successThreshold: text("Successes in a row that count; 1 when absent", "integer", { min: 1 }),
  timeoutSeconds: text("Time that one probe may take; 10 when absent", "integer", { min: 1 }),
};

const probe = (doc: string): Shape =>
  record(doc, {
    type: word("`http` or `tcp`; `http` when `path` is given", ["http", "tcp"]),
    path: text("Path of the HTTP request"),
    port: text("Port; the container's port when absent", "port"),
    profile: text("A named set of the times below; what is given besides wins"),
    ...probeTimes,
  }, { oneOfFields: [["type", "path"]] });

const probes = record("Probes of the container", {
  startup: probe("Has it started? The other probes wait for this one"),
  liveness: probe("Does it live? If not, it is started again"),
  readiness: probe("May it get requests?"),
});

/** The fields of one container and its Pod, for every kind that has Pods. */
export const podFields: Readonly<Record<string, Shape>> = {
  image: text("Image of the container"),
  command: listOf("Entry point of the container", freeText("One word")),
  args: listOf("Arguments of the entry point", freeText("One argument")),
  workingDirectory: text("Working directory of the container"),
  env,
  envFrom,
  resources,
  securityContext: orProfile("Security settings of the container", containerSecurity),
  podSecurity: orProfile("Security settings of the Pod", podSecurity),
  volumes,
  volumeMounts,
  imagePullSecrets: listOf(
    "Names of the Secrets with credentials of registries",
    text("Name of a Secret", "dnsSubdomain"),
  ),
  nodeSelector: mapOf("Labels of the nodes that may run the Pods", "labelKey", text("A label value", "labelValue")),
  serviceAccountName: text("ServiceAccount of the Pods", "dnsSubdomain"),
};

/** The fields of a container that serves. */
export const servingFields: Readonly<Record<string, Shape>> = {
  port: text("Port of the container; 0 is none", "port", { min: 0 }),
  protocol,
  probes,
};

export const replicasField: Shape = text(
  "Number of Pods; when absent, left to the API server (1) and to autoscalers",
  "integer",
  { min: 0, max: 2 ** 31 - 1 },
);

export const rollingUpdateField: RecordShape = orProfile("How Pods are replaced", {
  maxSurge: text("How many Pods above `replicas`", "intOrPercent"),
  maxUnavailable: text("How many Pods may be missing", "intOrPercent"),
});

export { protocol as protocolField };

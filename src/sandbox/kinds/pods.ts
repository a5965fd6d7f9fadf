import { canonicalJson, type JsonMap } from "../../base/json.ts";
import { isDnsLabel } from "../../k8s/names.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { fill, forbiddenField, invalidField, notSupported, required } from "./fields.ts";

// deno-lint-ignore no-explicit-any -- built-in kinds are unstructured JSON here
type Any = any;

/** Defaults of a pod spec (kubernetes/pkg/apis/core/v1/defaults.go). `inPod`: of a Pod itself, not of a template. */
export function defaultPodSpec(spec: Any, inPod: boolean): void {
  fill(spec, "restartPolicy", "Always");
  fill(spec, "terminationGracePeriodSeconds", 30);
  fill(spec, "dnsPolicy", "ClusterFirst");
  fill(spec, "securityContext", {});
  fill(spec, "schedulerName", "default-scheduler");
  if (spec.serviceAccountName !== undefined) fill(spec, "serviceAccount", spec.serviceAccountName);
  else if (spec.serviceAccount !== undefined) spec.serviceAccountName = spec.serviceAccount;
  if (inPod) {
    fill(spec, "enableServiceLinks", true);
    fill(spec, "serviceAccountName", "default");
    fill(spec, "serviceAccount", spec.serviceAccountName);
    fill(spec, "preemptionPolicy", "PreemptLowerPriority");
    fill(spec, "priority", 0);
    fill(spec, "tolerations", [
      { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
      { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
    ]);
  }
  for (const list of ["containers", "initContainers", "ephemeralContainers"]) {
    for (const container of spec[list] ?? []) defaultContainer(container, spec.hostNetwork === true);
  }
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
}

function defaultContainer(container: Any, hostNetwork: boolean): void {
  fill(container, "terminationMessagePath", "/dev/termination-log");
  fill(container, "terminationMessagePolicy", "File");
  const latest = typeof container.image === "string" && isLatest(container.image);
  fill(container, "imagePullPolicy", latest ? "Always" : "IfNotPresent");
  for (const port of container.ports ?? []) {
    fill(port, "protocol", "TCP");
    if (hostNetwork) fill(port, "hostPort", port.containerPort);
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    if (container[name] !== undefined) defaultProbe(container[name]);
  }
  for (const name of ["postStart", "preStop"]) {
    if (container.lifecycle?.[name]?.httpGet !== undefined) defaultHttpGet(container.lifecycle[name].httpGet);
  }
  for (const env of container.env ?? []) {
    if (env.valueFrom?.fieldRef !== undefined) fill(env.valueFrom.fieldRef, "apiVersion", "v1");
    if (env.valueFrom?.resourceFieldRef !== undefined) fill(env.valueFrom.resourceFieldRef, "divisor", "0");
  }
  const limits = container.resources?.limits;
  if (limits !== undefined) {
    const requests = container.resources.requests ??= {};
    for (const name of Object.keys(limits)) fill(requests, name, limits[name]);
  }
}

function isLatest(image: string): boolean {
  if (image.includes("@")) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === "latest";
}

function defaultProbe(probe: Any): void {
  fill(probe, "timeoutSeconds", 1);
  fill(probe, "periodSeconds", 10);
  fill(probe, "successThreshold", 1);
  fill(probe, "failureThreshold", 3);
  if (probe.httpGet !== undefined) defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) fill(probe.grpc, "service", "");
}

function defaultHttpGet(action: Any): void {
  fill(action, "path", "/");
  fill(action, "scheme", "HTTP");
}

function defaultVolume(volume: Any): void {
  for (const source of ["secret", "configMap", "downwardAPI", "projected"]) {
    if (volume[source] !== undefined) fill(volume[source], "defaultMode", 420);
  }
  for (const item of volume.downwardAPI?.items ?? []) {
    if (item.fieldRef !== undefined) fill(item.fieldRef, "apiVersion", "v1");
  }
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken !== undefined) fill(source.serviceAccountToken, "expirationSeconds", 3600);
    for (const item of source.downwardAPI?.items ?? []) {
      if (item.fieldRef !== undefined) fill(item.fieldRef, "apiVersion", "v1");
    }
  }
  if (volume.hostPath !== undefined) fill(volume.hostPath, "type", "");
  if (volume.ephemeral?.volumeClaimTemplate?.spec !== undefined) {
    fill(volume.ephemeral.volumeClaimTemplate.spec, "volumeMode", "Filesystem");
  }
  const sources = Object.keys(volume).filter((key) => key !== "name");
  if (sources.length === 0) volume.emptyDir = {};
}

/** Defaults of a Pod. */
export function defaultPod(pod: KubeObject): void {
  defaultPodSpec(pod["spec"], true);
  const status: JsonMap = pod["status"];
  fill(status, "phase", "Pending");
  fill(status, "qosClass", qosClass(pod["spec"]));
}

function qosClass(spec: Any): string {
  const all = [...spec.containers ?? [], ...spec.initContainers ?? []];
  const resources = all.map((container) => container.resources ?? {});
  if (resources.every(({ limits, requests }) => limits === undefined && requests === undefined)) return "BestEffort";
  const guaranteed = resources.every(({ limits, requests }) =>
    ["cpu", "memory"].every((name) =>
      limits?.[name] !== undefined && (requests?.[name] ?? limits[name]) === limits[name]
    )
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

export function validatePod(pod: KubeObject): FieldError[] {
  return validatePodSpec(pod["spec"], "spec");
}

/** The rules of a pod spec that a client is likely to meet (kubernetes/pkg/apis/core/validation). */
export function validatePodSpec(spec: Any, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const volumes = new Set<string>();
  (spec.volumes ?? []).forEach((volume: Any, i: number) => {
    const at = `${path}.volumes[${i}].name`;
    if (!volume.name) errors.push(required(at));
    else if (!isDnsLabel(volume.name)) {
      errors.push(
        invalidField(
          at,
          volume.name,
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        ),
      );
    } else if (volumes.has(volume.name)) {
      errors.push({
        field: at,
        reason: "FieldValueDuplicate",
        message: `Duplicate value: ${JSON.stringify(volume.name)}`,
      });
    }
    volumes.add(volume.name);
  });
  if ((spec.containers ?? []).length === 0) errors.push(required(`${path}.containers`));
  const names = new Set<string>();
  for (const list of ["initContainers", "containers"]) {
    (spec[list] ?? []).forEach((container: Any, i: number) => {
      validateContainer(container, `${path}.${list}[${i}]`, names, volumes, errors);
    });
  }
  if (!["Always", "OnFailure", "Never"].includes(spec.restartPolicy)) {
    errors.push(notSupported(`${path}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"]));
  }
  return errors;
}

function validateContainer(
  container: Any,
  at: string,
  names: Set<string>,
  volumes: Set<string>,
  errors: FieldError[],
): void {
  if (!container.name) errors.push(required(`${at}.name`));
  else if (!isDnsLabel(container.name)) {
    errors.push(
      invalidField(
        `${at}.name`,
        container.name,
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ),
    );
  } else if (names.has(container.name)) {
    errors.push({
      field: `${at}.name`,
      reason: "FieldValueDuplicate",
      message: `Duplicate value: ${JSON.stringify(container.name)}`,
    });
  }
  names.add(container.name);
  if (!container.image) errors.push(required(`${at}.image`));
  (container.ports ?? []).forEach((port: Any, i: number) => {
    if (!port.containerPort) errors.push(required(`${at}.ports[${i}].containerPort`));
    else if (port.containerPort < 1 || port.containerPort > 65535) {
      errors.push(
        invalidField(`${at}.ports[${i}].containerPort`, port.containerPort, "must be between 1 and 65535, inclusive"),
      );
    }
    if (!["TCP", "UDP", "SCTP"].includes(port.protocol)) {
      errors.push(notSupported(`${at}.ports[${i}].protocol`, port.protocol, ["SCTP", "TCP", "UDP"]));
    }
  });
  (container.volumeMounts ?? []).forEach((mount: Any, i: number) => {
    if (!mount.name) errors.push(required(`${at}.volumeMounts[${i}].name`));
    else if (!volumes.has(mount.name)) {
      errors.push({
        field: `${at}.volumeMounts[${i}].name`,
        reason: "FieldValueNotFound",
        message: `Not found: ${JSON.stringify(mount.name)}`,
      });
    }
    if (!mount.mountPath) errors.push(required(`${at}.volumeMounts[${i}].mountPath`));
  });
  (container.env ?? []).forEach((env: Any, i: number) => {
    if (!env.name) errors.push(required(`${at}.env[${i}].name`));
    if (env.value !== undefined && env.valueFrom !== undefined) {
      errors.push(invalidField(`${at}.env[${i}].valueFrom`, "", "may not be specified when `value` is not empty"));
    }
  });
}

/** Of a Pod's spec only images, deadlines, grace period and added tolerations may change. */
export function validatePodUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const bare = (pod: KubeObject) => {
    const spec = structuredClone(pod["spec"]);
    for (const list of ["containers", "initContainers"]) {
      for (const container of spec[list] ?? []) delete container.image;
    }
    for (const key of ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "nodeName"]) {
      delete spec[key];
    }
    return canonicalJson(spec);
  };
  if (bare(next) === bare(current)) return [];
  return [forbiddenField(
    "spec",
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`," +
      "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)," +
      "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
  )];
}

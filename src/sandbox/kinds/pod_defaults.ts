import type { KubeObject } from "../../k8s/object.ts";
import { type Any, fill, listOf } from "./fields.ts";

/** Defaults of every pod spec (kubernetes/pkg/apis/core/v1/defaults.go). */
export function defaultPodSpec(spec: Any): void {
  fill(spec, "restartPolicy", "Always");
  fill(spec, "terminationGracePeriodSeconds", 30);
  fill(spec, "dnsPolicy", "ClusterFirst");
  fill(spec, "securityContext", {});
  fill(spec, "schedulerName", "default-scheduler");
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account !== undefined) spec.serviceAccountName = spec.serviceAccount = account;
  for (const container of containersOf(spec)) defaultContainer(container);
  for (const volume of listOf(spec.volumes)) defaultVolume(volume);
}

export function containersOf(spec: Any): Any[] {
  return [...listOf(spec.initContainers), ...listOf(spec.containers), ...listOf(spec.ephemeralContainers)];
}

function defaultContainer(container: Any): void {
  fill(container, "terminationMessagePath", "/dev/termination-log");
  fill(container, "terminationMessagePolicy", "File");
  fill(container, "imagePullPolicy", isLatest(container.image ?? "") ? "Always" : "IfNotPresent");
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    if (container[name] !== undefined) defaultProbe(container[name]);
  }
  for (const name of ["postStart", "preStop"]) {
    if (container.lifecycle?.[name]?.httpGet !== undefined) defaultHttpGet(container.lifecycle[name].httpGet);
  }
  for (const env of listOf(container.env)) {
    if (env.valueFrom?.fieldRef !== undefined) fill(env.valueFrom.fieldRef, "apiVersion", "v1");
  }
}

/** No tag, or the tag `latest`; with a digest and no tag it is neither. */
function isLatest(image: string): boolean {
  if (!/^[\w.][\w./:@+-]*$/.test(image)) return image === "";
  const [name, digest] = image.split("@", 2);
  const tag = /:([^/:]+)$/.exec(name!)?.[1];
  return tag === undefined ? digest === undefined : tag === "latest";
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
  const fields = [...listOf(volume.downwardAPI?.items)];
  for (const source of listOf(volume.projected?.sources)) {
    if (source.serviceAccountToken !== undefined) fill(source.serviceAccountToken, "expirationSeconds", 3600);
    fields.push(...listOf(source.downwardAPI?.items));
  }
  for (const item of fields) if (item.fieldRef !== undefined) fill(item.fieldRef, "apiVersion", "v1");
  if (volume.hostPath !== undefined) fill(volume.hostPath, "type", "");
  if (volume.image !== undefined) {
    fill(volume.image, "pullPolicy", isLatest(volume.image.reference ?? "") ? "Always" : "IfNotPresent");
  }
  if (volume.ephemeral?.volumeClaimTemplate?.spec !== undefined) {
    fill(volume.ephemeral.volumeClaimTemplate.spec, "volumeMode", "Filesystem");
  }
  if (Object.keys(volume).every((key) => key === "name")) volume.emptyDir = {};
}

/** What only Pods get, not the templates of them. */
export function defaultPod({ spec, status }: KubeObject): void {
  defaultPodSpec(spec);
  fill(spec, "enableServiceLinks", true);
  for (const container of [...listOf(spec.containers), ...listOf(spec.initContainers)]) {
    const limits = container.resources?.limits;
    if (limits !== undefined) {
      const requests = container.resources.requests ??= {};
      for (const name of Object.keys(limits)) fill(requests, name, limits[name]);
    }
    if (spec.hostNetwork === true) {
      for (const port of listOf(container.ports)) fill(port, "hostPort", port.containerPort);
    }
  }
  if (status?.podIP !== undefined && listOf(status.podIPs).length === 0) status.podIPs = [{ ip: status.podIP }];
}

/** What admission adds to a new Pod: account, priority, tolerations. Nobody owns these fields. */
export function admitPod({ spec }: KubeObject): void {
  fill(spec, "serviceAccountName", "default");
  fill(spec, "serviceAccount", spec.serviceAccountName);
  fill(spec, "preemptionPolicy", "PreemptLowerPriority");
  fill(spec, "priority", 0);
  const tolerations = spec.tolerations ??= [];
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const tolerated = tolerations.some((each: Any) =>
      (each.key === key || each.key === undefined) && (each.effect === "NoExecute" || each.effect === undefined)
    );
    if (!tolerated) tolerations.push({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });
  }
}

/** The status that a new Pod begins with. */
export function preparePod(pod: KubeObject): void {
  pod["status"] = { phase: "Pending", qosClass: qosClass(pod["spec"]) };
}

function qosClass(spec: Any): string {
  const resources = [...listOf(spec.containers), ...listOf(spec.initContainers)].map((each) => each.resources ?? {});
  const counted = (amounts: Any) =>
    ["cpu", "memory"].filter((name) => amounts?.[name] !== undefined && amounts[name] !== "0");
  if (resources.every(({ limits, requests }) => counted(limits).length === 0 && counted(requests).length === 0)) {
    return "BestEffort";
  }
  const guaranteed = resources.every(({ limits, requests }) =>
    ["cpu", "memory"].every((name) =>
      limits?.[name] !== undefined && (requests?.[name] ?? limits[name]) === limits[name]
    )
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

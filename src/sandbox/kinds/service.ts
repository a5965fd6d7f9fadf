import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { fill, invalidField, notSupported, required } from "./fields.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/** Defaults of a Service (kubernetes/pkg/apis/core/v1/defaults.go). */
export function defaultService({ spec }: KubeObject): void {
  fill(spec, "sessionAffinity", "None");
  fill(spec, "type", "ClusterIP");
  for (const port of spec.ports ?? []) {
    fill(port, "protocol", "TCP");
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === "") port.targetPort = port.port;
  }
  if (spec.type === "NodePort" || spec.type === "LoadBalancer") fill(spec, "externalTrafficPolicy", "Cluster");
  if (spec.type !== "ExternalName") fill(spec, "internalTrafficPolicy", "Cluster");
  if (spec.type === "LoadBalancer") fill(spec, "allocateLoadBalancerNodePorts", true);
  if (spec.sessionAffinity === "ClientIP") {
    fill(spec, "sessionAffinityConfig", { clientIP: { timeoutSeconds: 10800 } });
  }
}

/** Addresses of the service network, `10.0.0.0/24` … `10.0.255.0/24`; the first one is the API server's. */
const addresses = 65_000;
const firstNodePort = 30_000;
const nodePorts = 2768;

/** Gives a new Service its cluster address and node ports. */
export function allocateService(service: KubeObject, siblings: Iterable<KubeObject>): void {
  const { spec } = service;
  if (spec.type === "ExternalName") return;
  if (spec.clusterIP === undefined) {
    const taken = new Set<string>();
    for (const other of siblings) taken.add(other["spec"].clusterIP);
    spec.clusterIP = firstFree(addresses, (i) => `10.0.${i >> 8}.${i & 255}`, taken, 2) ?? "None";
  }
  fill(spec, "clusterIPs", [spec.clusterIP]);
  fill(spec, "ipFamilies", ["IPv4"]);
  fill(spec, "ipFamilyPolicy", "SingleStack");
  allocateNodePorts(service, siblings);
}

function allocateNodePorts({ spec }: KubeObject, siblings: Iterable<KubeObject>): void {
  if (spec.type !== "NodePort" && !(spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false)) {
    return;
  }
  const taken = new Set<number>();
  for (const other of siblings) for (const port of other["spec"].ports ?? []) taken.add(port.nodePort);
  for (const port of spec.ports ?? []) {
    if (port.nodePort === undefined || port.nodePort === 0) {
      port.nodePort = firstFree(
        nodePorts,
        (i) => firstNodePort + i,
        taken,
        0,
      );
    }
    taken.add(port.nodePort);
  }
}

function firstFree<T>(count: number, make: (i: number) => T, taken: ReadonlySet<T>, from: number): T | undefined {
  for (let i = from; i < count; i++) {
    const candidate = make(i);
    if (!taken.has(candidate)) return candidate;
  }
  return undefined;
}

/** What a client leaves out of a PUT is kept (`patchAllocatedValues`), as long as the type stays. */
export function releaseService(next: KubeObject, current: KubeObject): void {
  const [after, before] = [next["spec"], current["spec"]];
  if (after.type === "ExternalName") {
    if (before.type !== "ExternalName") {
      for (const key of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) {
        delete after[key];
      }
    }
    return;
  }
  if (before.type === "ExternalName") {
    allocateService(next, []);
    return;
  }
  for (const key of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) fill(after, key, before[key]);
  const needsPorts = (spec: { type: string }) => spec.type === "NodePort" || spec.type === "LoadBalancer";
  if (needsPorts(after)) {
    for (const port of after.ports ?? []) {
      const twin = (before.ports ?? []).find((each: typeof port) =>
        each.port === port.port && each.protocol === port.protocol
      );
      if (twin?.nodePort !== undefined) fill(port, "nodePort", twin.nodePort);
    }
    allocateNodePorts(next, [current]);
  } else if (needsPorts(before)) { for (const port of after.ports ?? []) delete port.nodePort; }
}

export function validateService({ spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!types.includes(spec.type)) errors.push(notSupported("spec.type", spec.type, types));
  if ((spec.ports ?? []).length === 0 && spec.type !== "ExternalName" && spec.clusterIP !== "None") {
    errors.push(required("spec.ports"));
  }
  if (spec.type === "ExternalName" && !spec.externalName) errors.push(required("spec.externalName"));
  const several = (spec.ports ?? []).length > 1;
  const names = new Set<string>();
  // deno-lint-ignore no-explicit-any -- unstructured
  (spec.ports ?? []).forEach((port: any, i: number) => {
    const at = `spec.ports[${i}]`;
    if (several && !port.name) errors.push(required(`${at}.name`));
    if (port.name && names.has(port.name)) {
      errors.push({
        field: `${at}.name`,
        reason: "FieldValueDuplicate",
        message: `Duplicate value: ${JSON.stringify(port.name)}`,
      });
    }
    if (port.name) names.add(port.name);
    if (port.port < 1 || port.port > 65535) {
      errors.push(invalidField(`${at}.port`, port.port, "must be between 1 and 65535, inclusive"));
    }
    if (!["TCP", "UDP", "SCTP"].includes(port.protocol)) {
      errors.push(notSupported(`${at}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]));
    }
  });
  return errors;
}

export function validateServiceUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const [after, before] = [next["spec"], current["spec"]];
  if (after.type === "ExternalName" || before.type === "ExternalName" || after.clusterIP === before.clusterIP) {
    return [];
  }
  return [invalidField("spec.clusterIPs[0]", [after.clusterIP], "may not change once set")];
}

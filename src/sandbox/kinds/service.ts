import type { KubeObject } from "../../k8s/object.ts";
import { type Any, fill, listOf } from "./fields.ts";

/** Defaults of a Service (kubernetes/pkg/apis/core/v1/defaults.go). */
export function defaultService({ spec }: KubeObject): void {
  fill(spec, "sessionAffinity", "None");
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10800 } };
  }
  fill(spec, "type", "ClusterIP");
  for (const port of listOf(spec.ports)) {
    fill(port, "protocol", "TCP");
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === "") port.targetPort = port.port;
  }
  if (needsPorts(spec)) fill(spec, "externalTrafficPolicy", "Cluster");
  if (needsPorts(spec) || spec.type === "ClusterIP") fill(spec, "internalTrafficPolicy", "Cluster");
  if (spec.type === "LoadBalancer") fill(spec, "allocateLoadBalancerNodePorts", true);
}

/** Addresses of the service network from `10.0.0.2` on; `10.0.0.1` is the API server's. */
const addresses = 65_000;
const minNodePort = 30_000;
const nodePorts = 2768;

/** Gives a new Service its cluster address and node ports. */
export function allocateService(service: KubeObject, siblings: Iterable<KubeObject>): void {
  const { spec } = service;
  if (spec.type === "ExternalName") {
    for (const port of listOf(spec.ports)) if (port.targetPort === port.port) port.targetPort = port.port;
    return;
  }
  if (spec.clusterIP === undefined) {
    const taken = new Set<string>();
    for (const other of siblings) taken.add(other["spec"].clusterIP);
    spec.clusterIP = firstFree(addresses, (i) => `10.0.${i >> 8}.${i & 255}`, taken, 2) ?? "None";
  }
  fill(spec, "clusterIPs", [spec.clusterIP]);
  const headless = spec.clusterIP === "None" && spec.selector === undefined;
  fill(spec, "ipFamilyPolicy", headless ? "RequireDualStack" : "SingleStack");
  fill(spec, "ipFamilies", headless ? ["IPv4", "IPv6"] : ["IPv4"]);
  allocateNodePorts(service, siblings);
}

function allocateNodePorts({ spec }: KubeObject, siblings: Iterable<KubeObject>): void {
  if (spec.type !== "NodePort" && !(spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false)) {
    return;
  }
  const taken = new Set<number>();
  for (const other of siblings) for (const port of listOf(other["spec"].ports)) taken.add(port.nodePort);
  for (const port of listOf(spec.ports)) {
    if (!port.nodePort) port.nodePort = firstFree(nodePorts, (i) => minNodePort + i, taken, 0);
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

function needsPorts(spec: Any): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer";
}

/** What a client leaves out of a PUT is kept, and what the new type has no use for goes (`patchAllocatedValues`). */
export function keepAllocations(next: KubeObject, current: KubeObject): void {
  const [after, before] = [next["spec"], current["spec"]];
  if (after.type === "ExternalName") {
    if (before.type !== "ExternalName") {
      for (const key of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"]) {
        delete after[key];
      }
      dropNodePorts(after);
    }
    return;
  }
  if (before.type === "ExternalName") {
    allocateService(next, []);
    return;
  }
  for (const key of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) fill(after, key, before[key]);
  if (needsPorts(after)) {
    for (const port of listOf(after.ports)) {
      const twin = listOf(before.ports).find((each) => each.port === port.port && each.protocol === port.protocol);
      if (twin?.nodePort !== undefined) fill(port, "nodePort", twin.nodePort);
    }
    allocateNodePorts(next, [current]);
  } else if (needsPorts(before)) dropNodePorts(after);
}

function dropNodePorts(spec: Any): void {
  for (const port of listOf(spec.ports)) delete port.nodePort;
  for (const key of ["externalTrafficPolicy", "allocateLoadBalancerNodePorts", "healthCheckNodePort"]) delete spec[key];
}

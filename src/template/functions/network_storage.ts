import { isTrue, type Value } from "../values.ts";
import { countArgument } from "./arguments.ts";
import type { LibraryFunction } from "./function.ts";
import { at } from "./kubernetes_object.ts";
import { Fields, hasTrue, joined, mapsAt } from "./object_fields.ts";

/** Functions on Services, Ingresses, autoscalers and claims. */

const services = new Fields("Services");
const balancer = ["status", "loadBalancer", "ingress"];
const endpoints = ["_endpoints"];

export const serviceFunctions: readonly LibraryFunction[] = [
  services.text("serviceClusterIP", "spec.clusterIP", "spec", "clusterIP"),
  services.of(
    "serviceLoadBalancerIP(object)",
    "The first address of the load balancer",
    [balancer],
    (object, _, budget) => mapsAt(object, budget, ...balancer)[0]?.["ip"] ?? "",
  ),
  services.of(
    "serviceLoadBalancerHost(object)",
    "The first host name of the load balancer",
    [balancer],
    (object, _, budget) => mapsAt(object, budget, ...balancer)[0]?.["hostname"] ?? "",
  ),
  services.of(
    "serviceNodePort(object)",
    "The first port of the nodes, 0 when there is none",
    [["spec", "ports"]],
    (object, _, budget) => countArgument(mapsAt(object, budget, "spec", "ports")[0]?.["nodePort"]),
  ),
  services.of(
    "endpointsReady(object)",
    "Whether all Pods behind the Service are ready, and there is one (enrich: endpoints)",
    [endpoints],
    (object, _, budget) => {
      const all = mapsAt(object, budget, "_endpoints");
      return all.length > 0 && all.every((each) => each["ready"] === true);
    },
  ),
  services.of("hasEndpoints(object)", "Whether there is a ready Pod behind the Service (enrich: endpoints)", [
    endpoints,
  ], (object, _, budget) => mapsAt(object, budget, "_endpoints").some((each) => each["ready"] === true)),
  services.of("serviceEndpointCount(object)", "How many addresses are behind the Service (enrich: endpoints)", [
    endpoints,
  ], (object, _, budget) => mapsAt(object, budget, "_endpoints").length),
  services.of(
    "serviceEndpoints(object)",
    "The addresses behind the Service (enrich: endpoints)",
    [endpoints],
    (object, _, budget) => joined(mapsAt(object, budget, "_endpoints"), budget, "ip"),
  ),
  services.of(
    "serviceFirstEndpoint(object)",
    "The first address behind the Service (enrich: endpoints)",
    [endpoints],
    (object, _, budget) => mapsAt(object, budget, "_endpoints")[0]?.["ip"] ?? "",
  ),
  services.of(
    "backingPodCount(object)",
    "How many Pods the Service selects (enrich: backingpods)",
    [["_backingPods"]],
    (object, _, budget) => mapsAt(object, budget, "_backingPods").length,
  ),
  services.of("backingPodNames(object)", "Names of the Pods that the Service selects (enrich: backingpods)", [[
    "_backingPods",
  ]], (object, _, budget) => joined(mapsAt(object, budget, "_backingPods"), budget, "name")),
];

const ingresses = new Fields("Ingresses");

export const ingressFunctions: readonly LibraryFunction[] = [
  ingresses.text("ingressClassName", "spec.ingressClassName", "spec", "ingressClassName"),
  ingresses.of(
    "ingressHost(object)",
    "The host of the first rule",
    [["spec", "rules"]],
    (object, _, budget) => mapsAt(object, budget, "spec", "rules")[0]?.["host"] ?? "",
  ),
  ingresses.of(
    "ingressIP(object)",
    "The first address, or host name, of the load balancer",
    [balancer],
    (object, _, budget) => {
      const first = mapsAt(object, budget, ...balancer)[0];
      return first?.["ip"] ?? first?.["hostname"] ?? "";
    },
  ),
  ingresses.of(
    "ingressReady(object)",
    "Whether the load balancer has an address",
    [balancer],
    (object, _, budget) =>
      mapsAt(object, budget, ...balancer).some((each) => isTrue(each["ip"]) || isTrue(each["hostname"])),
  ),
  ingresses.of(
    "ingressRules(object)",
    "How many rules there are",
    [["spec", "rules"]],
    (object, _, budget) => mapsAt(object, budget, "spec", "rules").length,
  ),
  ingresses.of("ingressTLSHosts(object)", "The hosts with HTTPS", [["spec", "tls"]], (object) => {
    const tls = at(object, "spec", "tls");
    return Array.isArray(tls) ? tls.flatMap((each): Value[] => [...listAt(each, "hosts")]).join(", ") : "";
  }),
  ingresses.of("ingressLoadBalancerIPs(object)", "The addresses of the load balancer (enrich: ingress)", [[
    "_loadBalancerIPs",
  ]], (object) => listAt(object, "_loadBalancerIPs").join(", ")),
  ingresses.of("ingressTLSSecretCount(object)", "How many Secrets with certificates there are (enrich: ingress)", [[
    "_tlsSecrets",
  ]], (object) => listAt(object, "_tlsSecrets").length),
];

const hpas = new Fields("Autoscalers");
const condition = (name: string, type: string) =>
  hpas.of(
    `${name}(object)`,
    `Whether the condition ${type} is True`,
    [["status", "conditions"]],
    (object, _, budget) => hasTrue(object, budget, type),
  );

export const hpaFunctions: readonly LibraryFunction[] = [
  hpas.count("hpaMinReplicas", "spec.minReplicas", 1, "spec", "minReplicas"),
  hpas.count("hpaMaxReplicas", "spec.maxReplicas", 0, "spec", "maxReplicas"),
  hpas.count("hpaCurrentReplicas", "status.currentReplicas", 0, "status", "currentReplicas"),
  hpas.count("hpaDesiredReplicas", "status.desiredReplicas", 0, "status", "desiredReplicas"),
  hpas.of("hpaAtMax(object)", "Whether as many Pods are wanted as are allowed", [["spec", "maxReplicas"], [
    "status",
    "desiredReplicas",
  ]], (object) => {
    const max = countArgument(at(object, "spec", "maxReplicas"));
    return max > 0 && countArgument(at(object, "status", "desiredReplicas")) >= max;
  }),
  hpas.of(
    "hpaScaling(object)",
    "Whether other than the current number of Pods is wanted",
    [["status", "currentReplicas"], ["status", "desiredReplicas"]],
    (object) =>
      countArgument(at(object, "status", "currentReplicas")) !== countArgument(at(object, "status", "desiredReplicas")),
  ),
  condition("hpaAbleToScale", "AbleToScale"),
  condition("hpaScalingActive", "ScalingActive"),
  condition("hpaScalingLimited", "ScalingLimited"),
  hpas.of(
    "hpaMetricTypes(object)",
    "The types of the metrics that are known (enrich: hpa)",
    [["_currentMetrics"]],
    (object, _, budget) => joined(mapsAt(object, budget, "_currentMetrics"), budget, "type"),
  ),
  hpas.text("hpaScaleTargetName", "Name of what is scaled (enrich: hpa)", "_scaleTarget", "name"),
  hpas.text("hpaScaleTargetKind", "Kind of what is scaled (enrich: hpa)", "_scaleTarget", "kind"),
];

const claims = new Fields("Claims");

export const claimFunctions: readonly LibraryFunction[] = [
  claims.of(
    "pvcBound(object)",
    "Whether the claim has a volume",
    [["status", "phase"]],
    (object) => at(object, "status", "phase") === "Bound",
  ),
  claims.text("pvcPhase", "status.phase", "status", "phase"),
  claims.text("pvcCapacity", "status.capacity.storage", "status", "capacity", "storage"),
  claims.of(
    "pvcAccessModes(object)",
    "The access modes of the claim",
    [["spec", "accessModes"]],
    (object) => listAt(object, "spec", "accessModes").join(", "),
  ),
  claims.text("pvcStorageClass", "spec.storageClassName", "spec", "storageClassName"),
  claims.text("pvcProvisioner", "What made the volume of the claim (enrich: pvc)", "_pv", "provisioner"),
  claims.text("pvcVolumeMode", "The mode of the volume (enrich: pvc)", "_pv", "volumeMode"),
  claims.text(
    "pvcStorageClassProvisioner",
    "The provisioner of the StorageClass (enrich: storageclass)",
    "_storageClass",
    "provisioner",
  ),
  claims.text(
    "pvcStorageClassReclaimPolicy",
    "The reclaim policy of the StorageClass (enrich: storageclass)",
    "_storageClass",
    "reclaimPolicy",
  ),
];

function listAt(object: Value, ...path: string[]): readonly Value[] {
  const list = at(object, ...path);
  return Array.isArray(list) ? list : [];
}

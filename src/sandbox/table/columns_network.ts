import type { KubeObject } from "../../k8s/object.ts";
import { ageColumn, type Any, column, pairs, selectorText, wide } from "./column.ts";
import { type Column, nameColumn } from "./values.ts";

/** More hosts and addresses than this are only counted. */
const maxShown = 3;

function servicePorts({ spec }: KubeObject): string {
  const ports: Any[] = spec.ports ?? [];
  if (ports.length === 0) return "<none>";
  return ports.map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ""}/${protocol}`).join(",");
}

function externalAddress({ spec, status }: KubeObject): string {
  const given: string[] = spec.externalIPs ?? [];
  const balanced = (status?.loadBalancer?.ingress ?? []).map((each: Any) => each.ip ?? each.hostname);
  switch (spec.type) {
    case "LoadBalancer":
      return [...balanced, ...given].join(",") || "<pending>";
    case "ExternalName":
      return spec.externalName;
    default:
      return given.join(",") || "<none>";
  }
}

function shortened(items: string[], none: string): string {
  if (items.length === 0) return none;
  return items.length > maxShown
    ? `${items.slice(0, maxShown).join(",")} + ${items.length - maxShown} more...`
    : items.join(",");
}

function endpointAddresses(object: KubeObject): string {
  const out: string[] = [];
  for (const { addresses = [], ports = [] } of object["subsets"] ?? []) {
    for (const { ip } of addresses) for (const { port } of ports) out.push(`${ip}:${port}`);
  }
  return shortened(out, "<none>");
}

/** Columns of networking kinds, by storage key. */
export const networkColumns: Readonly<Record<string, readonly Column[]>> = {
  "services.": [
    nameColumn,
    column("Type", ({ spec }) => spec.type),
    column("Cluster-IP", ({ spec }) => spec.clusterIP || "<none>"),
    column("External-IP", externalAddress),
    column("Port(s)", servicePorts),
    ageColumn,
    wide("Selector", ({ spec }) => pairs(spec.selector)),
  ],
  "endpoints.": [nameColumn, column("Endpoints", endpointAddresses), ageColumn],
  "endpointslices.discovery.k8s.io": [
    nameColumn,
    column("AddressType", (object) => object["addressType"]),
    column("Ports", (object) => (object["ports"] ?? []).map(({ port }: Any) => port ?? "*").join(",") || "<unset>"),
    column(
      "Endpoints",
      (object) => shortened((object["endpoints"] ?? []).flatMap(({ addresses }: Any) => addresses), "<unset>"),
    ),
    ageColumn,
  ],
  "ingresses.networking.k8s.io": [
    nameColumn,
    column("Class", ({ spec }) => spec.ingressClassName ?? "<none>"),
    column("Hosts", ({ spec }) => shortened((spec.rules ?? []).map(({ host }: Any) => host || "*"), "*")),
    column(
      "Address",
      ({ status }) => (status?.loadBalancer?.ingress ?? []).map((each: Any) => each.ip ?? each.hostname).join(","),
    ),
    column("Ports", ({ spec }) => (spec.tls ?? []).length > 0 ? "80, 443" : "80"),
    ageColumn,
  ],
  "ingressclasses.networking.k8s.io": [
    nameColumn,
    column("Controller", ({ spec }) => spec?.controller ?? ""),
    column("Parameters", ({ spec }) => {
      const parameters = spec?.parameters;
      if (parameters === undefined) return "<none>";
      return `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ""}/${parameters.name}`;
    }),
    ageColumn,
  ],
  "networkpolicies.networking.k8s.io": [
    nameColumn,
    column("Pod-Selector", ({ spec }) => selectorText(spec.podSelector)),
    ageColumn,
  ],
};

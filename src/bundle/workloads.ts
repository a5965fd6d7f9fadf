import type { Json, JsonMap } from "../base/json.ts";
import { webhookPort } from "../k8s/installation.ts";
import type { Plan } from "../plan/mod.ts";
import { type BundleObject, type Component, selectorOf, serviceLabelsOf } from "./bundle_object.ts";
import { type ApiServer, processObjects } from "./pods.ts";
import type { LeaseScope } from "./runtime_needs.ts";

/** What an installation runs, and what it has to know of the cluster for it. */
export interface Workloads {
  readonly images: { readonly runtime: string; readonly gateway: string };
  /** All that its Pods may connect to; empty: they may connect to anything. */
  readonly apiServers: readonly ApiServer[];
  /** What processes get in place of what is derived. */
  readonly settings?: Readonly<Partial<Record<"runtime" | "gateway", ProcessSettings>>>;
}

/** Values as in the manifest, or in a chart the text that stands for one. */
export interface ProcessSettings {
  readonly replicas?: Json;
  /** `requests` and `limits` of the container. */
  readonly resources?: Json;
  /** Added to its variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Of each process: one works or both do, and one can be replaced. */
const defaultReplicas = 2;

/** Port of the HTTP API of both. */
const httpPort = { name: "http", port: 8080 } as const;
const httpsPort = { name: "https", port: webhookPort } as const;

/**
 * Memory in MiB by docs/performance.md: a process of one operator has 131 at rest and 151 in a burst, and each further
 * operator has 24. A cell ends at its own limit, 256 (`--cell-memory`), and alone: that of the container must not be
 * reached before.
 */
const runtimeMemory = { base: 128, box: 24, process: 256, cell: 256 };

/** What runs the Runtime, with its Service. `digest`: of the Katalog. */
export function runtimeWorkload(
  { boxes }: Plan,
  namespace: string,
  { images, apiServers, settings: { runtime: given = {} } = {} }: Workloads,
  leases: LeaseScope,
  digest: string,
): BundleObject[] {
  const name = "orkestra-runtime";
  const { base, box, process, cell } = runtimeMemory;
  return [
    ...processObjects(
      {
        component: "runtime",
        name,
        image: images.runtime,
        apiServers,
        command: "run",
        ports: [httpPort],
        env: { ...leases === "box" ? { LEASE_SCOPE: leases } : {}, ...given.env },
        replicas: given.replicas ?? defaultReplicas,
        // No limit of processor time: a leader that is throttled cannot renew its Lease.
        resources: given.resources ?? {
          requests: { cpu: "100m", memory: `${base + box * boxes.length}Mi` },
          limits: { memory: `${process + cell * boxes.length}Mi` },
        },
        // Passes have 30 s to end, and then the Lease is released.
        terminationGracePeriodSeconds: 45,
        ingress: [fromNamespace(httpPort.port)],
      },
      namespace,
      digest,
    ),
    // Its API is to be asked most of all while it is not ready.
    serviceObject("runtime", name, namespace, [httpPort], true),
  ];
}

/** What runs the Gateway, with the Services that the API server calls; none without a Gateway. */
export function gatewayWorkload(
  { gateway, protection }: Plan,
  namespace: string,
  { images, apiServers, settings: { gateway: given = {} } = {} }: Workloads,
  digest: string,
): BundleObject[] {
  if (gateway === undefined) return [];
  const name = "orkestra-gateway";
  const services = [gateway.service, protection?.deletion?.serviceName, protection?.namespaces?.serviceName];
  return [
    ...processObjects(
      {
        component: "gateway",
        name,
        image: images.gateway,
        apiServers,
        command: "gate",
        ports: [httpsPort, httpPort],
        env: given.env ?? {},
        replicas: given.replicas ?? defaultReplicas,
        // At rest, and more than twice what 100 unfinished bodies of 8 MiB bring it to (red_team_https_test.ts).
        resources: given.resources ?? { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "768Mi" } },
        // New connections are served for 5 s, then responses have 15 s.
        terminationGracePeriodSeconds: 30,
        // The address of the API server is not known to a NetworkPolicy.
        ingress: [{ ports: [{ port: httpsPort.port, protocol: "TCP" }] }, fromNamespace(httpPort.port)],
      },
      namespace,
      digest,
    ),
    ...[...new Set(services.filter((service) => service !== undefined))].map((service) =>
      serviceObject("gateway", service, namespace, [httpsPort, httpPort], false)
    ),
  ];
}

/** The HTTP API has no authentication: its clients are Pods of this namespace, and port-forwards. */
function fromNamespace(port: number): JsonMap {
  return { from: [{ podSelector: {} }], ports: [{ port, protocol: "TCP" }] };
}

function serviceObject(
  component: Component,
  name: string,
  namespace: string,
  ports: readonly { readonly name: string; readonly port: number }[],
  publishNotReadyAddresses: boolean,
): BundleObject {
  return {
    object: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace, labels: serviceLabelsOf(component) },
      spec: {
        ...(publishNotReadyAddresses ? { publishNotReadyAddresses } : {}),
        selector: selectorOf(component),
        ports: ports.map((each) => ({ name: each.name, port: each.port, targetPort: each.name, protocol: "TCP" })),
      },
    },
  };
}

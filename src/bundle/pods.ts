import type { Json, JsonMap } from "../base/json.ts";
import { katalogConfigMap } from "../k8s/installation.ts";
import { type BundleObject, type Component, components, labelsOf, selectorOf } from "./bundle_object.ts";

/** A process of an installation, as its Deployment runs it. */
export interface Process {
  readonly component: Component;
  /** Of the Deployment, the PodDisruptionBudget and the NetworkPolicy. */
  readonly name: string;
  readonly image: string;
  /** Of the binary, before `-f`. */
  readonly command: string;
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  readonly env: Readonly<Record<string, string>>;
  readonly replicas: Json;
  readonly resources: Json;
  readonly terminationGracePeriodSeconds: number;
  /** Who may connect; other connections to its Pods are refused. */
  readonly ingress: readonly JsonMap[];
  /** What it connects to; none: whatever it likes, since the addresses are not known. */
  readonly apiServers: readonly ApiServer[];
}

/** Where an API server listens: an endpoint, and not the Service `kubernetes`. */
export interface ApiServer {
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly port: number;
}

const mountPath = "/etc/orkestra/katalog";
/** Of distroless images, which have no other user. */
const userId = 65532;

/** Another Katalog replaces the Pods: they read it when they start. */
const digestAnnotation = "orkestra.orkspace.io/katalog-digest";

/** Deployment, PodDisruptionBudget and NetworkPolicy of a process. `digest`: of the Katalog. */
export function processObjects(process: Process, namespace: string, digest: string): BundleObject[] {
  const { component, name, replicas, terminationGracePeriodSeconds, ingress, apiServers } = process;
  const labels = labelsOf(component);
  const selector = { matchLabels: selectorOf(component) };
  const metadata = { name, namespace, labels };
  return [
    {
      object: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
        spec: {
          replicas,
          selector,
          template: {
            metadata: { labels, annotations: { [digestAnnotation]: digest } },
            spec: {
              serviceAccountName: components[component].account,
              automountServiceAccountToken: true,
              enableServiceLinks: false,
              terminationGracePeriodSeconds,
              securityContext: {
                runAsNonRoot: true,
                runAsUser: userId,
                runAsGroup: userId,
                seccompProfile: { type: "RuntimeDefault" },
              },
              topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((
                topologyKey,
              ) => ({
                maxSkew: 1,
                topologyKey,
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: selector,
              })),
              containers: [containerOf(process)],
              volumes: [{
                name: "katalog",
                configMap: {
                  name: katalogConfigMap.name,
                  items: [{ key: katalogConfigMap.key, path: katalogConfigMap.key }],
                },
              }],
            },
          },
        },
      },
    },
    {
      object: {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata,
        // With one replica `minAvailable: 1` would keep its node from being drained.
        spec: { maxUnavailable: 1, selector },
      },
    },
    {
      object: {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata,
        spec: {
          podSelector: selector,
          policyTypes: ["Ingress", ...apiServers.length === 0 ? [] : ["Egress"]],
          ingress: [...ingress],
          ...(apiServers.length === 0 ? {} : { egress: apiServers.map(toApiServer) }),
        },
      },
    },
  ];
}

function toApiServer({ address, port }: ApiServer): JsonMap {
  const cidr = `${address}/${address.includes(":") ? 128 : 32}`;
  return { to: [{ ipBlock: { cidr } }], ports: [{ port, protocol: "TCP" }] };
}

/** Probes by docs/http-api.md. */
function containerOf({ image, command, ports, env, resources }: Process): JsonMap {
  const probe = (path: string, settings: JsonMap): JsonMap => ({ httpGet: { path, port: "http" }, ...settings });
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  return {
    name: "ork",
    image,
    args: [command, "-f", `${mountPath}/${katalogConfigMap.key}`],
    ...(variables.length === 0 ? {} : { env: variables }),
    ports: ports.map(({ name, port }) => ({ name, containerPort: port })),
    resources,
    startupProbe: probe("/startup", { periodSeconds: 2, failureThreshold: 30 }),
    livenessProbe: probe("/livez", { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 }),
    readinessProbe: probe("/ready", { periodSeconds: 5, timeoutSeconds: 5 }),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "katalog", mountPath, readOnly: true }],
  };
}

import type { Clock } from "../../base/clock.ts";
import { isMap, type Json, ownValue } from "../../base/json.ts";
import { type ClusterConfig, ConfigError, isCallError, isNotFound } from "../../cluster/mod.ts";
import type { ForwardTarget, PortForward } from "../../cluster/port_forward.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { RunSettings } from "../../runtime/mod.ts";
import type { RunPorts } from "../run.ts";
import { UsageError } from "../usage_error.ts";
import { InspectError } from "./inspect_error.ts";
import { printable } from "./printable.ts";
import type { Place } from "./runtime_api.ts";

/** Which Runtime is asked; what is absent was not given. */
export interface WhereOptions {
  readonly url?: string | undefined;
  /** Of the Lease and the Pods of the Runtime. */
  readonly namespace?: string | undefined;
  /** Instead of the one that leads. */
  readonly pod?: string | undefined;
  /** Port of the HTTP API in the Pod; 8080 when absent. */
  readonly port?: number | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

export interface WherePorts {
  readonly clock: Clock;
  readonly env: (name: string) => string | undefined;
  /** The cluster that the settings name; `undefined` when there is none, the reason reported. */
  readonly findCluster: (settings: Pick<RunSettings, "kubeconfig" | "context">) => Promise<ClusterConfig | undefined>;
  readonly connect: RunPorts["connect"];
  readonly forward: (cluster: ClusterConfig, target: ForwardTarget) => PortForward;
}

/** The way to Runtimes: one URL, or the Pods of a cluster. */
export type Where =
  | { readonly kind: "url"; readonly place: Place }
  | {
    readonly kind: "cluster";
    readonly namespace: string;
    /** Named by the user: the leader is not looked for. */
    readonly pod: string | undefined;
    /** Pod of the leader. Throws `InspectError`. */
    leader(): Promise<string>;
    /** Throws `InspectError`. */
    open(pod: string): Place;
  };

/** Name of the Lease of the leader; with `--lease-scope=box` the beginning of the names. */
const leaseName = "orkestra-konductor";
const leaseType = builtInType("Lease")!;
const defaultNamespace = "orkestra-system";
const defaultPort = 8080;
/** The holder of a Lease is the name of the Pod and a random suffix (ruling 59). */
const holderForm = /^([a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?)-[0-9a-f]{8}$/;
/** Leases that are named in an error. */
const maxNamed = 10;

/** Pod of an identity in a Lease; `undefined`: it is none of a Pod. */
export function podOfHolder(holder: string): string | undefined {
  return holderForm.exec(holder)?.[1];
}

/**
 * Where to ask: `--url`, else `ORK_URL`, else a Pod of the cluster that the kubeconfig names. Throws `UsageError` for a
 * URL that is none, and `InspectError` where there is no cluster.
 */
export async function locate(options: WhereOptions, ports: WherePorts): Promise<Where> {
  const { env } = ports;
  if (options.url !== undefined) return { kind: "url", place: placeOf(options.url, "--url") };
  const variable = env("ORK_URL") ?? "";
  const namesPod = [options.pod, options.namespace, options.kubeconfig, options.context].some((one) =>
    one !== undefined
  );
  if (variable !== "" && !namesPod) return { kind: "url", place: placeOf(variable, "ORK_URL") };
  const cluster = await ports.findCluster(options);
  if (cluster === undefined) {
    throw new InspectError("Without a cluster, name a Runtime: --url http://HOST:PORT, or ORK_URL");
  }
  const namespace = options.namespace || env("ORK_NAMESPACE") || defaultNamespace;
  const { pod, port = defaultPort } = options;
  return {
    kind: "cluster",
    namespace,
    pod,
    leader: () => leaderOf(cluster, namespace, ports),
    open: (name) => forwarded(cluster, { namespace, pod: name, port }, ports),
  };
}

/** The place behind a URL; `source` is what gave it. Throws `UsageError`. */
export function placeOf(given: string, source: string): Place {
  const text = /^[a-z]+:\/\//i.test(given) ? given : `http://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new UsageError(`Cannot use "${printable(given, 100)}" as ${source}: give http://HOST:PORT`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(`Cannot use ${source}: it has a user; the HTTP API takes none`);
  }
  const base = url.href.replace(/\/+$/, "");
  return {
    url: base,
    text: base,
    advice:
      "see whether the Runtime runs and on which port it listens: it logs the port, ork run prints the URL; for " +
      "one in a cluster leave --url and ORK_URL away",
    failure: () => undefined,
    close: () => Promise.resolve(),
  };
}

/** The place behind a port of a Pod. Throws `InspectError`. */
export function forwarded(
  cluster: ClusterConfig,
  target: ForwardTarget,
  { forward }: Pick<WherePorts, "forward">,
): Place {
  const { namespace, pod, port } = target;
  let open: PortForward;
  try {
    open = forward(cluster, target);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new InspectError(`${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`);
  }
  return {
    url: `http://127.0.0.1:${open.port}`,
    text: `Pod ${namespace}/${pod}, port ${port}`,
    advice:
      `see whether that is its port (--pod-port), or try:  kubectl -n ${namespace} port-forward ${pod} ${port}, and --url http://127.0.0.1:${port}`,
    failure: () => open.failure,
    close: () => open.close(),
  };
}

async function leaderOf(cluster: ClusterConfig, namespace: string, { connect }: WherePorts): Promise<string> {
  const api = connect(cluster);
  const source = `${cluster.server} (${cluster.source})`;
  try {
    let lease: KubeObject;
    try {
      lease = await api.get(leaseType, { namespace, name: leaseName });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new InspectError(await withoutLease(api, namespace, source));
    }
    const holder = holderOf(lease);
    if (holder === "") {
      throw new InspectError(
        `Nobody leads: the Lease ${leaseName} in namespace ${namespace} has no holder; see whether the Runtime runs:  ` +
          `kubectl -n ${namespace} get pods`,
      );
    }
    const pod = podOfHolder(holder);
    if (pod !== undefined) return pod;
    throw new InspectError(
      `The Lease ${leaseName} in namespace ${namespace} is held by "${printable(holder, 100)}", which is no Pod; ` +
        "name the Runtime: --url http://HOST:PORT, or --pod NAME",
    );
  } catch (error) {
    if (!isCallError(error)) throw error;
    throw new InspectError(
      `Cannot find who leads in namespace ${namespace}: ${printable(error.message)}; name the Runtime with --url or ` +
        "--pod, or use another --kubeconfig",
    );
  } finally {
    api.close();
  }
}

function holderOf({ spec }: KubeObject): string {
  const holder = isMap(spec as Json) ? ownValue(spec, "holderIdentity") : undefined;
  return typeof holder === "string" ? holder : "";
}

/** What to say when there is no Lease of a leader: replicas may share the operators. */
async function withoutLease(api: ClusterApi, namespace: string, source: string): Promise<string> {
  const shared: string[] = [];
  await api.list(leaseType, { namespace }, (items) => {
    for (const item of items) {
      const { metadata: { name } } = item;
      const pod = podOfHolder(holderOf(item));
      if (!name.startsWith(`${leaseName}-`) || pod === undefined) continue;
      shared.push(`${pod} leads ${printable(name.slice(leaseName.length + 1), 63)}`);
    }
  });
  if (shared.length === 0) {
    return `There is no Lease ${leaseName} in namespace ${namespace} of ${source}: name the namespace of the Runtime ` +
      "with --namespace (-n is that of a CR), a Pod with --pod, or its URL (ork run prints it) with --url";
  }
  const more = shared.length > maxNamed ? `, and ${shared.length - maxNamed} more` : "";
  return `The replicas in namespace ${namespace} share the operators: choose one with --pod; ` +
    `${shared.sort().slice(0, maxNamed).join(", ")}${more}`;
}

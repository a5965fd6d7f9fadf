import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import type { Json } from "../../base/json.ts";
import { ApiError, type ClusterConfig } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { forwarded, type WherePorts } from "../../dev/inspect/locate.ts";
import { type KubeObject, valueAt } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { Discovery, Target } from "./sources.ts";

export interface ClusterDiscoveryOptions {
  readonly cluster: ClusterConfig;
  readonly api: ClusterApi & { close(): void };
  readonly clock: Clock;
  /** The only namespace; absent: all, or the default one where all may not be listed. */
  readonly namespace: string | undefined;
  readonly defaultNamespace: string;
  readonly forward: WherePorts["forward"];
}

/** What an installation labels its Pods with (`bundle/bundle_object.ts`). */
export const podSelector = "app.kubernetes.io/name=orkestra,app.kubernetes.io/component in (runtime,gateway)";
/** Port of the HTTP API where the Pod names none. */
const defaultPort = 8080;
/** From one list to the next. */
const listMs = 10_000;
/** Pods that are looked at. */
const maxPods = 1_000;

const pods = builtInType("Pod")!;

/** Finds Runtimes and Gateways by their labels, and reaches each through a port-forward of its own. */
export function inCluster(options: ClusterDiscoveryOptions): Discovery {
  const { cluster, api, clock, namespace, defaultNamespace } = options;
  let stopped = false;
  let cancel = (): void => {};
  let listing = Promise.resolve();
  let everywhere = namespace === undefined;

  async function list(found: Parameters<Discovery["start"]>[0]): Promise<void> {
    try {
      const where = everywhere ? undefined : namespace ?? defaultNamespace;
      const targets = await targetsIn(where, options);
      const trouble = targets.length > 0 ? undefined : nothingFound(where, cluster);
      if (!stopped) found(targets, trouble);
    } catch (error) {
      // Most people may list the Pods of one namespace alone.
      if (error instanceof ApiError && error.status === 403 && everywhere) {
        everywhere = false;
        return await list(found);
      }
      const trouble = `Cannot list Pods of ${cluster.server} (${cluster.source}): ${errorText(error)}; ` +
        "use another --kubeconfig, or name Runtimes with --url";
      // Processes that are known are read on: they may be there all the same.
      if (!stopped) found(lastTargets, trouble);
    }
  }
  let lastTargets: readonly Target[] = [];
  function start(found: Parameters<Discovery["start"]>[0]): void {
    const kept: typeof found = (targets, trouble) => {
      lastTargets = targets;
      found(targets, trouble);
    };
    const again = (): void => {
      listing = list(kept).then(() => {
        if (!stopped) cancel = clock.after(listMs, again);
      });
    };
    again();
  }
  return {
    place: `${cluster.server} (${cluster.source})`,
    start,
    async stop() {
      stopped = true;
      cancel();
      api.close();
      await listing;
    },
  };
}

async function targetsIn(namespace: string | undefined, options: ClusterDiscoveryOptions): Promise<readonly Target[]> {
  const { api, cluster, forward } = options;
  const targets: Target[] = [];
  await api.list(pods, { ...(namespace === undefined ? {} : { namespace }), labelSelector: podSelector }, (items) => {
    for (const pod of items) {
      const { name, namespace: of = "", uid = "", deletionTimestamp } = pod.metadata;
      const isRunning = valueAt(pod as Json, ["status", "phase"]) === "Running" && deletionTimestamp === undefined;
      if (!isRunning || targets.length >= maxPods) continue;
      const target = { namespace: of, pod: name, port: httpPort(pod) };
      targets.push({ key: `${of}/${name}/${uid}`, group: of, open: () => forwarded(cluster, target, { forward }) });
    }
  });
  return targets;
}

/** The port that its container calls `http`. */
function httpPort(pod: KubeObject): number {
  const containers = valueAt(pod as Json, ["spec", "containers"]);
  for (const container of Array.isArray(containers) ? containers : []) {
    const ports = valueAt(container, ["ports"]);
    for (const port of Array.isArray(ports) ? ports : []) {
      const number = Number(valueAt(port, ["containerPort"]));
      if (valueAt(port, ["name"]) === "http" && Number.isInteger(number) && number > 0) return number;
    }
  }
  return defaultPort;
}

function nothingFound(namespace: string | undefined, { server, source }: ClusterConfig): string {
  const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
  return `No running Pod${where} of ${server} (${source}) has the labels of a Runtime or a Gateway (${podSelector}): ` +
    "name the namespace with --namespace, or Runtimes with --url";
}

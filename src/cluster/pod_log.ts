import { builtInType } from "../k8s/resource_types.ts";
import { MalformedResponseError } from "./api_error.ts";
import type { ClientOptions } from "./client.ts";
import type { ClusterConfig } from "./config.ts";
import { objectPath, withQuery } from "./resource_path.ts";
import { createServerTransport } from "./server_transport.ts";

/** Whose log is read: of one container of a Pod. */
export interface LogTarget {
  readonly namespace: string;
  readonly pod: string;
  /** The only one of the Pod when absent. */
  readonly container?: string | undefined;
}

export interface LogQuery {
  /** Stays open, until the container ends. */
  readonly follow: boolean;
  /** Lines from then on, RFC 3339; the API server rounds it down to a second. All of them when absent. */
  readonly since?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads the logs of Pods (Kubernetes: `GET /api/v1/namespaces/NS/pods/NAME/log`). */
export interface PodLogReader {
  /**
   * Calls `onLine` with each line: the time at which the node read it (RFC 3339 with nanoseconds), a space, and what the
   * container wrote. Resolves when the container or the server ends it, or nothing came for ten minutes. Throws
   * `ApiError` (400: the container does not run yet; 404: there is no such Pod), `NetworkError`, `ResponseTooLargeError`
   * or the signal's reason.
   */
  read(target: LogTarget, query: LogQuery, onLine: (line: string) => void): Promise<void>;
  close(): void;
}

/** Until the first byte. */
const openMs = 30_000;
/** A log may be silent for long; a dead connection is noticed after this time. */
const idleMs = 10 * 60_000;
/** The longest line of ours has a status of some KiB; container runtimes split lines at 16 KiB and the node joins them. */
const maxLineBytes = 4 * 1024 * 1024;
/** Of one log that is not followed. */
const limitBytes = 64 * 1024 * 1024;

const podType = builtInType("Pod")!;

/** Throws `ConfigError` as `createClusterApi` does. */
export function createPodLogReader(
  config: ClusterConfig,
  options: Pick<ClientOptions, "userAgent" | "clock" | "fetch" | "exec" | "readTextFile">,
): PodLogReader {
  const transport = createServerTransport(config, options);
  return {
    async read({ namespace, pod, container }, { follow, since, signal }, onLine) {
      const path = withQuery(objectPath(podType, { namespace, name: pod, subresource: "log" }), {
        container,
        follow: follow || undefined,
        limitBytes: follow ? undefined : limitBytes,
        sinceTime: since,
        timestamps: true,
      });
      try {
        await transport.lines({ verb: "GET", path, signal, timeoutMs: openMs, idleMs, maxLineBytes }, onLine);
      } catch (error) {
        // The container was ended while it wrote: the rest of its last line does not come.
        if (!(error instanceof MalformedResponseError)) throw error;
      }
    },
    close: () => transport.close(),
  };
}

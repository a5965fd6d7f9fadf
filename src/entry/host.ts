import type { Clock } from "../base/clock.ts";
import { type BoxHost, sharedHost, type SharedHostOptions } from "../box/mod.ts";
import { cellHost } from "../cell/mod.ts";
import {
  type CallBudget,
  type ClientOptions,
  type ClusterConfig,
  createClusterApi,
  createTokenIssuer,
  deduplicateWarnings,
  type SharedFence,
  type TokenIssuer,
} from "../cluster/mod.ts";
import type { Log } from "../observe/log.ts";
import type { Isolation } from "../runtime/mod.ts";
import { userAgent } from "./version.ts";

export interface HostOptions {
  readonly binary: string;
  /** Name of this process in Events and in the Lease. */
  readonly instance: string;
  readonly isolation: Isolation;
  /** Heap of a cell. */
  readonly cellMemoryMb?: number | undefined;
  readonly cluster: ClusterConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Passes that change nothing are reported too. */
  readonly reportsIdle: boolean;
  /** The API budget of each box. */
  readonly budget?: CallBudget;
  /** Holds back the writes of a box while this process does not lead it; absent: it is the only one. */
  readonly fenceOf?: ((box: string) => SharedFence | undefined) | undefined;
  /** Namespace of the ServiceAccounts of boxes (`BoxPlan.account`); absent: boxes have the identity of `cluster`. */
  readonly accounts?: string | undefined;
  /** Runs credential plugins, in the binary that may run programs. */
  readonly exec?: ClientOptions["exec"];
  /** Called with the reason when the process cannot continue. */
  readonly onBroken: (reason: string) => void;
}

/** Name of the reporting controller in Events. */
export const component = "orkestra.orkspace.io/runtime";
/** Maximum number of threads that cannot be ended; each burns a core. */
const maxLost = 1;

/** Makes the place where boxes run. */
export function openHost(options: HostOptions): BoxHost {
  const { binary, isolation, cluster, clock, log, reportsIdle, exec, budget, fenceOf, instance } = options;
  const means = exec === undefined ? {} : { exec };
  const issuer = options.accounts === undefined
    ? undefined
    : createTokenIssuer(cluster, options.accounts, { userAgent: userAgent(binary), clock, ...means });
  if (isolation === "shared") {
    const connect: SharedHostOptions["connect"] = ({ name, account }, onPause, onRequest) =>
      createClusterApi(
        account === undefined || issuer === undefined ? cluster : { ...cluster, auth: { kind: "issued", account } },
        {
          userAgent: userAgent(binary),
          clock,
          random: Math.random,
          onPause,
          onRequest,
          fence: fenceOf?.(name)?.reader({ ownerMs: () => clock.nowMs(), wallMs: () => clock.wallMs() }),
          onWarning: deduplicateWarnings((message) => log("warn", message, { box: name }), clock),
          ...(budget === undefined ? {} : { budget }),
          ...(issuer === undefined ? {} : { issue: issuer.issue }),
          ...means,
        },
      );
    return closing(sharedHost({ connect, clock, random: Math.random, component, instance, reportsIdle }), issuer);
  }
  const { auth } = cluster;
  const host = cellHost({
    cluster,
    userAgent: userAgent(binary),
    component,
    instance,
    reportsIdle,
    fenceOf: (box) => fenceOf?.(box)?.memory,
    ...(budget === undefined ? {} : { budget }),
    clock,
    ...(options.cellMemoryMb === undefined ? {} : { limits: { heapMb: options.cellMemoryMb } }),
    readTextFile: (path) => Deno.readTextFile(path),
    issue: issuer?.issue,
    ...(exec === undefined || auth.kind !== "exec" ? {} : { exec: () => exec(auth.plugin, cluster) }),
    reachable: [cluster.server, ...cluster.proxyUrl === undefined ? [] : [cluster.proxyUrl]].map(hostAndPort),
    fromSource: !Deno.build.standalone,
    onJailLost: (reason) => options.onBroken(`all cells were lost: ${reason}`),
    onLost: (threads) => {
      log("error", "a cell's thread cannot be terminated and keeps using a core", { threads });
      if (threads > maxLost) options.onBroken(`${threads} threads cannot be terminated`);
    },
  });
  return closing(host, issuer);
}

function closing(host: BoxHost, issuer: TokenIssuer | undefined): BoxHost {
  return {
    start: host.start,
    async close() {
      await host.close();
      issuer?.close();
    },
  };
}

/** As permissions name a host: what a URL connects to. */
function hostAndPort(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const standard = protocol === "http:" ? "80" : protocol.startsWith("socks") ? "1080" : "443";
  return `${hostname}:${port === "" ? standard : port}`;
}

import type { Clock } from "../base/clock.ts";
import { type BoxHost, type CallExternal, sharedHost, type SharedHostOptions } from "../box/mod.ts";
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
import type { BoxPlan } from "../plan/plan.ts";
import type { Isolation } from "../runtime/mod.ts";
import { callsOf } from "./external.ts";
import { openHttpCalls } from "./http_calls.ts";
import type { OpenTraces } from "./traces.ts";
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
  /** Where passes are recorded; absent: traces are off. */
  readonly traces?: OpenTraces | undefined;
  /** HTTP calls that the Katalog declares are not made: each is arrived with 200 and an empty body. */
  readonly skipExternal?: boolean | undefined;
  /** Called with the reason when the process cannot continue. */
  readonly onBroken: (reason: string) => void;
}

/** Name of the reporting controller in Events. */
export const component = "orkestra.orkspace.io/runtime";
/** Maximum number of threads that cannot be ended; each burns a core. */
const maxLost = 1;

/** Makes the place where boxes run. */
export function openHost(options: HostOptions): BoxHost {
  const { binary, cluster, clock, exec, accounts } = options;
  const calls = openHttpCalls({ ...options, skip: options.skipExternal });
  const issuer = accounts === undefined ? undefined : createTokenIssuer(cluster, accounts, {
    userAgent: userAgent(binary),
    clock,
    ...(exec === undefined ? {} : { exec }),
  });
  const host = hostOf(options, (plan) => callsOf(plan, { ...options, caller: calls.caller }), issuer);
  return {
    start: host.start,
    async close() {
      await host.close();
      calls.close();
      issuer?.close();
    },
  };
}

function hostOf(
  options: HostOptions,
  external: (plan: BoxPlan) => CallExternal,
  issuer: TokenIssuer | undefined,
): BoxHost {
  const { binary, isolation, cluster, clock, log, reportsIdle, exec, budget, fenceOf, instance } = options;
  const means = exec === undefined ? {} : { exec };
  if (isolation === "shared") {
    const connect: SharedHostOptions["connect"] = ({ name, account }, onPause, onRequest, onFenced) =>
      createClusterApi(
        account === undefined || issuer === undefined ? cluster : { ...cluster, auth: { kind: "issued", account } },
        {
          userAgent: userAgent(binary),
          clock,
          random: Math.random,
          onPause,
          onRequest,
          onFenced,
          fence: fenceOf?.(name)?.reader({ ownerMs: () => clock.nowMs(), wallMs: () => clock.wallMs() }),
          onWarning: deduplicateWarnings(
            (message, pass) => log("warn", message, { event: "cluster.warning", box: name, pass }),
            clock,
          ),
          ...(budget === undefined ? {} : { budget }),
          ...(issuer === undefined ? {} : { issue: issuer.issue }),
          ...means,
        },
      );
    const tracer = options.traces?.tracer;
    return sharedHost({ connect, external, clock, random: Math.random, component, instance, reportsIdle, tracer });
  }
  const { auth } = cluster;
  return cellHost({
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
    traces: options.traces,
    external,
    onJailLost: (reason) => options.onBroken(`all cells were lost: ${reason}`),
    onLost: (threads) => {
      log("error", "a cell's thread cannot be terminated and keeps using a core", { event: "cell.lost", threads });
      if (threads > maxLost) options.onBroken(`${threads} threads cannot be terminated`);
    },
  });
}

/** As permissions name a host: what a URL connects to. */
function hostAndPort(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const standard = protocol === "http:" ? "80" : protocol.startsWith("socks") ? "1080" : "443";
  return `${hostname}:${port === "" ? standard : port}`;
}

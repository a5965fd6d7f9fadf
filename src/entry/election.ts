import type { Clock } from "../base/clock.ts";
import {
  type ClientOptions,
  type ClusterConfig,
  createClusterApi,
  createEventRecorder,
  SharedFence,
} from "../cluster/mod.ts";
import { leaseName } from "../k8s/installation.ts";
import type { Log } from "../observe/log.ts";
import { type BoxPlan, groupBoxes } from "../plan/mod.ts";
import {
  type Leadership,
  type LeaseScope,
  type RunSettings,
  type Runtime,
  startLeadership,
  startSharedLeadership,
} from "../runtime/mod.ts";
import { component } from "./host.ts";
import { userAgent } from "./version.ts";

export interface ElectionSettings {
  /** Of the Leases. */
  readonly namespace: string;
  readonly scope: LeaseScope;
  readonly timings: RunSettings["leaseTimings"];
}

/** A replica whose boxes do not become ready within this time joins all the same: their CRDs may be missing. */
const readyMs = 30_000;

/** What the settings say of elections; `elects` where they say nothing. The Lease is in the Pod's own namespace. */
export function electionOf(
  { leaderElect, leaseScope, namespace, leaseTimings }: RunSettings,
  elects: boolean,
  ownNamespace: string | undefined,
): ElectionSettings | undefined {
  if (!(leaderElect ?? elects)) return undefined;
  return {
    namespace: namespace ?? ownNamespace ?? "default",
    scope: leaseScope ?? "process",
    timings: leaseTimings,
  };
}

/** The fences of a process: one for all boxes, or one for each group of boxes that is led together. */
export class Fences {
  readonly #scope: LeaseScope;
  readonly #common = new SharedFence();
  readonly #groups = new Map<string, SharedFence>();

  constructor(scope: LeaseScope) {
    this.#scope = scope;
  }

  /** Boxes that are led together; to be called before `of`. */
  group(boxes: readonly BoxPlan[]): (readonly BoxPlan[])[] {
    if (this.#scope === "process" || boxes.length === 0) return [boxes];
    const groups = groupBoxes(boxes);
    for (const group of groups) {
      const fence = new SharedFence();
      for (const { name } of group) this.#groups.set(name, fence);
    }
    return groups;
  }

  of(box: string): SharedFence {
    return this.#groups.get(box) ?? this.#common;
  }
}

export interface ElectionOptions {
  readonly binary: string;
  readonly cluster: ClusterConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly exec?: ClientOptions["exec"];
  readonly election: ElectionSettings;
  readonly instance: string;
  readonly fences: Fences;
  /** Of each group. */
  readonly runtimes: readonly Runtime[];
  readonly groups: readonly (readonly BoxPlan[])[];
}

/** Stands for election, with clients of its own: renewals share no budget with boxes. */
export function startElection(options: ElectionOptions): Leadership {
  const { clock, log, election, instance, fences, runtimes, groups } = options;
  const { namespace, scope, timings } = election;
  // While somebody leads, its Lease is renewed all the time: a watch that is silent for longer is dead.
  const leases = clientOf(options, { limits: { idleMs: 2 * timings.leaseDurationMs } });
  const own = groups.map((group) => fences.of(group[0]?.name ?? ""));
  // An Event of a Lease may go out as long as any of them is held.
  const readers = own.map((fence) => fence.reader({ ownerMs: () => clock.nowMs(), wallMs: () => clock.wallMs() }));
  const held = () => readers.reduce((best, next) => best.leftMs() >= next.leftMs() ? best : next);
  const events = clientOf(options, {
    fence: {
      check: (request) => held().check(request),
      leftMs: () => held().leftMs(),
      get userAgent() {
        return held().userAgent;
      },
    },
  });
  const common = {
    api: leases,
    clock,
    random: Math.random,
    lease: { namespace, name: leaseName },
    identity: instance,
    timings,
    log,
    recorder: createEventRecorder(events, { component, instance, clock, random: Math.random }),
  };
  const leadership = scope === "process"
    ? startLeadership({ ...common, fence: own[0]!, led: runtimes[0]! })
    : startSharedLeadership({
      ...common,
      shares: groups.map((group, n) => ({ name: group[0]?.name ?? "", led: runtimes[n]!, fence: own[n]! })),
      ready: readyWithin(clock, runtimes),
    });
  return {
    get isLeader() {
      return leadership.isLeader;
    },
    get holder() {
      return leadership.holder;
    },
    get trouble() {
      return leadership.trouble;
    },
    async end(graceMs) {
      await leadership.end(graceMs);
      leases.close();
      events.close();
    },
  };
}

function clientOf({ binary, cluster, clock, exec }: ElectionOptions, parts: Partial<ClientOptions>) {
  return createClusterApi(cluster, {
    userAgent: userAgent(binary),
    clock,
    random: Math.random,
    ...(exec === undefined ? {} : { exec }),
    ...parts,
  });
}

async function readyWithin(clock: Clock, runtimes: readonly Runtime[]): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(readyMs, late.resolve);
  const warm = Promise.all(runtimes.map((runtime) => runtime.warm)).then(() => {}, () => {/* stopped before */});
  await Promise.race([warm, late.promise]);
  cancel();
}

import { sha256Hex } from "../../base/sha256.ts";
import type { SharedFence } from "../../cluster/mod.ts";
import { type Elector, startElector } from "./elector.ts";
import { type Leadership, type LeadershipOptions, type Led, reporterOf } from "./leadership.ts";
import { joinMembers, type Members } from "./members.ts";
import { divideShares } from "./shares.ts";

/** Boxes that have to run in one process, since they depend on each other, and their Lease. */
export interface Share {
  /** Of its first box; names the Lease. */
  readonly name: string;
  readonly led: Led;
  readonly fence: SharedFence;
}

export interface SharedLeadershipOptions extends Omit<LeadershipOptions, "led" | "fence"> {
  readonly shares: readonly Share[];
  /** Resolves when this process could take over: before, it does not count among the replicas. */
  readonly ready: Promise<unknown>;
}

/** Hexadecimal digits that distinguish sets of boxes. */
const digestLength = 16;

/**
 * Divides the boxes of a Katalog among all replicas: a Lease for each share, and for each replica one by which the
 * others know of it. Which replica is to lead a share is computed by each of them alike; that none is led twice is up
 * to its Lease and its fence, as with one Lease for all.
 */
export function startSharedLeadership(options: SharedLeadershipOptions): Leadership {
  return new SharedLeadership(options);
}

class SharedLeadership implements Leadership {
  readonly #options: SharedLeadershipOptions;
  readonly #electors = new Map<string, Elector>();
  #members: Members | undefined;
  #wanted: ReadonlyMap<string, string> = new Map();
  #ending = false;

  constructor(options: SharedLeadershipOptions) {
    this.#options = options;
    const { shares, lease, recorder, log, identity } = options;
    for (const { name, led, fence } of shares) {
      const target = { namespace: lease.namespace, name: `${lease.name}-${name}` };
      const report = reporterOf({ log, recorder, identity, lease: target });
      this.#electors.set(
        name,
        startElector({
          ...options,
          lease: target,
          fence,
          wants: () => this.#wanted.get(name) === identity,
          lead: () => void led.lead().catch(() => {/* it rests already */}),
          rest: (graceMs) => led.rest(graceMs),
          report,
          holderChanged: () => this.#divide(),
        }),
      );
    }
    void options.ready.catch(() => {/* it joins all the same */}).then(() => this.#join());
  }

  get isLeader(): boolean {
    return [...this.#electors.values()].some((elector) => elector.isLeader);
  }

  get holder(): string | undefined {
    return undefined; // there are as many as shares
  }

  get trouble(): string | undefined {
    return [...this.#electors.values()].map((elector) => elector.trouble).find((text) => text !== undefined);
  }

  async end(graceMs: number): Promise<void> {
    this.#ending = true;
    const { shares, recorder } = this.#options;
    const left = this.#members?.leave();
    await Promise.all(shares.map(async ({ name, led }) => {
      await led.rest(graceMs);
      await this.#electors.get(name)!.stop();
    }));
    await left;
    await recorder.stop();
  }

  #join(): void {
    if (this.#ending) return;
    const { shares, log, lease: { namespace, name }, api, clock, random, identity, timings } = this.#options;
    this.#members = joinMembers({
      api,
      clock,
      random,
      namespace,
      identity,
      timings,
      group: sha256Hex([name, ...shares.map((share) => share.name)].join("\n")).slice(0, digestLength),
      changed: () => {
        const { alive } = this.#members!;
        log("info", `${alive.length} ${alive.length === 1 ? "replica shares" : "replicas share"} the operators`, {
          event: "lease.replicas",
          replicas: [...alive],
        });
        this.#divide();
      },
      failed: (error) =>
        log("warn", `cannot use the leases of replicas: ${error}; trying again`, { event: "lease.error", error }),
    });
  }

  /** Computes who is to lead what, and has every elector look whether that is this process. */
  #divide(): void {
    const alive = this.#members?.alive ?? [];
    if (alive.length === 0) return;
    const holders = new Map(
      [...this.#electors].flatMap(([name, { holder }]) => holder === undefined ? [] : [[name, holder] as const]),
    );
    const wanted = divideShares([...this.#electors.keys()], alive, holders);
    const changed = [...wanted].filter(([name, member]) => this.#wanted.get(name) !== member);
    this.#wanted = wanted;
    for (const [name] of changed) this.#electors.get(name)!.reconsider();
  }
}

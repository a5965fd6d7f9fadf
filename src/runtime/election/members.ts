import type { Clock } from "../../base/clock.ts";
import { compareText } from "../../base/finding.ts";
import { isAlreadyExists, isNotFound, microTime, sleep, startInformer } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { LeaseTimings } from "./elector.ts";
import { ErrorReport } from "./error_report.ts";
import { isSameRecord, type LeaseRecord, readLease } from "./lease_record.ts";
import { timeLimit } from "./time_limit.ts";

/** Marks the Leases by which replicas know of each other. */
const memberLabel = "orkestra.orkspace.io/replica-of";

export interface MembersOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly namespace: string;
  readonly identity: string;
  /** What the replicas share: only those with the same one count each other. A label value. */
  readonly group: string;
  readonly timings: LeaseTimings;
  /** The members have changed. */
  readonly changed: () => void;
  /** A request failed; it is repeated. A failure that lasts is reported every 30 s. */
  readonly failed: (error: string) => void;
}

export interface Members {
  /** Identities of the replicas that are alive, this one included, sorted; empty until all are known. */
  readonly alive: readonly string[];
  /** Stops; the others learn of it at once. */
  leave(): Promise<void>;
}

const leaseType = builtInType("Lease")!;
/** A Lease that was not renewed for this many durations belongs to a process that will not come back. */
const maxSilence = 20;
/** Renewals for which a new replica listens before it joins: it cannot tell by a look whose process has ended. */
const listenPeriods = 2.5;

interface Seen {
  readonly record: LeaseRecord;
  readonly activeMs: number;
}

/** Joins the replicas of a Katalog: each renews a Lease of its own, and watches those of the others. */
export function joinMembers(options: MembersOptions): Members {
  return new MemberLeases(options);
}

class MemberLeases implements Members {
  readonly #options: MembersOptions;
  /** Name of a Lease → what it said last, as seen from here. */
  readonly #seen = new Map<string, Seen>();
  readonly #stopping = new AbortController();
  readonly #informer: { stop(): Promise<void> };
  readonly #done: Promise<void>;
  readonly #name: string;
  readonly #synced = Promise.withResolvers<void>();
  #joined = false;
  #alive: readonly string[] = [];
  readonly #errors: ErrorReport;
  #cancelExpiry = (): void => {};

  constructor(options: MembersOptions) {
    const { api, clock, random, namespace, group, timings, identity } = options;
    this.#options = options;
    this.#errors = new ErrorReport(clock, options.failed);
    this.#name = `orkestra-replica-${identity.toLowerCase().replace(/[^a-z0-9.-]+/g, "-")}`;
    const query = { namespace, labelSelector: `${memberLabel}=${group}` };
    this.#informer = startInformer(api, leaseType, query, {
      upsert: (lease) => this.#saw(lease),
      removed: ({ metadata }) => this.#forget(metadata.name),
      replaced: (keys) => {
        for (const name of this.#seen.keys()) if (!keys.has(`${namespace}/${name}`)) this.#seen.delete(name);
        this.#synced.resolve();
        this.#look();
      },
      restarted: () => {},
      state: (_state, detail) => void (detail !== undefined && this.#errors.failed(detail.error)),
      failed: (error) => this.#errors.failed(error),
    }, { clock, random, streamsState: true, backoff: { initialMs: 250, maxMs: timings.retryPeriodMs } });
    this.#done = this.#renew();
  }

  get alive(): readonly string[] {
    return this.#alive;
  }

  async leave(): Promise<void> {
    const { api, namespace, clock, timings } = this.#options;
    this.#stopping.abort();
    this.#cancelExpiry();
    await this.#done;
    await this.#informer.stop();
    const { signal: limit, cancel } = timeLimit(clock, 2 * timings.retryPeriodMs);
    try {
      await api.delete(leaseType, { name: this.#name, namespace }, { signal: limit });
    } catch (error) {
      if (!isNotFound(error)) this.#errors.failed(error); // it expires
    } finally {
      cancel();
    }
  }

  async #renew(): Promise<void> {
    const { clock, timings: { retryPeriodMs } } = this.#options;
    const { signal } = this.#stopping;
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([this.#synced.promise, stopped]);
    if (this.#seen.size > 0) await sleep(clock, listenPeriods * retryPeriodMs, signal);
    while (!signal.aborted) {
      const sentMs = clock.nowMs();
      const { signal: limit, cancel } = timeLimit(clock, retryPeriodMs);
      try {
        await this.#write(limit);
        if (!this.#joined) {
          this.#joined = true;
          this.#look();
        }
      } catch (error) {
        this.#errors.failed(error);
      } finally {
        cancel();
      }
      await sleep(clock, Math.max(0, sentMs + retryPeriodMs - clock.nowMs()), signal);
    }
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { api, namespace, identity, group, clock, timings: { leaseDurationMs } } = this.#options;
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      renewTime: microTime(clock.wallMs()),
    };
    const labels = { [memberLabel]: group };
    const metadata = { name: this.#name, namespace, labels };
    if (this.#joined) {
      try {
        await api.mergePatch(leaseType, metadata, { metadata: { labels }, spec }, { signal });
        return;
      } catch (error) {
        if (!isNotFound(error)) throw error; // somebody deleted it
      }
    }
    try {
      await api.create(leaseType, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec }, { signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error; // our own, and its response was lost
    }
  }

  #saw(lease: KubeObject): void {
    const record = readLease(lease);
    const before = this.#seen.get(lease.metadata.name);
    const { clock, timings } = this.#options;
    const nowMs = clock.nowMs();
    // At its first sight, its holder must renew it while this process listens.
    const heardMs = timings.leaseDurationMs - listenPeriods * timings.retryPeriodMs;
    const activeMs = before === undefined && !this.#joined
      ? nowMs - Math.max(0, heardMs)
      : before === undefined || !isSameRecord(before.record, record)
      ? nowMs
      : before.activeMs;
    this.#seen.set(lease.metadata.name, { record, activeMs });
    this.#look();
  }

  #forget(name: string): void {
    this.#seen.delete(name);
    this.#look();
  }

  /** Finds out who is alive, and when that changes by itself. */
  #look(): void {
    const { clock, identity, timings, changed } = this.#options;
    this.#cancelExpiry();
    if (!this.#joined || this.#stopping.signal.aborted) return;
    const nowMs = clock.nowMs();
    const alive = new Set([identity]);
    let expiresInMs = Infinity;
    for (const [name, { record, activeMs }] of this.#seen) {
      // Whatever it says of itself: who is silent for longer than our lease must not keep boxes from a leader.
      const durationMs = Math.min(record.durationMs ?? Infinity, timings.leaseDurationMs);
      const leftMs = activeMs + durationMs - nowMs;
      if (record.holder === undefined || record.holder === identity) continue;
      if (leftMs > 0) {
        alive.add(record.holder);
        expiresInMs = Math.min(expiresInMs, leftMs);
      } else if (-leftMs > maxSilence * durationMs) this.#remove(name);
      else expiresInMs = Math.min(expiresInMs, leftMs + (maxSilence + 1) * durationMs);
    }
    if (expiresInMs < Infinity) this.#cancelExpiry = clock.after(expiresInMs, () => this.#look());
    const sorted = [...alive].sort(compareText);
    if (sorted.join("\n") === this.#alive.join("\n")) return;
    this.#alive = sorted;
    changed();
  }

  /** A process that was killed leaves its Lease behind. */
  #remove(name: string): void {
    const { api, namespace } = this.#options;
    this.#seen.delete(name);
    api.delete(leaseType, { name, namespace }).catch((error: unknown) => {
      if (!isNotFound(error)) this.#errors.failed(error);
    });
  }
}

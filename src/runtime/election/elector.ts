import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import type { JsonMap } from "../../base/json.ts";
import {
  isAlreadyExists,
  isConflict,
  isNotFound,
  microTime,
  type SharedFence,
  sleep,
  startInformer,
} from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { type KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import { ErrorReport } from "./error_report.ts";
import { LeaseView } from "./lease_view.ts";
import { timeLimit } from "./time_limit.ts";

/** Durations of client-go's leader election, in ms: `renewDeadlineMs` < `leaseDurationMs`. */
export interface LeaseTimings {
  /** How long others wait, after the last renewal that they saw, before they take the Lease. */
  readonly leaseDurationMs: number;
  /** How long after a renewal was sent its holder may write. The rest of the lease is the margin for late requests. */
  readonly renewDeadlineMs: number;
  /** Between two renewals. */
  readonly retryPeriodMs: number;
}

/** Ruling 24. */
export const defaultTimings: LeaseTimings = { leaseDurationMs: 5_000, renewDeadlineMs: 3_000, retryPeriodMs: 1_000 };

/** What happens in an election, for the log and for Events. */
export type ElectionMessage =
  /** This process leads. `after`: whose Lease it was, and why it is not any more. */
  | {
    readonly type: "elected";
    readonly lease: KubeObject;
    readonly transitions: number;
    readonly after?: { readonly holder: string; readonly how: "expired" | "released" | "deleted" } | undefined;
  }
  /** This process follows `holder`. */
  | { readonly type: "following"; readonly holder: string }
  /** This process led and does not any more; its workers are stopping. */
  | { readonly type: "lost"; readonly reason: string }
  /** The Lease is free; `handedOver`: another process is to lead. */
  | { readonly type: "released"; readonly handedOver?: boolean }
  /** A request failed; it is repeated. */
  | { readonly type: "error"; readonly error: string };

export interface ElectorOptions {
  /** A client of its own, without a fence: renewals are what opens the fence. */
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Of this process, different from every other one's (ruling 59). */
  readonly identity: string;
  readonly timings: LeaseTimings;
  readonly fence: SharedFence;
  /** Starts the workers; called when this process begins to lead. */
  readonly lead: () => void;
  /**
   * Stops the workers; passes in flight may finish for up to `graceMs`, which is 0 when leadership was lost. Until it
   * resolves this process does not stand for election.
   */
  readonly rest: (graceMs: number) => Promise<void>;
  /** Whether this process is to lead; one that is not any more hands over. Always when absent. */
  readonly wants?: (() => boolean) | undefined;
  readonly report: (message: ElectionMessage) => void;
  /** Called when another process holds the Lease than before, or none. */
  readonly holderChanged?: (() => void) | undefined;
}

export interface Elector {
  readonly isLeader: boolean;
  /** The holder of the Lease as last seen. */
  readonly holder: string | undefined;
  /** Why this process could not lead now; `undefined` when it could, or does. */
  readonly trouble: string | undefined;
  /** To be called when `wants` may return something else. */
  reconsider(): void;
  /** Ends the candidacy. A leader stops its workers before; then the Lease is released, so that nobody waits for it. */
  stop(): Promise<void>;
}

/** A Lease that was taken. */
interface Term extends Omit<Extract<ElectionMessage, { type: "elected" }>, "type"> {
  /** When the write that took it was sent, on both clocks. */
  readonly sentMs: number;
  readonly sentWallMs: number;
  /** Before this moment a former holder may still write. */
  readonly leadsFromMs: number;
}

const leaseType = builtInType("Lease")!;
/** Attempts to repeat a write that met a concurrent change, before the next regular one. */
const maxConflicts = 3;
/** `leaseTransitions` is an int32. */
const maxTransitions = 2 ** 31 - 1;
/** How long passes may take to finish before another process leads. */
const handoverGraceMs = 10_000;
/** Part of the retry period after which a renewal that failed is tried again: the deadline approaches. */
const hurry = 0.25;

/**
 * Stands for election on a Lease, as client-go's leader election does, with these differences: standbys watch the Lease
 * and take it at the moment it expires, instead of polling it; a leader may write until its renew deadline after the
 * last renewal was *sent*, and that deadline is a fence below every request; a candidate that creates a deleted Lease
 * again leads only when the former holder's time is over.
 */
export function startElector(options: ElectorOptions): Elector {
  return new LeaseElector(options);
}

class LeaseElector implements Elector {
  isLeader = false;
  readonly #options: ElectorOptions;
  readonly #view: LeaseView;
  readonly #stopping = new AbortController();
  readonly #informer: { stop(): Promise<void> };
  readonly #done: Promise<void>;
  /** Resolved when there is something new to look at. */
  #news = Promise.withResolvers<void>();
  /** The Lease is in our name; `isLeader` follows. */
  #holding = false;
  #following: string | undefined;
  #lastHolder: string | undefined;
  readonly #errors: ErrorReport;
  /** Of any request since the last write that succeeded. */
  #lastError: string | undefined;
  /** Of the latest attempt, while it has not succeeded. */
  #writeError: string | undefined;
  #watchError: string | undefined;

  constructor(options: ElectorOptions) {
    const { api, clock, random, lease: { namespace, name }, timings } = options;
    this.#options = options;
    this.#errors = new ErrorReport(clock, (error) => options.report({ type: "error", error }));
    this.#view = new LeaseView(() => clock.nowMs(), {
      defaultMs: timings.leaseDurationMs,
      headStartMs: 2 * timings.retryPeriodMs,
    });
    this.#informer = startInformer(api, leaseType, { namespace, fieldSelector: `metadata.name=${name}` }, {
      upsert: (lease) => this.#saw(lease),
      removed: (lease) => void (lease.metadata.name === name && this.#sawNone()),
      replaced: (keys) => void (keys.size === 0 && this.#sawNone()),
      restarted: () => this.#view.restarted(),
      state: (_state, detail) => {
        this.#watchError = detail === undefined ? undefined : errorText(detail.error);
        if (detail !== undefined) this.#failed(detail.error);
      },
      failed: (error) => this.#failed(error),
    }, { clock, random, streamsState: true, backoff: { initialMs: 250, maxMs: timings.retryPeriodMs } });
    this.#done = this.#run();
  }

  get trouble(): string | undefined {
    return this.isLeader ? undefined : this.#writeError ?? this.#watchError;
  }

  get holder(): string | undefined {
    return this.#view.record?.holder;
  }

  reconsider(): void {
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await this.#informer.stop();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const term = await this.#candidate();
      if (term !== undefined) await this.#hold(term);
    }
  }

  get #wants(): boolean {
    return this.#options.wants?.() ?? true;
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Waits for the Lease and takes it; `undefined`: stopped before. */
  async #candidate(): Promise<Term | undefined> {
    const { identity, timings: { retryPeriodMs }, random } = this.#options;
    while (!this.#stopped) {
      const freeInMs = this.#view.freeInMs(identity);
      this.#reportHolder();
      if (freeInMs !== 0 || !this.#wants) {
        await this.#newsWithin(this.#wants ? freeInMs : undefined);
        continue;
      }
      const term = await this.#acquire();
      if (term !== undefined) return term;
      // Another one was faster, or the server is away; the jitter keeps standbys from meeting again and again.
      if (this.#view.freeInMs(identity) === 0) await this.#newsWithin(retryPeriodMs * (0.5 + random() / 2));
    }
    return undefined;
  }

  async #acquire(): Promise<Term | undefined> {
    const { clock, identity, timings } = this.#options;
    const former = this.#view.record;
    const seen = this.#view.transitions;
    // Also where somebody wrote our name into the Lease: each term has a number of its own.
    const transitions = seen === undefined ? 0 : seen >= maxTransitions ? 1 : seen + 1;
    const sentMs = clock.nowMs();
    const sentWallMs = clock.wallMs();
    const lease = await this.#write({ acquireTime: this.#time(), leaseTransitions: transitions });
    if (lease === undefined) return undefined;
    const holder = former?.holder ?? this.#following;
    this.#following = undefined;
    const after = holder === undefined || holder === identity ? undefined : {
      holder,
      how: former === undefined ? "deleted" : former.holder === undefined ? "released" : "expired",
    } as const;
    // A Lease that was taken refutes every renewal of its former holder; one that was created again says nothing about
    // when that holder had renewed the one that was deleted.
    const leadsFromMs = former === undefined && seen !== undefined ? clock.nowMs() + timings.leaseDurationMs : sentMs;
    return { lease, transitions, after, sentMs, sentWallMs, leadsFromMs };
  }

  /** Holds the Lease, and leads, until it is lost or this is stopped. */
  async #hold({ lease, transitions, after, sentMs, sentWallMs, leadsFromMs }: Term): Promise<void> {
    const { clock, identity, timings: { renewDeadlineMs, retryPeriodMs }, lead, fence, report, rest } = this.#options;
    let grant = { untilMs: sentMs + renewDeadlineMs, untilWallMs: sentWallMs + renewDeadlineMs, transitions };
    let nextMs = sentMs + retryPeriodMs;
    let reason: string | undefined;
    let handover: "begun" | "done" | undefined;
    this.#holding = true;
    while (!this.#stopped && reason === undefined && handover !== "done") {
      const nowMs = clock.nowMs();
      const { record } = this.#view;
      if (record?.holder !== undefined && record.holder !== identity) {
        reason = `${record.holder} has taken the lease`;
      } else if (nowMs >= grant.untilMs) {
        const why = this.#lastError === undefined ? "" : `: ${this.#lastError}`;
        reason = `the lease was not renewed within ${renewDeadlineMs / 1000} s${why}`;
      } else if (handover === undefined && !this.#wants) {
        // The Lease is renewed until the last pass has ended.
        handover = this.isLeader ? "begun" : "done";
        void rest(handoverGraceMs).then(() => {
          handover = "done";
          this.#wake();
        });
      } else if (handover === undefined && !this.isLeader && nowMs >= leadsFromMs) {
        fence.grant(grant);
        this.isLeader = true;
        report({ type: "elected", lease, transitions, after });
        lead();
      } else if (nowMs < nextMs && this.#view.lease !== undefined) {
        const dueMs = Math.min(nextMs, grant.untilMs, this.isLeader ? Infinity : leadsFromMs);
        await this.#newsWithin(dueMs - nowMs);
      } else {
        const wallMs = clock.wallMs();
        const renewed = await this.#write({ leaseTransitions: transitions }, grant.untilMs - nowMs);
        if (renewed !== undefined && clock.nowMs() < grant.untilMs) {
          grant = { untilMs: nowMs + renewDeadlineMs, untilWallMs: wallMs + renewDeadlineMs, transitions };
          nextMs = nowMs + retryPeriodMs;
          if (this.isLeader) fence.grant(grant);
        } else await this.#newsWithin(nowMs + retryPeriodMs * hurry - clock.nowMs());
      }
    }
    const led = this.isLeader;
    this.isLeader = false;
    fence.close();
    if (reason === undefined) await this.#release(handover !== undefined);
    else if (led) {
      report({ type: "lost", reason });
      await rest(0);
    }
    this.#holding = false;
  }

  /** Lets others take the Lease at once. All workers have stopped by now. */
  async #release(handedOver: boolean): Promise<void> {
    const { report, timings: { retryPeriodMs } } = this.#options;
    const released = await this.#write({ holderIdentity: null, leaseDurationSeconds: 1 }, 2 * retryPeriodMs);
    if (released !== undefined) report({ type: "released", handedOver });
  }

  /**
   * Writes `spec` on top of what was seen, and only on that (the resourceVersion in the patch), or creates the Lease.
   * Returns `undefined` when it could not be written, or somebody else holds it by now; never throws.
   */
  async #write(
    spec: JsonMap,
    withinMs: number = this.#options.timings.renewDeadlineMs,
  ): Promise<KubeObject | undefined> {
    const { api, clock, identity, lease: target, timings } = this.#options;
    const { leaseDurationMs } = timings;
    const dueMs = clock.nowMs() + withinMs;
    for (let attempt = 0; attempt < maxConflicts; attempt++) {
      const leftMs = dueMs - clock.nowMs();
      if (leftMs <= 0) return undefined;
      // Half of the time that is left, so that a connection that is dead leaves time for another one.
      const { signal, cancel } = timeLimit(clock, attempt === 0 ? Math.max(leftMs / 2, 1) : leftMs);
      const full = {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
        renewTime: this.#time(),
        ...spec,
      };
      const current = this.#view.lease;
      try {
        const written = current === undefined
          ? await api.create(leaseType, newLease(target, { acquireTime: this.#time(), ...full }), {
            signal,
          })
          : await api.mergePatch(leaseType, target, {
            metadata: { resourceVersion: current.metadata.resourceVersion!, uid: current.metadata.uid! },
            spec: full,
          }, { signal });
        if (this.#view.saw(written)) this.#wake();
        this.#lastError = undefined;
        this.#writeError = undefined;
        return written;
      } catch (error) {
        // A creation that finds nothing misses its namespace.
        if (isConflict(error) || isAlreadyExists(error) || (isNotFound(error) && current !== undefined)) {
          if (!await this.#refresh(signal)) return undefined;
          const holder = this.#view.record?.holder;
          // Our own earlier write whose response was lost, or a change of something else.
          if (holder === identity || (this.#holding && holder === undefined)) continue;
          return undefined;
        }
        this.#writeError = errorText(error);
        this.#failed(error);
        return undefined;
      } finally {
        cancel();
      }
    }
    return undefined;
  }

  /** Reads the Lease, after a write has shown that it is not what was seen. */
  async #refresh(signal: AbortSignal): Promise<boolean> {
    const { api, lease } = this.#options;
    try {
      this.#view.saw(await api.get(leaseType, lease, { signal }));
      return true;
    } catch (error) {
      if (isNotFound(error)) {
        this.#view.sawNone();
        return true;
      }
      this.#failed(error);
      return false;
    }
  }

  #saw(lease: KubeObject): void {
    if (lease.metadata.name !== this.#options.lease.name) return;
    if (this.#view.saw(lease)) this.#wake();
  }

  #sawNone(): void {
    this.#view.sawNone();
    this.#wake();
  }

  #failed(error: unknown): void {
    this.#lastError = errorText(error);
    this.#errors.failed(error);
  }

  #reportHolder(): void {
    const { identity, report } = this.#options;
    const holder = this.#view.record?.holder;
    if (holder === undefined || holder === identity || holder === this.#following) return;
    this.#following = holder;
    report({ type: "following", holder });
  }

  #wake(): void {
    if (this.holder !== this.#lastHolder) {
      this.#lastHolder = this.holder;
      this.#options.holderChanged?.();
    }
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }

  /** Waits for news of the Lease, for `ms` at most, or until this is stopped. */
  async #newsWithin(ms: number | undefined): Promise<void> {
    const end = new AbortController();
    const stop = (): void => end.abort();
    const { signal } = this.#stopping;
    signal.addEventListener("abort", stop, { once: true });
    const waits = [this.#news.promise, sleep(this.#options.clock, ms ?? 2 ** 31, end.signal)];
    try {
      if (!signal.aborted && (ms === undefined || ms > 0)) await Promise.race(waits);
    } finally {
      signal.removeEventListener("abort", stop);
      end.abort();
    }
  }

  #time(): string {
    return microTime(this.#options.clock.wallMs());
  }
}

function newLease({ namespace, name }: { namespace: string; name: string }, spec: JsonMap): KubeObject {
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { namespace, name }, spec };
}

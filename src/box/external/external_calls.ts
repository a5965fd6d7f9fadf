import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { canonicalJson, equalJson, type Json, type JsonMap } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import { type ExternalOutcome, type ExternalRequest, type ExternalView, resultOf } from "../../input/mod.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../../k8s/object.ts";
import type { ExternalCallPlan } from "../../plan/plan.ts";

/**
 * Makes a call of the box's plan. Resolves within the time limits of the plan: a call that failed has an outcome too.
 * Rejects where nobody makes calls.
 */
export type CallExternal = (request: ExternalRequest, signal: AbortSignal) => Promise<ExternalOutcome>;

export interface ExternalCallsOptions {
  /** Absent: every call fails. */
  readonly call: CallExternal | undefined;
  readonly clock: Clock;
  /** How long a result is used whose call does not say it; 0: until the CR changes. */
  readonly resyncMs: number;
  /** The pass that needs the result of this call can be made. `isNews`: the server has something else to say. */
  readonly arrived: (key: ObjectKey, name: string, isNews: boolean) => void;
  /** A call has ended: whether it failed, and the time that it took. */
  readonly ended: (name: string, failed: boolean, seconds: number) => void;
  /** A call of a CR failed that did not fail before, and what does not need it continues. */
  readonly failedFirst: (key: ObjectKey, plan: ExternalCallPlan, error: string, pass: string | undefined) => void;
}

/** Calls of one box in flight; each CR has one at most. */
const maxInFlight = 8;
/** Characters of the bodies of all results that are kept; in memory JSON takes several bytes for each. */
const maxKept = 8 * 1024 * 1024;
/** The same, where passes still need them. */
const maxNeeded = 4 * maxKept;
/** Waits after a first failure, and after many. */
const initialRetryMs = 1_000;
const maxRetryMs = 60_000;

interface Kept {
  /** Of the CR. */
  readonly generation: string;
  /** Of the generation and the request. */
  readonly digest: string;
  /** Shared by passes, and changed by none. */
  readonly result: JsonMap;
  readonly size: number;
  /** Consecutive. */
  readonly failures: number;
  /** From then on the call is made again. */
  untilMs: number;
}

/** What is known of the calls of one CR. */
interface Subject {
  readonly results: Map<string, Kept>;
  /** Calls that have been made since a pass was finished. */
  readonly round: Set<string>;
  size: number;
  /** Changes with each result that differs from the one before. */
  version: number;
}

interface Wanted {
  /** The pass that needs it. */
  readonly pass: string | undefined;
  readonly plan: ExternalCallPlan;
  readonly request: ExternalRequest;
  readonly generation: string;
  readonly digest: string;
}

/**
 * The HTTP calls of one box. A pass never waits for one: it ends where it needs a result that is not there, and the CR is
 * enqueued when the result is. So a server that does not respond keeps no worker, and no other CR, waiting.
 *
 * A result is used again while the request and the generation of the CR are the same, until the resync; one of a failed
 * call for a time that doubles from 1 s to 1 min, whether or not something else triggers passes meanwhile. Until a pass is
 * finished each call is made once, so that a request which renders differently each time ends too.
 */
export class ExternalCalls {
  readonly #options: ExternalCallsOptions;
  /** Oldest first. */
  readonly #subjects = new Map<ObjectKey, Subject>();
  #kept = 0;
  /** CRs whose pass needs a result, first come, first served; the last request of each counts. */
  readonly #waiting = new Map<ObjectKey, Wanted>();
  readonly #inFlight = new Map<ObjectKey, { readonly abort: AbortController; readonly name: string }>();
  #running = false;

  constructor(options: ExternalCallsOptions) {
    this.#options = options;
  }

  /** The results for one decision on a CR. */
  viewOf(cr: KubeObject): ExternalView {
    const { clock } = this.#options;
    return {
      continues: false,
      find: (plan, request) => {
        const subject = this.#subjects.get(objectKey(cr.metadata));
        const kept = subject?.results.get(plan.name);
        if (subject === undefined || kept === undefined) return undefined;
        const leftMs = Math.max(0, kept.untilMs - clock.nowMs());
        const generation = generationOf(cr);
        const isOfRound = subject.round.has(plan.name) && kept.generation === generation;
        if (!isOfRound && (leftMs === 0 || kept.digest !== digestOf(generation, request))) return undefined;
        return { result: kept.result, ...(kept.failures === 0 ? {} : { retryInMs: leftMs }) };
      },
    };
  }

  /** Has a call made for a CR: at once, or when fewer are in flight. */
  start(cr: KubeObject, plan: ExternalCallPlan, request: ExternalRequest, pass?: string): void {
    const key = objectKey(cr.metadata);
    // The next leader, or this one when it leads again, begins with a pass.
    if (!this.#running) return this.#options.arrived(key, plan.name, false);
    const generation = generationOf(cr);
    this.#waiting.set(key, { plan, request, generation, digest: digestOf(generation, request), pass });
    this.#next();
  }

  /** A pass had all results that it needs. */
  finished(key: ObjectKey): void {
    this.#subjects.get(key)?.round.clear();
  }

  /** Calls may be made: the box leads. */
  begin(): void {
    this.#running = true;
    this.#next();
  }

  /** No call is begun any more, and those in flight are aborted; their CRs are enqueued for the next term. */
  end(): void {
    this.#running = false;
    const { arrived } = this.#options;
    for (const { abort } of this.#inFlight.values()) abort.abort();
    const interrupted = [
      ...[...this.#waiting].map(([key, { plan }]) => ({ key, name: plan.name })),
      ...[...this.#inFlight].map(([key, { name }]) => ({ key, name })),
    ];
    this.#waiting.clear();
    this.#inFlight.clear();
    for (const { key, name } of interrupted) arrived(key, name, false);
  }

  /** Changes when a result of the CR differs from the one before. */
  versionOf(key: ObjectKey): number {
    return this.#subjects.get(key)?.version ?? 0;
  }

  /** Would a pass use all results of the CR as they are? */
  isFresh(key: ObjectKey): boolean {
    const nowMs = this.#options.clock.nowMs();
    return [...this.#subjects.get(key)?.results.values() ?? []].every(({ untilMs }) => untilMs > nowMs);
  }

  /** Until a failed call of the CR is to be made again, in ms; `undefined`: none has failed. */
  retryInMs(key: ObjectKey): number | undefined {
    const nowMs = this.#options.clock.nowMs();
    const failed = [...this.#subjects.get(key)?.results.values() ?? []].filter(({ failures }) => failures > 0);
    return failed.length === 0 ? undefined : Math.max(0, Math.min(...failed.map(({ untilMs }) => untilMs - nowMs)));
  }

  /** The Katalog asked for a pass after this time, which is to see new results. */
  expireAfter(key: ObjectKey, ms: number): void {
    const untilMs = this.#options.clock.nowMs() + ms;
    for (const kept of this.#subjects.get(key)?.results.values() ?? []) {
      if (kept.failures === 0) kept.untilMs = Math.min(kept.untilMs, untilMs);
    }
  }

  /** The CR is gone, or is being deleted. */
  forget(key: ObjectKey): void {
    this.#waiting.delete(key);
    this.#inFlight.get(key)?.abort.abort();
    this.#inFlight.delete(key);
    this.#drop(key);
    this.#next();
  }

  #drop(key: ObjectKey): void {
    this.#kept -= this.#subjects.get(key)?.size ?? 0;
    this.#subjects.delete(key);
  }

  #next(): void {
    if (!this.#running) return;
    for (const [key, wanted] of this.#waiting) {
      if (this.#inFlight.size >= maxInFlight) return;
      // The one in flight has to end first: a CR has its calls one after the other.
      if (this.#inFlight.has(key)) continue;
      this.#waiting.delete(key);
      void this.#call(key, wanted);
    }
  }

  async #call(key: ObjectKey, wanted: Wanted): Promise<void> {
    const { call, arrived } = this.#options;
    const abort = new AbortController();
    this.#inFlight.set(key, { abort, name: wanted.plan.name });
    let outcome: ExternalOutcome;
    try {
      outcome = call === undefined
        ? failedOutcome("calls are not made here")
        : await Promise.race([call(wanted.request, abort.signal), untilAborted(abort.signal)]);
    } catch (error) {
      outcome = failedOutcome(errorText(error));
    }
    if (abort.signal.aborted) return; // nobody waits for it any more, and its place is free already
    this.#inFlight.delete(key);
    arrived(key, wanted.plan.name, this.#keep(key, wanted, outcome));
    this.#next();
  }

  /** Returns whether the server has something else to say than before. */
  #keep(key: ObjectKey, { plan, generation, digest, pass }: Wanted, outcome: ExternalOutcome): boolean {
    const { clock, ended, failedFirst } = this.#options;
    const result = resultOf(outcome);
    const error = String(result["error"]);
    const size = outcome.body.length + JSON.stringify(outcome.headers).length + error.length;
    ended(plan.name, error !== "", outcome.durationSeconds);
    const subject = this.#subjects.get(key) ?? newSubject();
    const before = subject.results.get(plan.name);
    const failures = error === "" ? 0 : (before?.generation === generation ? before.failures : 0) + 1;
    const untilMs = clock.nowMs() + this.#usedMs(plan, failures);
    const differs = before === undefined || !isSameResult(before.result, result);
    const growth = size - (before?.size ?? 0);
    subject.round.add(plan.name);
    subject.results.set(plan.name, { generation, digest, result, size, failures, untilMs });
    subject.size += growth;
    if (differs) subject.version++;
    // The newest last.
    this.#subjects.delete(key);
    this.#subjects.set(key, subject);
    this.#kept += growth;
    this.#evict(key);
    if (failures === 1 && plan.continueOnError) failedFirst(key, plan, error, pass);
    // A request that renders differently each time is no reason for a pass to write each time.
    return differs && (before === undefined || before.digest === digest || before.generation !== generation);
  }

  /** How long a result is used. */
  #usedMs({ cacheForMs }: ExternalCallPlan, failures: number): number {
    if (failures > 0) return Math.min(maxRetryMs, initialRetryMs * 2 ** Math.min(failures - 1, 30));
    const { resyncMs } = this.#options;
    return cacheForMs ?? (resyncMs > 0 ? resyncMs : Infinity);
  }

  /** Drops the oldest results, first of all those that no pass is about to read: their calls are made again. */
  #evict(newest: ObjectKey): void {
    for (const [key, { round }] of this.#subjects) {
      if (this.#kept <= maxKept) return;
      if (key !== newest && round.size === 0) this.#drop(key);
    }
    for (const [key] of this.#subjects) {
      if (this.#kept <= maxNeeded) return;
      if (key !== newest) this.#drop(key);
    }
  }
}

function newSubject(): Subject {
  return { results: new Map(), round: new Set(), size: 0, version: 0 };
}

/** The outcome of a call that was not made. */
export function failedOutcome(error: string): ExternalOutcome {
  return { statusCode: 0, headers: {}, body: "", error, durationSeconds: 0 };
}

function generationOf({ metadata: { uid, generation } }: KubeObject): string {
  return `${uid ?? ""} ${generation ?? 0}`;
}

function digestOf(generation: string, request: ExternalRequest): string {
  return sha256Hex(canonicalJson([generation, request as unknown as Json]));
}

/** Resolves when the result is no longer wanted: it is dropped then. */
function untilAborted(signal: AbortSignal): Promise<ExternalOutcome> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(failedOutcome("it was aborted")), { once: true });
  });
}

/** But for the time that it took. */
function isSameResult(a: JsonMap, b: JsonMap): boolean {
  return equalJson({ ...a, durationSeconds: 0 }, { ...b, durationSeconds: 0 });
}

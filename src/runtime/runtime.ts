import type { Clock } from "../base/clock.ts";
import type { BoxHealth, BoxHost, BoxMessage, HostedBox, LeadScope } from "../box/mod.ts";
import { type BoxPlan, type Plan, startOrder } from "../plan/mod.ts";
import { CrossHub, type CrossSources, type ObservedSource } from "./cross/mod.ts";
import { Dependencies } from "./dependencies.ts";

export interface RuntimeOptions {
  readonly plan: Plan;
  /** Where the boxes run. */
  readonly host: BoxHost;
  readonly clock: Clock;
  readonly report: (message: BoxMessage) => void;
  /** Boxes of other Runtimes that those of the plan read; without it they are never found. */
  readonly crossSources?: Pick<CrossSources, "observed" | "statesOf"> | undefined;
}

/**
 * All boxes of a plan. From their start they are standbys: caches and queues are filled, nothing is written. Workers
 * run between `lead` and `rest`.
 */
export interface Runtime {
  /** The caches of all boxes have synced. Rejects when stopped before. */
  readonly warm: Promise<void>;
  /**
   * Starts the workers of every box that depends on nothing, and those of each other box as soon as its dependencies
   * allow it (`dependsOn`); until then they serve CRs that are being deleted, and no others. Resolves when all run. Rejects with an `AbortError` when the Runtime rests or stops before;
   * a handler is optional. While it leads, further calls return the same promise; after `rest` it leads again.
   */
  lead(): Promise<void>;
  /**
   * Stops the workers, those of dependents first; boxes of one tier at the same time. Running passes may finish until
   * `graceMs` from the call, whatever the number of tiers; then their calls are aborted. All boxes stay warm.
   */
  rest(graceMs: number): Promise<void>;
  /** Of every box, in start order; a box that waits for others is pending, and its reason names them. */
  health(): ReadonlyMap<string, BoxHealth>;
  /** By name; what an HTTP API reads. */
  readonly boxes: ReadonlyMap<string, RunningBox>;
  /** Rests, then stops all boxes and their host. `graceMs` is for both. */
  stop(graceMs: number): Promise<void>;
}

/** One box as others see it; `health` is that of `Runtime.health`. */
export interface RunningBox extends Pick<HostedBox, "health" | "metrics" | "query"> {
  /** Its workers run, or are to run as soon as its dependencies allow it; false on a standby. */
  leads(): boolean;
  /** What it publishes; absent: nothing. */
  readonly published?: ObservedSource | undefined;
}

/** From the end of the grace period until aborted passes have ended: then the next tier rests nevertheless. */
const abortMs = 500;

/** Starts a box for each CRD of the plan, as a standby. A box whose CRD is not installed keeps no other waiting. */
export function startRuntime(options: RuntimeOptions): Runtime {
  return new BoxSet(options);
}

/** From one `lead` to the next `rest`. */
interface Term {
  readonly allRun: PromiseWithResolvers<void>;
  /** Boxes whose dependencies do not allow them to start, in start order. */
  readonly waiting: Set<string>;
  /** Boxes that need not wait any longer, and whose workers do not run yet. */
  readonly starting: Set<string>;
}

class BoxSet implements Runtime {
  readonly warm: Promise<void>;
  readonly boxes: ReadonlyMap<string, RunningBox>;
  readonly #host: BoxHost;
  readonly #clock: Clock;
  readonly #report: (message: BoxMessage) => void;
  readonly #tiers: readonly (readonly BoxPlan[])[];
  readonly #boxes = new Map<string, HostedBox>();
  readonly #dependencies: Dependencies;
  readonly #crossSources: RuntimeOptions["crossSources"];
  readonly #plans: ReadonlyMap<string, BoxPlan>;
  /** Boxes whose `lead` has been called, with whatever scope, and which have not rested since. */
  readonly #leading = new Set<string>();
  #term: Term | undefined;
  /** Settles when no box is being stopped by `rest`. */
  #resting: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor({ plan, host, clock, report, crossSources }: RuntimeOptions) {
    this.#host = host;
    this.#clock = clock;
    this.#report = report;
    this.#tiers = startOrder(plan.boxes);
    this.#dependencies = new Dependencies(plan.boxes, clock, (box) => this.#boxes.get(box)!.health(), report);
    this.#crossSources = crossSources;
    this.#plans = new Map(plan.boxes.map((box) => [box.name, box]));
    const cross = new CrossHub(plan.boxes, clock, crossSources?.observed);
    for (const box of plan.boxes) {
      this.#boxes.set(box.name, host.start(box, (message) => this.#receive(message), cross.linkOf(box)));
    }
    this.boxes = new Map([...this.#boxes].map(([name, box]) => [name, {
      health: () => this.#healthOf(name, box),
      metrics: () => box.metrics(),
      query: (query) => box.query(query),
      leads: () => this.#term !== undefined,
      published: cross.publishedBy(name),
    }]));
    this.warm = Promise.all([...this.#boxes.values()].map((box) => box.warm)).then(() => {});
    this.warm.catch(() => {/* rejects when stopped before; a handler is optional */});
  }

  lead(): Promise<void> {
    if (this.#term !== undefined) return this.#term.allRun.promise;
    const allRun = Promise.withResolvers<void>();
    allRun.promise.catch(() => {/* a handler is optional */});
    if (this.#stopped !== undefined) allRun.reject(aborted("The Runtime was stopped"));
    else {
      const term: Term = { allRun, waiting: new Set(this.#boxes.keys()), starting: new Set() };
      this.#term = term;
      // Workers of a box start only after its former ones have ended.
      void this.#resting.then(() => this.#begin(term));
    }
    return allRun.promise;
  }

  rest(graceMs: number): Promise<void> {
    this.#endTerm(aborted("The Runtime rests"));
    const resting = this.#restInOrder(graceMs).then((ending) => Promise.all(ending)).then(() => {});
    this.#resting = Promise.allSettled([this.#resting, resting]);
    return resting;
  }

  health(): ReadonlyMap<string, BoxHealth> {
    return new Map([...this.#boxes].map(([name, box]) => [name, this.#healthOf(name, box)]));
  }

  #healthOf(name: string, box: HostedBox): BoxHealth {
    const own = this.#dependencies.healthWith(name, box.health());
    const crossSources = this.#crossSources?.statesOf(this.#plans.get(name)!);
    const health = crossSources === undefined ? own : { ...own, crossSources };
    return this.#term?.waiting.has(name) === true ? this.#dependencies.asWaiting(name, health) : health;
  }

  stop(graceMs: number): Promise<void> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  async #stop(graceMs: number): Promise<void> {
    const endMs = this.#clock.nowMs() + graceMs;
    this.#endTerm(aborted("The Runtime was stopped"));
    await this.#restInOrder(graceMs);
    // One that has not rested by now is stopped all the same.
    const leftMs = Math.max(0, endMs - this.#clock.nowMs());
    await Promise.all([...this.#boxes.values()].map((box) => box.stop(leftMs)));
    await this.#host.close();
  }

  #receive(message: BoxMessage): void {
    this.#report(message);
    if (this.#dependencies.observe(message) && this.#term !== undefined) this.#release(this.#term);
  }

  #begin(term: Term): void {
    if (this.#term !== term) return;
    this.#release(term);
    for (const box of term.waiting) {
      this.#dependencies.reportWaiting(box);
      this.#leadBox(term, box, "deletions", () => {});
    }
    this.#endIfAllRun(term);
  }

  /** Starts the boxes that need not wait any longer. */
  #release(term: Term): void {
    for (const box of term.waiting) {
      if (this.#dependencies.unmet(box).length > 0) continue;
      term.waiting.delete(box);
      term.starting.add(box);
      this.#leadBox(term, box, "all", () => {
        term.starting.delete(box);
        this.#dependencies.started(box);
        this.#endIfAllRun(term);
      });
    }
  }

  #leadBox(term: Term, box: string, scope: LeadScope, leads: () => void): void {
    this.#leading.add(box);
    this.#boxes.get(box)!.lead(scope).then(() => {
      if (this.#term === term) leads();
    }, (error: unknown) => {
      // Rests and stops end the term before they reach the box.
      if (this.#term !== term) return;
      this.#reportDefect(box, error);
      term.allRun.reject(error);
    });
  }

  #reportDefect(box: string, error: unknown): void {
    const [text, stack] = error instanceof Error ? [error.message, error.stack ?? ""] : [String(error), ""];
    this.#report({ type: "defect", box, error: `Cannot start its workers: ${text}`, stack });
  }

  #endIfAllRun(term: Term): void {
    if (term.waiting.size === 0 && term.starting.size === 0) term.allRun.resolve();
  }

  #endTerm(reason: DOMException): void {
    this.#term?.allRun.reject(reason);
    this.#term = undefined;
  }

  /** Returns when all boxes rest, or when the time is over, with the rests in progress. */
  async #restInOrder(graceMs: number): Promise<readonly Promise<void>[]> {
    const endMs = this.#clock.nowMs() + graceMs;
    const over = Promise.withResolvers<void>();
    const cancel = this.#clock.after(graceMs + abortMs, () => over.resolve());
    const ending: Promise<void>[] = [];
    for (const tier of this.#tiers.toReversed()) {
      const leading = tier.filter(({ name }) => this.#leading.has(name));
      if (leading.length === 0) continue;
      const leftMs = Math.max(0, endMs - this.#clock.nowMs());
      for (const { name } of leading) ending.push(this.#restBox(name, leftMs));
      // The failure of one to rest must not keep the others from it.
      await Promise.race([Promise.allSettled(ending), over.promise]);
    }
    cancel();
    return ending;
  }

  async #restBox(name: string, graceMs: number): Promise<void> {
    this.#dependencies.rested(name);
    await this.#boxes.get(name)!.rest(graceMs);
    this.#leading.delete(name);
  }
}

function aborted(message: string): DOMException {
  return new DOMException(message, "AbortError");
}

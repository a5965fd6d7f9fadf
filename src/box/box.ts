import { formatTime } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import type { Clock } from "../base/clock.ts";
import { errorText } from "../base/error_text.ts";
import { createEventRecorder } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import { groupKind, type ObjectKey, type ResourceType } from "../k8s/object.ts";
import { isInAllowedNamespace, isSelected } from "../input/mod.ts";
import { uniqueFields } from "../admission/mod.ts";
import { compilePass } from "../pass/mod.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { type ObservedChild, readingsOf } from "../reconcile/mod.ts";
import type { MetricsSnapshot } from "../observe/metrics/mod.ts";
import type { Tracer } from "../observe/trace/mod.ts";
import type { BoxContext, LearnedSchema } from "./context.ts";
import { Autoscaler } from "./autoscale/autoscaler.ts";
import { type Load, LoadMeter } from "./autoscale/load.ts";
import { looksUnfinished } from "./cache/first_look.ts";
import { CrossPublisher, CrossReader, type CrossUpdate } from "./cross/mod.ts";
import { Sources } from "./cache/sources.ts";
import { Sentinels } from "./cache/sentinels.ts";
import { Statuses } from "./cache/statuses.ts";
import { Store } from "./cache/store.ts";
import { Sweeper } from "./cache/sweeper.ts";
import { UniqueIndex } from "./cache/unique_index.ts";
import { Watches, type WatchHandlers } from "./cache/watches.ts";
import { type CallExternal, ExternalCalls } from "./external/mod.ts";
import { type PassWatcher, Workers } from "./pass/workers.ts";
import { CrLists } from "./query/cr_lists.ts";
import { runQuery } from "./query/run_query.ts";
import type { BoxQuery, BoxResult } from "./query/query.ts";
import { overflowRules } from "./queue/behaviour.ts";
import { Conflicts } from "./queue/conflicts.ts";
import { WorkQueue } from "./queue/queue.ts";
import { RepairLimit } from "./queue/repairs.ts";
import { Rest } from "./queue/rest.ts";
import type { PassInputs } from "./queue/settled.ts";
import type { ObservedObject, TriggeringObject } from "./queue/trigger.ts";
import { Aftermath, type FormerRun } from "./report/former_run.ts";
import { BoxMetrics } from "./report/box_metrics.ts";
import { evaluating } from "./environment.ts";
import { type DefectPass, reportDefect } from "./report/defects.ts";
import { Health } from "./report/health.ts";
import { LostEvents } from "./report/lost_events.ts";
import type { AutoscaleHealth, BoxHealth, BoxMessage } from "./report/message.ts";
import { RecentEvents } from "./report/recent_events.ts";
import { RecentPasses } from "./report/recent_passes.ts";

export type { PassWatcher };

/** Everything that a box depends on. */
export interface BoxPorts {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** Name of the reporting controller in Events. */
  readonly component: string;
  /** Name of the reporting process in Events. */
  readonly instance: string;
  readonly report: (message: BoxMessage) => void;
  /**
   * Receives what boxes that observe this one see of its CRs, and resolves when more may be published. Rejects when it
   * was not received: then everything is published again.
   */
  readonly publish?: ((update: CrossUpdate) => Promise<void>) | undefined;
  /** Where the box counts; the client that it uses may count there too. */
  readonly metrics?: BoxMetrics | undefined;
  /** Passes that change nothing are reported too. */
  readonly reportsIdle?: boolean | undefined;
  /** Limits the time of synchronous work (throws `TimeLimitError`); without it there is no limit. */
  readonly bounded?: (<T>(run: () => T) => T) | undefined;
  /** Makes the HTTP calls of the plan; without it every one fails. */
  readonly external?: CallExternal | undefined;
  /** Records passes in traces; absent: traces are off. */
  readonly tracer?: Tracer | undefined;
  /** Called with the objects being reconciled, so that the host can identify which one ended the box. */
  readonly passes?: PassWatcher | undefined;
  /** The box ran before and had to be terminated. */
  readonly former?: FormerRun | undefined;
}

/**
 * On which CRs the workers of a box make passes. `deletions`: those that are being deleted, until `lead("all")`: the
 * box waits for others (`dependsOn`), and nobody's deletion has to.
 */
export type LeadScope = "all" | "deletions";

/**
 * One OperatorBox. From its start it is a standby: informers and queue run, nothing is written. Workers run between
 * `lead` and `rest`.
 */
export interface Box {
  /** All caches have synced: it may lead at once. */
  readonly warm: Promise<void>;
  /**
   * Starts the workers as soon as the caches have synced. Resolves when they run. With the scope `deletions` the box
   * stays pending, and a further call extends the scope to all.
   */
  lead(scope: LeadScope): Promise<void>;
  /** Stops the workers: passes in flight may finish for up to `graceMs`, then their calls are aborted. Stays warm. */
  rest(graceMs: number): Promise<void>;
  health(): BoxHealth;
  metrics(): MetricsSnapshot;
  /** What its caches have; see `runQuery`. */
  query(query: BoxQuery): BoxResult;
  /** Takes a part of what a box that it observes has published. Throws for a defect, which it has reported. */
  observe(update: CrossUpdate): void;
  /** Age of the oldest pass in flight, in ms; 0 when there is none. */
  oldestPassMs(): number;
  /** Rests, and stops informers and queue. */
  stop(graceMs: number): Promise<void>;
}

/** Minimum interval between reports of a condition of the queue that cannot be evaluated. */
const queueRuleMs = 60_000;

/** Starts the operator of one CRD, as a standby. Independent of where it runs: plain records in, messages out. */
export function startBox(plan: BoxPlan, ports: BoxPorts): Box {
  return new OperatorBox(plan, ports);
}

class OperatorBox implements Box {
  readonly warm: Promise<void>;
  readonly #context: BoxContext;
  readonly #plan: BoxPlan;
  readonly #ports: BoxPorts;
  readonly #queue: WorkQueue;
  readonly #rest: Rest;
  /** Of `PassInputs`. */
  #epoch = 0;
  readonly #health: Health;
  readonly #metrics: BoxMetrics;
  readonly #events: RecentEvents;
  readonly #passes: RecentPasses;
  readonly #cross: CrossReader;
  readonly #publisher: CrossPublisher | undefined;
  readonly #unique: UniqueIndex;
  readonly #lists: CrLists;
  readonly #external: ExternalCalls;
  readonly #aftermath: Aftermath | undefined;
  readonly #watches: Watches;
  readonly #workers: Workers;
  readonly #autoscaler: Autoscaler | undefined;
  /** Since when the settings of `operatorBox.autoscale` are in effect. */
  #scaledSince: string | undefined;
  readonly #sources: Sources;
  readonly #sweeper: Sweeper;
  readonly #learned: LearnedSchema;
  #calls = new AbortController();
  /** Caches have synced: events add keys to the queue. */
  #isWarm = false;
  #leading = false;
  /** It leads, and its CRs are not listed yet. */
  #sweepsLater = false;
  #scope: LeadScope = "all";
  /** When a condition of the queue was reported last. */
  #queueRuleReportedMs = -Infinity;
  /** Number of the last `lead`: one that waits for the caches while the box rests and leads again starts nothing. */
  #term = 0;
  #stopping = false;
  #startedAt: string | undefined;

  constructor(plan: BoxPlan, ports: BoxPorts) {
    const compiled = compilePass(plan);
    const { api, clock, component, instance, random } = ports;
    this.#plan = plan;
    this.#ports = ports;
    this.#health = new Health(plan.reconciler.failureThreshold, (state, reason, pass) => {
      ports.report({ type: "health", box: plan.name, state, reason, pass });
    });
    const { autoscale, reconciler: { retryBackoff, queueBehaviour, resyncMs } } = plan;
    const load = autoscale === undefined ? undefined : new LoadMeter(clock, autoscale.intervalMs);
    this.#autoscaler = autoscale === undefined ? undefined : new Autoscaler(autoscale, {
      clock,
      load: () => load!.read(this.#workers.running, this.#queue.depth),
      changed: (active, now) => this.#scaled(active, now),
    });
    this.#queue = new WorkQueue({
      clock,
      initialBackoffMs: retryBackoff?.initialMs,
      maxBackoffMs: retryBackoff?.maxMs,
      multiplier: retryBackoff?.multiplier,
      maxAttempts: retryBackoff?.maxAttempts,
      resyncMs: Math.min(resyncMs, autoscale?.resyncMs ?? resyncMs),
      skipsResync: (key) => this.#workers.skipsResync(key),
      overflow: queueBehaviour === undefined ? undefined : {
        rules: overflowRules(queueBehaviour, {
          clock,
          cr: (key) => this.#context.store.cr(key),
          maxDepth: () => this.#settings().maxDepth ?? queueBehaviour.maxDepth,
          bounded: evaluating(clock, ports.bounded),
          failed: (key, error) => this.#queueRuleFailed(key, error),
        }),
        maxWaitMs: resyncMs,
        report: (message) => ports.report({ type: "note", box: plan.name, message }),
      },
    });
    this.#metrics = ports.metrics ?? new BoxMetrics();
    this.#events = new RecentEvents(clock);
    this.#passes = new RecentPasses(clock);
    this.#rest = new Rest(clock);
    const store: Store = new Store(plan.type, (key) => {
      this.#publisher?.changed(key);
      this.#unique.changed(key);
      this.#lists.changed(key);
    });
    this.#lists = new CrLists({ clock, crs: () => store.crs(), cr: (key) => store.cr(key) });
    const note = (message: string): void => ports.report({ type: "note", box: plan.name, message });
    this.#cross = new CrossReader({
      sources: plan.cross.map(({ box }) => box),
      clock,
      changed: (key, cause) => this.#otherChanged(key, cause, cause.hops ?? 0),
      note,
    });
    const isObserved = plan.observedBy.length > 0 || plan.crossServed === true;
    this.#publisher = !isObserved || ports.publish === undefined ? undefined : new CrossPublisher({
      source: plan.name,
      cr: (key) => {
        const cr = store.cr(key);
        return cr !== undefined && isSelected(plan, cr) ? cr : undefined;
      },
      keys: () => store.crKeys(),
      hops: (key) => this.#rest.hopsOf(key),
      publish: ports.publish,
      clock,
      note,
    });
    this.#unique = new UniqueIndex({
      fields: uniqueFields(plan.validation),
      cr: (key) => {
        const cr = store.cr(key);
        return cr !== undefined && isSelected(plan, cr) && isInAllowedNamespace(plan, cr) ? cr : undefined;
      },
      changed: (key, cause) => this.#otherChanged(key, { box: plan.name, key: cause }, 0),
    });
    this.#external = new ExternalCalls({
      call: ports.external,
      clock,
      resyncMs,
      arrived: (key, call, isNews) => {
        if (isNews) this.#rest.childChanged(key, { isOwn: () => false });
        this.#queue.add(key, "change", { call });
      },
      ended: (call, failed, seconds) => this.#metrics.called(call, failed, seconds),
      failedFirst: (key, { name }, error, pass) => {
        const message = `${plan.type.kind} ${key}: the external call "${name}" failed, and what does not need it ` +
          `continues: ${error}`;
        ports.report({ type: "note", box: plan.name, message, key, pass });
      },
    });
    const lost = new LostEvents(clock, (message) => ports.report({ type: "note", box: plan.name, message }));
    const readings = readingsOf(plan, compiled.box.templates);
    this.#learned = { hasStatus: plan.writesStatus, prunedStatus: [] };
    const fixedKinds = new Set(
      compiled.box.entries
        .filter(({ shorthand }) => shorthand.upkeep === "make").map((entry) => groupKind(entry.plan.type)),
    );
    const observer = {
      crType: plan.type,
      depthOf: readings.depthOf,
      isFixed: (type: ResourceType) => fixedKinds.has(groupKind(type)),
      intern: store.intern,
    };
    this.#sources = new Sources({
      api,
      clock,
      random,
      changed: (key, source) => {
        const { type, resourceVersion } = source;
        // A source that the box itself writes, a child perhaps, must not keep its passes from being throttled.
        if (resourceVersion === undefined) this.#rest.crChanged(key);
        else this.#rest.childChanged(key, { isOwn: () => store.hasWritten(type, resourceVersion) });
        if (this.#isWarm) this.#queue.add(key, "change", source);
      },
      watched: (kind, type, failure) => {
        if (failure !== undefined) this.#metrics.watchRestarted(type.kind);
        const error = failure === undefined ? undefined : errorText(failure.error);
        const state = failure === undefined ? "watching" : "retrying";
        ports.report({ type: "informer", box: plan.name, kind, state, error, inMs: failure?.inMs });
      },
      failed: (error) => this.#defect(error),
    });
    this.#sweeper = new Sweeper({
      api,
      plan,
      finalizers: compiled.box.finalizers,
      store,
      observer,
      hasStatus: () => this.#learned.hasStatus,
      clock,
      signal: () => this.#calls.signal,
      report: ports.report,
    });
    const sender = createEventRecorder(api, {
      component,
      instance,
      clock,
      random,
      onDropped: (_event, why) => void (this.#stopping || lost.add(why)),
    });
    const recorder = this.#events.of(plan.type, sender);
    const signal = () => this.#calls.signal;
    this.#context = {
      compiled,
      observer,
      crossOf: (key) => this.#cross.viewOf(key),
      othersOf: (key) => this.#unique.viewOf(key),
      store,
      sources: this.#sources,
      external: this.#external,
      statuses: new Statuses(),
      sentinels: this.#plan.gates === undefined ? undefined : new Sentinels(),
      repairs: new RepairLimit(clock),
      conflicts: new Conflicts(clock),
      learned: this.#learned,
      formerKinds: this.#sweeper.formerKinds,
      sweep: (cr) => this.#sweeper.sweepFor(cr),
      api,
      clock,
      recorder,
      metrics: this.#metrics,
      report: ports.report,
      bounded: evaluating(clock, ports.bounded),
      get signal() {
        return signal();
      },
      served: (type) => this.#watches.served(type),
      unseen: (type) => this.#watches.unseen(type),
      unseenByDeletion: (type) => this.#watches.unseenByDeletion(type),
      notServed: (type) => this.#watches.notServed(type),
    };
    if (ports.former !== undefined) {
      this.#aftermath = new Aftermath(ports.former, plan, this.#queue, recorder);
    }
    this.#workers = new Workers({
      plan,
      context: this.#context,
      queue: this.#queue,
      rest: this.#rest,
      health: this.#health,
      passes: this.#passes,
      readings,
      random,
      watcher: ports.passes,
      tracer: ports.tracer,
      load,
      resyncMs: () => this.#settings().resyncMs,
      reportsIdle: ports.reportsIdle === true,
      // While CRs are being listed again, one may depend on another that is not known yet: all have a pass after it.
      accepts: (key) =>
        this.#watches.crsServed &&
        (this.#scope === "all" || store.cr(key)?.metadata.deletionTimestamp !== undefined),
      inputsOf: (key) => this.#inputsOf(key),
      forget: (key) => this.#forget(key),
      report: ports.report,
      defect: (error, pass) => this.#defect(error, pass),
    });
    this.#watches = new Watches({
      plan,
      api,
      clock,
      random,
      component,
      report: ports.report,
      store,
      observer,
      finalizers: compiled.box.finalizers,
      learned: this.#learned,
      bounded: this.#context.bounded,
      sources: this.#sources,
      sweeper: this.#sweeper,
      handlers: this.#watchHandlers(),
    });
    // Not before all CRs are cached: what is published first is complete.
    this.#watches.crsSettled.then(() => this.#publisher?.begin(), () => {/* stopped before */});
    this.warm = this.#warmUp();
    this.warm.catch(() => {/* rejects when the box is stopped before; a handler is optional */});
  }

  health(): BoxHealth {
    return {
      ...this.#health.snapshot(this.#queue.depth, this.#context.store.crCount),
      ...(this.#plan.reconciler.queueBehaviour === undefined ? {} : { queueDeferred: this.#queue.deferred }),
      warm: this.#isWarm,
      startedAt: this.#startedAt,
      workers: { running: this.#workers.running, processing: this.#workers.processing },
      ...(this.#autoscaler === undefined ? {} : {
        autoscale: { active: this.#autoscaler.active, since: this.#scaledSince, ...this.#settings() },
      }),
    };
  }

  /** The settings in effect: the declared ones, or what `operatorBox.autoscale` has in their place. */
  #settings(): Pick<AutoscaleHealth, "workers" | "resyncMs" | "maxDepth"> {
    const { reconciler: { workers, resyncMs, queueBehaviour }, autoscale } = this.#plan;
    const scaled = this.#autoscaler?.active === true ? autoscale : undefined;
    return {
      workers: scaled?.workers ?? workers,
      resyncMs: scaled?.resyncMs ?? resyncMs,
      maxDepth: queueBehaviour === undefined ? undefined : scaled?.maxDepth ?? queueBehaviour.maxDepth,
    };
  }

  /** Other settings are in effect. What is in flight, or queued, is not touched. */
  #scaled(active: boolean, load: Load): void {
    this.#scaledSince = active ? this.#time() : undefined;
    this.#metrics.autoscaled.inc();
    const { workers, resyncMs, maxDepth } = this.#settings();
    this.#workers.resize(workers);
    if (active && this.#plan.autoscale?.resyncMs !== undefined) {
      this.#workers.hastenResyncs(this.#context.store.crKeys());
    }
    const settings = [
      `workers ${workers}`,
      `resync ${formatDuration(resyncMs)}`,
      ...maxDepth === undefined ? [] : [`queue.maxDepth ${maxDepth}`],
    ];
    const numbers = Object.entries(load).map(([name, value]) => `${name} ${Math.round(value)}`);
    const why = active ? "its conditions hold" : "its conditions have not held for the cooldown";
    const message = `autoscale: ${why}: now ${settings.join(", ")} (${numbers.join(", ")})`;
    this.#ports.report({ type: "note", box: this.#plan.name, message });
  }

  metrics(): MetricsSnapshot {
    const { store, recorder } = this.#context;
    return this.#metrics.snapshot({
      health: this.health(),
      children: store.childCount,
      oldestPassMs: this.#workers.oldestPassMs(),
      eventsDropped: recorder.dropped,
    });
  }

  query(query: BoxQuery): BoxResult {
    const { compiled, store } = this.#context;
    const next = (key: ObjectKey) => this.#queue.nextVisit(key);
    return runQuery(query, {
      compiled: compiled.box,
      store,
      lists: this.#lists,
      unique: this.#isWarm && this.#watches.crsServed ? this.#unique : undefined,
      events: this.#events,
      passes: this.#passes,
      next,
    });
  }

  observe(update: CrossUpdate): void {
    try {
      this.#cross.receive(update);
    } catch (error) {
      this.#defect(error);
      throw error; // everything is sent again
    }
  }

  /** What a CR reads of other boxes has changed, who has a value that is to be unique, or what a trigger watches. */
  #otherChanged(key: ObjectKey, cause: ObservedObject | TriggeringObject, hops: number): void {
    if (!this.#isWarm) return; // all CRs are enqueued once the caches have synced
    this.#rest.observed(key, hops);
    this.#queue.add(key, "change", cause);
  }

  oldestPassMs(): number {
    return this.#workers.oldestPassMs();
  }

  async lead(scope: LeadScope): Promise<void> {
    if (this.#stopping || (this.#leading && (this.#scope === "all" || scope === "deletions"))) return;
    this.#leading = true;
    this.#scope = scope;
    const { clock } = this.#context;
    const sinceMs = clock.nowMs();
    const term = ++this.#term;
    const wasWarm = this.#isWarm;
    await this.warm;
    if (!this.#leading || this.#term !== term || this.#stopping) return;
    const isExtended = this.#workers.running > 0;
    if (!isExtended) {
      this.#calls = new AbortController();
      // A box that has just become warm has just ordered its queue.
      this.#queue.open(wasWarm ? this.#firstLook() : undefined);
      this.#workers.resize(this.#settings().workers);
    }
    if (scope === "deletions") return;
    this.#external.begin();
    this.#autoscaler?.start();
    // So far the workers have passed over all CRs but those that are being deleted.
    if (isExtended) this.#enqueueAll();
    this.#health.started();
    this.#startedAt = this.#time();
    this.#metrics.activated.inc();
    this.#metrics.activationSeconds.observe((clock.nowMs() - sinceMs) / 1000);
    const { store } = this.#context;
    this.#ports.report({ type: "ready", box: this.#plan.name, crs: store.crCount, children: store.childCount });
    this.#noteIfEmpty();
    this.#sweepsLater = !this.#watches.crsServed;
    if (!this.#sweepsLater) this.#beginSweep();
  }

  /** What the last Katalog left is on record in the CRs: they are known by then. */
  #beginSweep(): void {
    this.#sweeper.begin((key) => this.#queue.add(key, "change", "sweep"));
  }

  async rest(graceMs: number): Promise<void> {
    this.#leading = false;
    this.#sweepsLater = false;
    this.#autoscaler?.stop();
    this.#scaledSince = undefined;
    this.#queue.pause();
    this.#external.end();
    const cut = this.#context.clock.after(graceMs, () => this.#calls.abort());
    await Promise.all([this.#sweeper.end(), this.#workers.end()]);
    this.#startedAt = undefined;
    cut();
    this.#health.resting();
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#isWarm = false;
    const resting = this.rest(graceMs);
    this.#sweeper.stop();
    this.#cross.stop();
    this.#publisher?.stop();
    this.#queue.close();
    await Promise.all([this.#watches.stop(), this.#sources.stop(), resting]);
    this.#workers.stop();
    await this.#context.recorder.stop();
  }

  /**
   * A child that is not cached yet must not look absent, nor an object of another box, so nothing is done before all
   * caches have synced.
   */
  async #warmUp(): Promise<void> {
    await this.#watches.settled;
    const { waitingFor } = this.#cross;
    if (waitingFor.length > 0) this.#health.pending(`waiting for the objects of ${waitingFor.join(", ")}`);
    await this.#cross.settled();
    for (const key of this.#aftermath?.gone() ?? []) this.#forget(key);
    this.#isWarm = true;
    this.#enqueueAll();
    this.#health.warm();
  }

  /** Enqueues every CR, those that look unfinished first. */
  #enqueueAll(): void {
    const goesFirst = this.#firstLook();
    for (const [key] of this.#context.store.crs()) this.#queue.add(key, goesFirst(key) ? "change" : "resync", "start");
  }

  /** Which CRs to process first, as they are now: those that look unfinished, or are gone. */
  #firstLook(): (key: ObjectKey) => boolean {
    const { store, learned } = this.#context;
    let maxChildren = 0;
    for (const [, cr] of store.crs()) maxChildren = Math.max(maxChildren, store.childCountOf(cr));
    const seen = { maxChildren, writesStatus: learned.hasStatus };
    return (key) => {
      const cr = store.cr(key);
      return cr === undefined || looksUnfinished(cr, store.childCountOf(cr), seen);
    };
  }

  /** A box that leads and has nothing to reconcile is healthy (ruling 91). */
  #noteIfEmpty(): void {
    const works = this.#leading && this.#scope === "all" && this.#workers.running > 0;
    if (works && this.#watches.crsServed && this.#context.store.crCount === 0) this.#health.empty();
  }

  #watchHandlers(): WatchHandlers {
    const { store, statuses } = this.#context;
    return {
      crStored: (key, cr, isNew) => {
        this.#aftermath?.seen(cr);
        if (isNew) this.#rest.crChanged(key);
        if (this.#isWarm) this.#queue.add(key, "change", isNew ? "cr" : "crStatus");
      },
      crDeleted: (uid) => statuses.forget(uid),
      crGone: (key, deleted) => {
        this.#forget(key);
        const { name: box, type: { kind } } = this.#plan;
        if (deleted && this.#leading) this.#ports.report({ type: "gone", box, kind, key });
      },
      childChanged: (child) => this.#enqueueOwner(child),
      triggered: (crs, cause) => {
        for (const key of crs === "all" ? store.crKeys() : crs) {
          if (store.cr(key) !== undefined) this.#otherChanged(key, cause, 0);
        }
      },
      inputsChanged: () => void this.#epoch++,
      kindsChanged: () => this.#requeueAll(),
      schemaChanged: () => {
        this.#forgetSchema();
        this.#requeueAll();
      },
      crsListed: () => {
        this.#health.served();
        this.#noteIfEmpty();
        if (!this.#sweepsLater) return;
        this.#sweepsLater = false;
        this.#beginSweep();
      },
      crsUnserved: (error) => {
        if (!this.#isWarm) this.#metrics.activationFailed.inc();
        this.#health.unserved(error);
        this.#forgetSchema();
      },
      watchFailed: ({ kind }, isOfCrs, error) => {
        if (error !== undefined && !this.#isWarm) this.#health.pending(`${kind}: ${error}`);
        this.#metrics.watchRestarted(kind);
        if (isOfCrs && !this.#isWarm) this.#metrics.activationFailed.inc();
      },
      defect: (error) => this.#defect(error),
    };
  }

  #forgetSchema(): void {
    this.#epoch++;
    this.#learned.hasStatus = this.#plan.writesStatus;
    this.#learned.prunedStatus = [];
    this.#context.statuses.clear();
  }

  /** Kinds are served, or a schema holds, that decisions depend on. */
  #requeueAll(): void {
    this.#epoch++;
    if (!this.#isWarm) return; // all CRs are enqueued once the caches have synced
    for (const [key] of this.#context.store.crs()) this.#queue.add(key, "change", "kinds");
  }

  /** The CR is gone: drops all state of it. */
  #forget(key: ObjectKey): void {
    this.#queue.forget(key);
    this.#rest.forget(key);
    this.#workers.forget(key);
    this.#cross.forget(key);
    this.#context.sentinels?.forget(key);
    this.#sources.release(key);
    this.#external.forget(key);
    this.#passes.forget(key);
    this.#noteIfEmpty();
  }

  /** A child changed: enqueues its CR, if there is one. */
  #enqueueOwner(child: ObservedChild): void {
    if (!this.#isWarm) return; // all CRs are enqueued once the caches have synced
    const { store } = this.#context;
    const key = store.crOf(child.owner);
    if (key === undefined) return;
    this.#rest.childChanged(key, { isOwn: () => store.hasWritten(child.type, child.resourceVersion) });
    this.#queue.add(key, "change", child);
  }

  /** What the next pass would decide on; `undefined`: there is no such CR. */
  #inputsOf(key: ObjectKey): PassInputs | undefined {
    const { store } = this.#context;
    const cr = store.cr(key);
    return cr === undefined ? undefined : {
      cr,
      children: store.childChanges(key),
      cross: this.#cross.versionOf(key),
      sources: this.#sources.versionOf(key),
      unique: this.#unique.versionOf(key),
      external: this.#external.versionOf(key),
      epoch: this.#epoch,
    };
  }

  #queueRuleFailed(key: ObjectKey, error: string): void {
    const nowMs = this.#context.clock.nowMs();
    if (nowMs - this.#queueRuleReportedMs < queueRuleMs) return;
    this.#queueRuleReportedMs = nowMs;
    const message = `a condition of queue.behaviour cannot be evaluated for ${key}, which is added: ${error}`;
    this.#ports.report({ type: "note", box: this.#plan.name, message, key });
  }

  #time(): string {
    return formatTime(this.#context.clock.wallMs());
  }

  #defect(error: unknown, pass?: DefectPass): void {
    const { store, recorder } = this.#context;
    reportDefect(
      { box: this.#plan.name, store, recorder, metrics: this.#metrics, report: this.#ports.report },
      error,
      pass,
    );
  }
}

import { errorText } from "../base/error_text.ts";
import { formatTime } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import { createEventRecorder, type Informer, isMissingType, startInformer } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import {
  apiVersionOf,
  groupKind,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
} from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { isInAllowedNamespace, isSelected } from "../input/mod.ts";
import { uniqueFields } from "../admission/mod.ts";
import { compilePass } from "../pass/mod.ts";
import type { BoxPlan, WatchPlan } from "../plan/plan.ts";
import {
  describeChange,
  isSameOwned,
  observeChild,
  type ObservedChild,
  ownFinalizers,
  type Readings,
  readingsOf,
} from "../reconcile/mod.ts";
import type { MetricsSnapshot } from "../observe/metrics/mod.ts";
import type { BoxContext, LearnedSchema } from "./context.ts";
import { lacksStatus, noStatusNote } from "./cache/definition_status.ts";
import { looksUnfinished } from "./cache/first_look.ts";
import { CrossPublisher, CrossReader, type CrossUpdate } from "./cross/mod.ts";
import { type KindHandlers, KindWatcher } from "./cache/kind_watcher.ts";
import { Sources } from "./cache/sources.ts";
import { Statuses } from "./cache/statuses.ts";
import { Store } from "./cache/store.ts";
import { Sweeper } from "./cache/sweeper.ts";
import { UniqueIndex } from "./cache/unique_index.ts";
import { type CallExternal, ExternalCalls } from "./external/mod.ts";
import { guard } from "./guard.ts";
import { CallLog } from "./pass/call_log.ts";
import { runPass } from "./pass/run_pass.ts";
import type { PassReport } from "./pass/pass_report.ts";
import { runQuery } from "./query/run_query.ts";
import type { BoxQuery, BoxResult } from "./query/query.ts";
import { overflowRules } from "./queue/behaviour.ts";
import { Conflicts } from "./queue/conflicts.ts";
import { WorkQueue } from "./queue/queue.ts";
import { RepairLimit } from "./queue/repairs.ts";
import { Rest } from "./queue/rest.ts";
import { Restlessness } from "./queue/restlessness.ts";
import { type PassInputs, Settled } from "./queue/settled.ts";
import type { ObservedObject } from "./queue/trigger.ts";
import { Turns } from "./queue/turns.ts";
import { Aftermath, type FormerRun } from "./report/former_run.ts";
import { BoxMetrics } from "./report/box_metrics.ts";
import { Health } from "./report/health.ts";
import { LostEvents } from "./report/lost_events.ts";
import type { BoxHealth, BoxMessage } from "./report/message.ts";
import { RecentEvents } from "./report/recent_events.ts";
import { RecentPasses } from "./report/recent_passes.ts";

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
  /** Called with the objects being reconciled, so that the host can identify which one ended the box. */
  readonly passes?: PassWatcher | undefined;
  /** The box ran before and had to be terminated. */
  readonly former?: FormerRun | undefined;
}

export interface PassWatcher {
  began(key: ObjectKey, generation: number | undefined): void;
  /** The pass has ended, with whatever result; or the object is gone. */
  ended(key: ObjectKey): void;
}

/**
 * One OperatorBox. From its start it is a standby: informers and queue run, nothing is written. Workers run between
 * `lead` and `rest`.
 */
export interface Box {
  /** All caches have synced: it may lead at once. */
  readonly warm: Promise<void>;
  /** Starts the workers as soon as the caches have synced. Resolves when they run. */
  lead(): Promise<void>;
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

/** An object that was changed meanwhile is requeued by its event, and without one after at least this time. */
const staleMs = 50;
/** Minimum interval between reports of a condition of the queue that cannot be evaluated. */
const queueRuleMs = 60_000;
/** Resyncs come up to a fifth later than configured, never earlier (ruling 58). */
const resyncJitter = 0.2;

/** Starts the operator of one CRD, as a standby. Independent of where it runs: plain records in, messages out. */
export function startBox(plan: BoxPlan, ports: BoxPorts): Box {
  return new OperatorBox(plan, ports);
}

const definitions: ResourceType = builtInType("CustomResourceDefinition")!;

class OperatorBox implements Box {
  readonly warm: Promise<void>;
  readonly #context: BoxContext;
  readonly #plan: BoxPlan;
  readonly #ports: BoxPorts;
  readonly #queue: WorkQueue;
  readonly #rest: Rest;
  readonly #restlessness = new Restlessness();
  readonly #settled = new Settled();
  /** Of `PassInputs`. */
  #epoch = 0;
  readonly #health: Health;
  readonly #metrics: BoxMetrics;
  readonly #events: RecentEvents;
  readonly #passes: RecentPasses;
  readonly #turns: Turns;
  readonly #cross: CrossReader;
  readonly #publisher: CrossPublisher | undefined;
  readonly #unique: UniqueIndex;
  readonly #external: ExternalCalls;
  readonly #aftermath: Aftermath | undefined;
  readonly #watchers: KindWatcher[] = [];
  /** Kinds of children are seen with what former versions made of them, or cannot be. */
  readonly #carried: Promise<void>[] = [];
  readonly #sources: Sources;
  /** Sources that the Katalog names are known, or cannot be read for now. */
  readonly #sourced: Promise<void>[] = [];
  readonly #sweeper: Sweeper;
  readonly #readings: Readings;
  readonly #learned: LearnedSchema;
  /** groupKind → the type under which it is served now. */
  readonly #served = new Map<string, ResourceType>();
  /** groupKind of a kind of child → why its objects cannot be read. */
  readonly #unseen = new Map<string, string>();
  /** When the CRs were listed first: the API server is not what keeps a kind of child from being read. */
  #crsListedMs: number | undefined;
  /** The kind of the CRs is served, and all of them are in the store. */
  #crsServed = false;
  #definition: Informer | undefined;
  #calls = new AbortController();
  #workers: Promise<void>[] = [];
  /** Keys being processed → when their pass began, oldest first. */
  readonly #processing = new Map<ObjectKey, number>();
  /** Caches have synced: events add keys to the queue. */
  #isWarm = false;
  #leading = false;
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
    this.#health = new Health(plan.reconciler.failureThreshold, (state, reason) => {
      ports.report({ type: "health", box: plan.name, state, reason });
    });
    const { retryBackoff, queueBehaviour, resyncMs } = plan.reconciler;
    this.#queue = new WorkQueue({
      clock,
      initialBackoffMs: retryBackoff?.initialMs,
      maxBackoffMs: retryBackoff?.maxMs,
      multiplier: retryBackoff?.multiplier,
      maxAttempts: retryBackoff?.maxAttempts,
      resyncMs,
      skipsResync: (key) => this.#skipsResync(key),
      overflow: queueBehaviour === undefined ? undefined : {
        rules: overflowRules(queueBehaviour, {
          clock,
          cr: (key) => this.#context.store.cr(key),
          bounded: ports.bounded ?? ((run) => run()),
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
    this.#turns = new Turns(clock);
    const store: Store = new Store(plan.type, (key) => {
      this.#publisher?.changed(key);
      this.#unique.changed(key);
    });
    const note = (message: string): void => ports.report({ type: "note", box: plan.name, message });
    this.#cross = new CrossReader({
      sources: plan.cross.map(({ box }) => box),
      clock,
      changed: (key, cause) => this.#otherChanged(key, cause),
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
      changed: (key, cause) => this.#otherChanged(key, { box: plan.name, key: cause }),
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
      failedFirst: (key, { name }, error) =>
        note(
          `${plan.type.kind} ${key}: the external call "${name}" failed, and what does not need it continues: ${error}`,
        ),
    });
    const lost = new LostEvents(clock, (message) => ports.report({ type: "note", box: plan.name, message }));
    this.#readings = readingsOf(plan, compiled.box.templates);
    this.#learned = { hasStatus: plan.writesStatus, prunedStatus: [] };
    const fixedKinds = new Set(
      compiled.box.entries
        .filter(({ shorthand }) => shorthand.upkeep === "make").map((entry) => groupKind(entry.plan.type)),
    );
    const observer = {
      crType: plan.type,
      depthOf: this.#readings.depthOf,
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
      repairs: new RepairLimit(clock),
      conflicts: new Conflicts(),
      learned: this.#learned,
      formerKinds: this.#sweeper.formerKinds,
      sweep: (cr) => this.#sweeper.sweepFor(cr),
      api,
      clock,
      recorder,
      metrics: this.#metrics,
      report: ports.report,
      bounded: ports.bounded ?? ((run) => run()),
      get signal() {
        return signal();
      },
      served: (type) => this.#served.get(groupKind(type)),
      unseen: (type) => this.#unseen.get(groupKind(type)),
      notServed: (type) => this.#watchers.find((watcher) => watcher.isOf(type))?.recheck(),
    };
    if (ports.former !== undefined) {
      this.#aftermath = new Aftermath(ports.former, plan, this.#queue, recorder);
    }
    for (const watch of plan.watches) this.#open(watch);
    this.warm = this.#warmUp();
    this.warm.catch(() => {/* rejects when the box is stopped before; a handler is optional */});
  }

  health(): BoxHealth {
    return {
      ...this.#health.snapshot(this.#queue.depth, this.#context.store.crCount),
      ...(this.#plan.reconciler.queueBehaviour === undefined ? {} : { queueDeferred: this.#queue.deferred }),
      warm: this.#isWarm,
      startedAt: this.#startedAt,
      workers: { running: this.#workers.length, processing: this.#processing.size },
    };
  }

  metrics(): MetricsSnapshot {
    const { store, recorder } = this.#context;
    return this.#metrics.snapshot({
      health: this.health(),
      children: store.childCount,
      oldestPassMs: this.oldestPassMs(),
      eventsDropped: recorder.dropped,
    });
  }

  query(query: BoxQuery): BoxResult {
    const { compiled, store } = this.#context;
    const next = (key: ObjectKey) => this.#queue.nextVisit(key);
    return runQuery(query, {
      compiled: compiled.box,
      store,
      unique: this.#isWarm ? this.#unique : undefined,
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

  /** What a CR reads of other boxes has changed, or who has a value that a rule wants to be unique. */
  #otherChanged(key: ObjectKey, cause: ObservedObject): void {
    if (!this.#isWarm) return; // all CRs are enqueued once the caches have synced
    this.#rest.childChanged(key, { isOwn: () => false });
    this.#queue.add(key, "change", cause);
  }

  oldestPassMs(): number {
    const [oldest] = this.#processing.values();
    return oldest === undefined ? 0 : this.#context.clock.nowMs() - oldest;
  }

  async lead(): Promise<void> {
    if (this.#leading || this.#stopping) return;
    this.#leading = true;
    const { clock } = this.#context;
    const sinceMs = clock.nowMs();
    const term = ++this.#term;
    await this.warm;
    if (!this.#leading || this.#term !== term || this.#stopping) return;
    this.#calls = new AbortController();
    this.#external.begin();
    this.#queue.open(this.#firstLook());
    this.#health.started();
    this.#startedAt = this.#time();
    this.#metrics.activated.inc();
    this.#metrics.activationSeconds.observe((clock.nowMs() - sinceMs) / 1000);
    this.#workers = Array.from({ length: this.#plan.reconciler.workers }, () => this.#runWorker());
    const { store } = this.#context;
    this.#ports.report({ type: "ready", box: this.#plan.name, crs: store.crCount, children: store.childCount });
    this.#noteIfEmpty();
    this.#sweeper.begin((key) => this.#queue.add(key, "change", "sweep"));
  }

  async rest(graceMs: number): Promise<void> {
    this.#leading = false;
    this.#queue.pause();
    this.#external.end();
    const cut = this.#context.clock.after(graceMs, () => this.#calls.abort());
    await Promise.all([this.#sweeper.end(), ...this.#workers]);
    this.#workers = [];
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
    const watches = [
      ...this.#watchers.map((watcher) => watcher.stop()),
      this.#sources.stop(),
      this.#definition?.stop(),
    ];
    await Promise.all([...watches, resting]);
    this.#turns.stop();
    await this.#context.recorder.stop();
  }

  /**
   * A child that is not cached yet must not look absent, nor an object of another box, so nothing is done before all
   * caches have synced.
   */
  async #warmUp(): Promise<void> {
    await Promise.all([...this.#watchers.map((watcher) => watcher.settled), ...this.#carried, ...this.#sourced]);
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

  #open(watch: WatchPlan): void {
    switch (watch.role) {
      case "crs":
        return this.#watchCrs(watch);
      case "definition":
        return this.#watchDefinition();
      case "children":
        return this.#watchChildren(watch);
      case "source":
        return void this.#sourced.push(this.#sources.open(watch));
      default:
        return watch.role satisfies never;
    }
  }

  #watchCrs(watch: WatchPlan): void {
    const { store, compiled: { box: { finalizers } } } = this.#context;
    const plan = this.#plan;
    // The selectors are applied here: the deletion of a CR that left the selection must still be seen.
    const wide = plan.labelSelector !== undefined || plan.fieldSelector !== undefined;
    const known = (version: string) => store.hasWritten(plan.type, version);
    this.#watch(watch, {
      upsert: (cr) => {
        const key = objectKey(cr.metadata);
        if (wide && !isSelected(plan, cr) && ownFinalizers(cr, finalizers).length === 0) {
          if (store.removeCr(cr)) this.#forget(key);
          return;
        }
        const before = store.cr(key);
        if (!store.putCr(cr)) return;
        this.#aftermath?.seen(cr);
        const isNew = before === undefined || isNewToUs(before, cr);
        if (isNew) this.#rest.crChanged(key);
        if (this.#isWarm) this.#queue.add(key, "change", isNew ? "cr" : "crStatus");
      },
      removed: (cr) => {
        this.#context.statuses.forget(cr.metadata.uid);
        const key = objectKey(cr.metadata);
        if (!store.removeCr(cr)) return;
        this.#forget(key);
        if (this.#leading) this.#ports.report({ type: "gone", box: plan.name, kind: plan.type.kind, key });
      },
      replaced: (keys, resourceVersion, namespace) => {
        for (const key of store.replaceCrs(keys, resourceVersion, namespace)) this.#forget(key);
      },
      // Without selectors in the watch, a response may show a CR that left the selection; only its event is handled.
      ...(wide ? {} : { isKnown: known }),
    });
    // It has not settled before all CRs are cached; a kind that is not served has none.
    this.#watchers.at(-1)!.settled.then(() => this.#publisher?.begin(), () => {/* stopped before */});
  }

  #watchChildren(watch: WatchPlan): void {
    const { store, observer } = this.#context;
    const { type } = watch;
    const depth = observer.depthOf(type);
    this.#watch(watch, {
      upsert: (object) => {
        if (store.isOld(type, object.metadata)) return;
        const child = observeChild(type, object, observer);
        const before = store.putChild(child);
        if (before === false) return;
        if (before !== undefined && depth === "none" && isSame(before, child)) return;
        this.#enqueueOwner(child);
        if (before !== undefined && before.owner !== child.owner) this.#enqueueOwner(before);
      },
      removed: (object) => {
        const { metadata } = object;
        const { finished } = observeChild(type, object, observer);
        store.noteEnd(type, objectKey(metadata), finished);
        const child = store.removeChild(type, objectKey(metadata), metadata.resourceVersion ?? "");
        if (child !== undefined) this.#enqueueOwner(child);
      },
      replaced: (keys, resourceVersion, namespace) => {
        for (const child of store.replaceChildren(type, keys, resourceVersion, namespace)) this.#enqueueOwner(child);
      },
      isKnown: (version) => store.hasWritten(type, version),
    });
  }

  #watch(
    watch: WatchPlan,
    handlers: {
      upsert: (object: KubeObject) => void;
      removed: (object: KubeObject) => void;
      replaced: KindHandlers["replaced"];
      /** True for states from responses to own writes. */
      isKnown?: (resourceVersion: string) => boolean;
    },
  ): void {
    const { type, role, namespaces, labelSelector, fieldSelector } = watch;
    const { api, clock, random, report } = this.#ports;
    const box = this.#plan.name;
    const { isKnown, ...rest } = handlers;
    const query = {
      namespaces,
      labelSelector: selectorText(labelSelector),
      fieldSelector: selectorText(fieldSelector),
    };
    const watcher = new KindWatcher(
      api,
      type,
      query,
      {
        ...rest,
        restarted: () => this.#context.store.restart(type),
        state: (state, detail) => {
          const error = detail === undefined ? undefined : whyNotWatched(type, detail.error);
          if (error !== undefined && !this.#isWarm) this.#health.pending(`${type.kind}: ${error}`);
          if (state === "retrying") this.#watchFailed(watch);
          report({ type: "informer", box, kind: type.kind, state, error, inMs: detail?.inMs });
        },
        failed: (error) => this.#defect(error),
        // A pass needs the type of its CR at once; nothing is decided on children before all of their kind are listed.
        found: (found) => {
          if (role !== "crs") return;
          this.#served.set(groupKind(type), found);
          this.#epoch++;
        },
        served: (found) => {
          this.#kindServed({ type, namespaces }, found);
          if (role === "crs") this.#crsListed();
        },
        missing: () => this.#kindMissing(type),
        unseen: (error) => this.#kindUnseen(type, error),
      },
      { clock, random, streamsState: true, ...(isKnown === undefined ? {} : { isKnown }) },
      { builtIn: isBuiltIn(type), readableSinceMs: role === "children" ? () => this.#crsListedMs : undefined },
    );
    this.#watchers.push(watcher);
    if (role !== "children") return;
    const carried = this.#carryOver({ type, namespaces });
    this.#carried.push(watcher.settled.then(() => this.#unseen.has(groupKind(type)) ? undefined : carried));
  }

  #watchFailed({ type, role }: WatchPlan): void {
    this.#metrics.watchRestarted(type.kind);
    if (role === "crs" && !this.#isWarm) this.#metrics.activationFailed.inc();
  }

  async #carryOver(watch: Pick<WatchPlan, "type" | "namespaces">): Promise<void> {
    await guard(() => this.#sweeper.carryOver(watch), (error) => this.#defect(error));
  }

  #kindServed({ type, namespaces }: Pick<WatchPlan, "type" | "namespaces">, found: ResourceType): void {
    const before = this.#served.get(groupKind(type));
    const wasUnseen = this.#unseen.has(groupKind(type));
    this.#served.set(groupKind(type), found);
    this.#epoch++;
    const seen = (): void => {
      this.#unseen.delete(groupKind(type));
      if ((before === undefined || wasUnseen) && this.#isWarm) this.#requeueAll();
    };
    if (wasUnseen) void this.#carryOver({ type, namespaces }).then(seen);
    else seen();
  }

  #crsListed(): void {
    this.#crsListedMs ??= this.#context.clock.nowMs();
    this.#crsServed = true;
    this.#health.served();
    this.#noteIfEmpty();
  }

  /** A box that leads and has nothing to reconcile is healthy (ruling 91). */
  #noteIfEmpty(): void {
    const works = this.#leading && this.#workers.length > 0;
    if (works && this.#crsServed && this.#context.store.crCount === 0) this.#health.empty();
  }

  /** Entries that depend on the kind fail, and nothing is decided on its objects. */
  #kindUnseen(type: ResourceType, error: unknown): void {
    const isNew = !this.#unseen.has(groupKind(type));
    this.#unseen.set(groupKind(type), `cannot read ${type.plural} of ${apiVersionOf(type)}: ${errorText(error)}`);
    if (isNew && this.#isWarm) this.#requeueAll();
  }

  #kindMissing(type: ResourceType): void {
    const { store } = this.#context;
    this.#unseen.delete(groupKind(type));
    const wasServed = this.#served.delete(groupKind(type));
    const error = `the API server does not serve ${type.kind} of ${apiVersionOf(type)}; install its CRD`;
    if (groupKind(type) === groupKind(this.#plan.type)) {
      if (!this.#isWarm) this.#metrics.activationFailed.inc();
      this.#crsServed = false;
      this.#health.unserved(error);
      for (const key of store.replaceCrs(new Set(), "9".repeat(20))) this.#forget(key);
      this.#forgetSchema();
    } else store.forgetKind(type);
    if (wasServed && this.#isWarm) this.#requeueAll();
    const { report } = this.#ports;
    report({ type: "informer", box: this.#plan.name, kind: type.kind, state: "retrying", error, inMs: 5_000 });
  }

  /** The schema of the CRs may change at any time; what was learned of it is forgotten then. */
  #watchDefinition(): void {
    const { type } = this.#plan;
    if (isBuiltIn(type)) return;
    const { api, clock, random } = this.#ports;
    const name = `${type.plural}.${type.group}`;
    let seen: string | undefined;
    this.#definition = startInformer(api, definitions, { fieldSelector: `metadata.name=${name}` }, {
      upsert: (definition) => {
        const { metadata } = definition;
        const version = `${metadata.uid} ${metadata.generation}`;
        if (metadata.name !== name || version === seen) return;
        if (seen !== undefined) {
          this.#forgetSchema();
          if (this.#isWarm) this.#requeueAll();
        }
        seen = version;
        // Not only once a write of the status fails: until then, what its author wrote would count as a record.
        if (this.#learned.hasStatus && lacksStatus(definition, type.version)) {
          this.#learned.hasStatus = false;
          this.#ports.report({ type: "note", box: this.#plan.name, message: noStatusNote(type) });
        }
        for (const watcher of this.#watchers) watcher.recheck();
      },
      removed: () => {},
      restarted: () => {},
      replaced: () => {},
      // Without permission to watch it, a change of the schema shows in the response to a status patch.
      state: () => {},
      failed: (error) => this.#defect(error),
    }, { clock, random, streamsState: true, forbiddenMs: 60_000 });
  }

  #forgetSchema(): void {
    this.#epoch++;
    this.#learned.hasStatus = this.#plan.writesStatus;
    this.#learned.prunedStatus = [];
    this.#context.statuses.clear();
  }

  #requeueAll(): void {
    this.#epoch++;
    for (const [key] of this.#context.store.crs()) this.#queue.add(key, "change", "kinds");
  }

  /** The CR is gone: drops all state of it. */
  #forget(key: ObjectKey): void {
    this.#queue.forget(key);
    this.#rest.forget(key);
    this.#restlessness.forget(key);
    this.#settled.delete(key);
    this.#cross.forget(key);
    this.#sources.release(key);
    this.#external.forget(key);
    this.#passes.forget(key);
    this.#ports.passes?.ended(key);
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

  async #runWorker(): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      const next = key;
      const waitMs = this.#rest.waitMs(next);
      if (waitMs > 0) {
        this.#queue.addAfter(next, waitMs, "throttled");
        this.#queue.done(next);
        continue;
      }
      const startMs = this.#context.clock.nowMs();
      this.#processing.set(next, startMs);
      this.#health.taken(this.#queue.waitedMs(next));
      this.#metrics.queueWaitSeconds.observe(this.#queue.waitedMs(next) / 1000);
      this.#ports.passes?.began(next, this.#context.store.cr(next)?.metadata.generation);
      await guard(() => this.#pass(next), (error) => {
        this.#health.failed(this.#time(), errorText(error));
        this.#queue.backOff(next);
        this.#defected(next, error, startMs);
        this.#defect(error, next);
      });
      this.#metrics.passSeconds.observe((this.#context.clock.nowMs() - startMs) / 1000);
      this.#processing.delete(next);
      this.#ports.passes?.ended(next);
      this.#queue.done(next);
      const turn = this.#turns.due();
      if (turn !== undefined) await turn;
    }
  }

  /** A CR whose last pass changed nothing needs none as long as its inputs are the same. */
  #skipsResync(key: ObjectKey): boolean {
    const inputs = this.#inputsOf(key);
    if (inputs === undefined || !this.#leading || !this.#external.isFresh(key)) return false;
    if (!this.#settled.maySkip(key, inputs)) return false;
    this.#scheduleResync(key);
    this.#passes.idle(key);
    if (this.#ports.reportsIdle === true) {
      this.#ports.report({
        type: "pass",
        box: this.#plan.name,
        kind: this.#plan.type.kind,
        key,
        result: "succeeded",
        changes: [],
        waitedMs: 0,
        durationMs: 0,
      });
    }
    return true;
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

  #scheduleResync(key: ObjectKey): void {
    const { resyncMs } = this.#plan.reconciler;
    if (resyncMs > 0) this.#queue.resyncAfter(key, resyncMs * (1 + resyncJitter * this.#ports.random()));
  }

  async #pass(key: ObjectKey): Promise<void> {
    const { clock, store } = this.#context;
    const startMs = clock.nowMs();
    const inputs = this.#inputsOf(key);
    const calls = new CallLog(this.#context.api);
    // A copy, with the signal of this term.
    const report = await runPass({ ...this.#context, api: calls }, key);
    const cr = store.cr(key);
    if (cr === undefined) return this.#forget(key);
    if (report.outcome.next === "external") {
      // No pass worth recording: the next one begins when the result is there.
      this.#settled.delete(key);
      this.#scheduleResync(key);
      return;
    }
    const retryInMs = this.#schedule(key, report);
    this.#watchRest(key, cr, report);
    if (report.settled === true && inputs !== undefined) this.#settled.add(key, inputs);
    else this.#settled.delete(key);
    this.#scheduleResync(key);
    const { result, message, changes, warnings } = report;
    const durationMs = clock.nowMs() - startMs;
    this.#passes.add(key, {
      trigger: this.#queue.triggerOf(key),
      result,
      changes,
      message,
      calls: calls.calls,
      callsOmitted: calls.omitted,
      waitedMs: this.#queue.waitedMs(key),
      durationMs,
    });
    if (changes.length === 0 && result !== "failed" && result !== "denied" && this.#ports.reportsIdle !== true) return;
    this.#ports.report({
      type: "pass",
      box: this.#plan.name,
      kind: this.#plan.type.kind,
      key,
      result,
      changes: changes.map((change) => ({ ...change, text: describeChange(change) })),
      waitedMs: this.#queue.waitedMs(key),
      durationMs,
      message,
      warnings: warnings !== undefined && warnings.length > 0 ? warnings : undefined,
      retryInMs,
    });
  }

  /** Requeues the key. Returns the wait after a failure, in ms. */
  #schedule(
    key: ObjectKey,
    { outcome, message, retryAfterMs, retryWithinMs, isOfCr, changes }: PassReport,
  ): number | undefined {
    if (outcome.next === "backoff") {
      if (isOfCr === true) this.#health.succeeded(this.#time());
      else this.#health.failed(this.#time(), message ?? "");
      this.#metrics.retries.inc();
      return this.#queue.backOff(key, retryAfterMs, retryWithinMs);
    }
    if (outcome.next === "stale") {
      this.#queue.backOff(key, staleMs);
      return undefined;
    }
    this.#health.succeeded(this.#time());
    this.#queue.succeed(key);
    const wroteStatus = changes.some(({ action }) => action === "status");
    const wroteChildren = changes.some(({ action }) => action !== "status");
    // Children and status that a pass wrote are read by the next one only (rulings 6, 7), if anything reads them.
    if ((this.#readings.ownStatus && wroteStatus) || (this.#readings.rereadsChildren && wroteChildren)) {
      this.#queue.add(key, "change", "reread");
    } else if (outcome.next === "after") this.#queue.addAfter(key, outcome.ms, "requeue");
    return undefined;
  }

  #watchRest(key: ObjectKey, cr: KubeObject, { changes, written }: PassReport): void {
    const restless = this.#rest.passed(key, changes.length);
    if (changes.length === 0 || written === undefined) return this.#restlessness.forget(key);
    if (!this.#rest.isRestless(key)) return this.#restlessness.forget(key);
    const paths = this.#restlessness.compare(key, written);
    if (!restless) return;
    const what = paths.length === 0
      ? `ends with "${changes.map(describeChange).join(", ")}"`
      : `changes ${paths.join(", ")}`;
    const message = `never comes to rest: each pass ${what} although nothing else was changed; its passes become ` +
      "rarer. A value that depends on itself, or on the time, belongs in no field; and two operators must not write " +
      "the same object";
    this.#context.recorder.record({ regarding: cr, type: "Warning", reason: "NeverAtRest", message });
    this.#ports.report({ type: "note", box: this.#plan.name, message: `${this.#plan.type.kind} ${key} ${message}` });
  }

  #queueRuleFailed(key: ObjectKey, error: string): void {
    const nowMs = this.#context.clock.nowMs();
    if (nowMs - this.#queueRuleReportedMs < queueRuleMs) return;
    this.#queueRuleReportedMs = nowMs;
    const message = `a condition of queue.behaviour cannot be evaluated for ${key}, which is added: ${error}`;
    this.#ports.report({ type: "note", box: this.#plan.name, message });
  }

  #time(): string {
    return formatTime(this.#context.clock.wallMs());
  }

  /** A pass ended with an error that nobody expected. */
  #defected(key: ObjectKey, error: unknown, startMs: number): void {
    this.#passes.add(key, {
      trigger: this.#queue.triggerOf(key),
      result: "failed",
      changes: [],
      message: `Unexpected error: ${errorText(error)}; the operator's log has its stack`,
      calls: [],
      callsOmitted: 0,
      waitedMs: this.#queue.waitedMs(key),
      durationMs: this.#context.clock.nowMs() - startMs,
    });
  }

  #defect(error: unknown, key?: ObjectKey): void {
    this.#metrics.panics.inc();
    const cr = key === undefined ? undefined : this.#context.store.cr(key);
    if (cr !== undefined) {
      const message = `Unexpected error: ${errorText(error)}; the operator's log has its stack`;
      this.#context.recorder.record({ regarding: cr, type: "Warning", reason: "ReconcileError", message });
    }
    const stack = error instanceof Error ? error.stack ?? "" : "";
    this.#ports.report({ type: "defect", box: this.#plan.name, error: errorText(error), stack, key });
  }
}

function isBuiltIn(type: ResourceType): boolean {
  return builtInType(type.kind, type.group)?.version === type.version;
}

/** Differs in an input of a pass: not only in what passes write. */
function isNewToUs(before: KubeObject, after: KubeObject): boolean {
  const [a, b] = [before.metadata, after.metadata];
  return a.uid !== b.uid || a.generation !== b.generation || a.deletionTimestamp !== b.deletionTimestamp ||
    JSON.stringify(a.labels) !== JSON.stringify(b.labels) ||
    JSON.stringify(a.annotations) !== JSON.stringify(b.annotations);
}

/** Nothing that a decision depends on differs: only parts of the object that nothing reads. */
function isSame(before: ObservedChild, child: ObservedChild): boolean {
  return before.uid === child.uid && before.owner === child.owner && before.deleting === child.deleting &&
    before.applied === child.applied && before.controller?.uid === child.controller?.uid &&
    before.labelled.ownerUid === child.labelled.ownerUid && before.labelled.ownerKind === child.labelled.ownerKind &&
    before.declaredBy === child.declaredBy && before.place === child.place && before.adopted === child.adopted &&
    before.managed === child.managed && before.finished === child.finished && before.retained === child.retained &&
    before.readiness.state === child.readiness.state &&
    (child.readiness.state !== "failed" || before.readiness.message === child.readiness.message) &&
    isSameOwned(before.owned, child.owned) && isSameOwned(before.ownedStatus, child.ownedStatus);
}

function selectorText(selector: Readonly<Record<string, string>> | undefined): string | undefined {
  return selector === undefined
    ? undefined
    : Object.entries(selector).map(([key, value]) => `${key}=${value}`).join(",");
}

function whyNotWatched(type: ResourceType, error: unknown): string {
  if (!isMissingType(error)) return errorText(error);
  return `the API server does not serve ${type.plural} of ${apiVersionOf(type)}; install its CRD`;
}

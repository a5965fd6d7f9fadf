import { formatTime } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import { compileMutations, compileValidations } from "../admission/mod.ts";
import { createEventRecorder, type Informer, isMissingType, startInformer } from "../cluster/mod.ts";
import type { ClusterApi, ListQuery } from "../cluster/ports.ts";
import { cleanupFinalizer, labels } from "../k8s/names.ts";
import {
  apiVersionOf,
  groupKind,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
} from "../k8s/object.ts";
import type { BoxPlan } from "../plan/plan.ts";
import {
  compileBox,
  isSameOwned,
  observeChild,
  type ObservedChild,
  type Readings,
  readingsOf,
} from "../reconcile/mod.ts";
import type { BoxContext } from "./context.ts";
import { Aftermath, type FormerRun } from "./former_run.ts";
import { looksUnfinished } from "./first_look.ts";
import { guard } from "./guard.ts";
import { startGuessedInformer } from "./guessed_informer.ts";
import { Health } from "./health.ts";
import { LostEvents } from "./lost_events.ts";
import type { BoxHealth, BoxMessage } from "./message.ts";
import { runPass, statusChange } from "./pass.ts";
import { WorkQueue } from "./queue.ts";
import { RepairLimit } from "./repairs.ts";
import { isSelected } from "./selection.ts";
import { SelfTrigger } from "./self_trigger.ts";
import { Statuses } from "./statuses.ts";
import { ownerKeyOf, Store } from "./store.ts";
import { Turns } from "./turns.ts";

/** What a box is given; it has nothing else. */
export interface BoxPorts {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** Name of the reporting controller in Events. */
  readonly component: string;
  /** Which process reports in Events. */
  readonly instance: string;
  readonly report: (message: BoxMessage) => void;
  /** Passes that change nothing are told too. */
  readonly tellsIdle?: boolean;
  /** Bounds synchronous work (throws `TimeLimitError`); without it nothing does. */
  readonly bounded?: <T>(run: () => T) => T;
  /** Hears which objects are at work, so that whoever runs the box can tell what it died of. */
  readonly passes?: PassWatcher;
  /** The box ran before, and had to be ended. */
  readonly former?: FormerRun;
}

export interface PassWatcher {
  began(key: ObjectKey, generation: number | undefined): void;
  /** The pass has come to its end, whatever that was; or the object is gone. */
  ended(key: ObjectKey): void;
}

/** One running OperatorBox. */
export interface Box {
  /** The first lists are complete and the workers run. */
  readonly ready: Promise<void>;
  health(): BoxHealth;
  /** Age of the oldest pass in work; 0 when there is none. */
  oldestPassMs(): number;
  /** Ends informers, lets passes in work finish for up to `graceMs`, then cuts their calls off. */
  stop(graceMs: number): Promise<void>;
}

/** An object that was changed meanwhile is looked at when its event comes, and without one after this time at least. */
const staleMs = 50;
/** Resyncs come up to a fifth later than asked for, never earlier (ruling 58). */
const resyncJitter = 0.2;

/** Starts the operator of one CRD. Knows nothing of where it runs: plain records in, messages out. */
export function startBox(plan: BoxPlan, ports: BoxPorts): Box {
  return new OperatorBox(plan, ports);
}

class OperatorBox implements Box {
  readonly ready: Promise<void>;
  readonly #context: BoxContext;
  readonly #ports: BoxPorts;
  readonly #queue: WorkQueue;
  readonly #again: SelfTrigger;
  readonly #health: Health;
  readonly #turns: Turns;
  readonly #aftermath: Aftermath | undefined;
  readonly #informers: Informer[] = [];
  readonly #readings: Readings;
  readonly #calls = new AbortController();
  /** Kinds whose plural was guessed wrongly → what discovery says. */
  readonly #resolved = new Map<string, ResourceType>();
  #workers: Promise<void>[] = [];
  /** Keys in work → when their pass began, oldest first. */
  readonly #inWork = new Map<ObjectKey, number>();
  #running = false;
  #stopping = false;

  constructor(plan: BoxPlan, ports: BoxPorts) {
    const box = compileBox(plan);
    const { api, clock, component, instance, random } = ports;
    this.#ports = ports;
    this.#health = new Health(plan.reconciler.failureThreshold, (state, reason) => {
      ports.report({ type: "health", box: plan.name, state, ...(reason === undefined ? {} : { reason }) });
    });
    const { retryBackoff } = plan.reconciler;
    this.#queue = new WorkQueue({
      clock,
      ...(retryBackoff === undefined ? {} : {
        firstBackoffMs: retryBackoff.initialMs,
        longestBackoffMs: retryBackoff.maxMs,
        multiplier: retryBackoff.multiplier,
        attempts: retryBackoff.maxAttempts,
      }),
    });
    this.#again = new SelfTrigger(this.#queue);
    this.#turns = new Turns(clock);
    const store = new Store(plan.type, () => clock.nowMs());
    const lost = new LostEvents(clock, (message) => ports.report({ type: "note", box: plan.name, message }));
    this.#readings = readingsOf(plan, box.templates);
    this.#context = {
      box,
      mutations: compileMutations(plan.mutation, box.templates),
      validations: compileValidations(plan.validation, box.templates),
      observer: { crType: plan.type, depthOf: this.#readings.depthOf, intern: store.intern },
      store,
      statuses: new Statuses(),
      repairs: new RepairLimit(() => clock.nowMs()),
      hasStatus: plan.writesStatus,
      prunedStatus: [],
      api,
      clock,
      recorder: createEventRecorder(api, {
        component,
        instance,
        clock,
        random,
        onDropped: (_event, why) => void (this.#stopping || lost.add(why)),
      }),
      report: ports.report,
      bounded: ports.bounded ?? ((run) => run()),
      signal: this.#calls.signal,
      servedAs: (type) => this.#resolved.get(groupKind(type)) ?? type,
    };
    if (ports.former !== undefined) {
      this.#aftermath = new Aftermath(ports.former, plan, this.#queue, this.#context.recorder);
    }
    this.#watchCrs();
    for (const type of plan.children) this.#watchChildren(type);
    this.ready = this.#begin();
    this.ready.catch(() => {/* rejects when the box is stopped before; nobody has to listen */});
  }

  health(): BoxHealth {
    return this.#health.snapshot(this.#queue.depth, this.#context.store.crCount);
  }

  oldestPassMs(): number {
    const [oldest] = this.#inWork.values();
    return oldest === undefined ? 0 : this.#context.clock.nowMs() - oldest;
  }

  async stop(graceMs: number): Promise<void> {
    this.#running = false;
    this.#stopping = true;
    this.#queue.close();
    const cut = this.#context.clock.after(graceMs, () => this.#calls.abort());
    await Promise.all([...this.#informers.map((informer) => informer.stop()), ...this.#workers]);
    cut();
    this.#turns.stop();
    await this.#context.recorder.stop();
  }

  /** Workers start when every cache is filled: a child that is not seen yet must not look like one that is missing. */
  async #begin(): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.synced));
    for (const key of this.#aftermath?.gone() ?? []) this.#forget(key);
    this.#running = true;
    this.#firstLook();
    this.#health.started();
    const { store, box } = this.#context;
    this.#ports.report({ type: "ready", box: box.plan.name, crs: store.crCount, children: store.childCount });
    this.#workers = Array.from({ length: box.plan.reconciler.workers }, () => this.#work());
  }

  /** Every CR has a pass, those that look unfinished first. */
  #firstLook(): void {
    const { store, hasStatus } = this.#context;
    const countOf = (cr: KubeObject) => store.childCountOf(ownerKeyOf(cr));
    let mostChildren = 0;
    for (const [, cr] of store.crs()) mostChildren = Math.max(mostChildren, countOf(cr));
    const seen = { mostChildren, writesStatus: hasStatus };
    for (const [key, cr] of store.crs()) {
      this.#queue.add(key, looksUnfinished(cr, countOf(cr), seen) ? "change" : "resync");
    }
  }

  #watchCrs(): void {
    const { box: { plan }, store } = this.#context;
    // A CR that leaves the selection with our finalizer on must still be seen when it is deleted.
    const wide = plan.finalizer && plan.labelSelector !== undefined;
    const query: ListQuery = {
      namespace: plan.namespace,
      labelSelector: wide ? undefined : selectorText(plan.labelSelector),
      fieldSelector: selectorText(plan.fieldSelector),
    };
    this.#watch(plan.type, query, {
      upsert: (cr) => {
        if (wide && !isSelected(plan, cr) && cr.metadata.finalizers?.includes(cleanupFinalizer) !== true) {
          if (store.removeCr(cr)) this.#forget(objectKey(cr.metadata));
        } else if (store.putCr(cr)) {
          this.#aftermath?.seen(cr);
          if (this.#running) this.#queue.add(objectKey(cr.metadata));
        }
      },
      removed: (cr) => {
        this.#context.statuses.forget(cr.metadata.uid);
        if (store.removeCr(cr)) this.#forget(objectKey(cr.metadata));
      },
      replaced: (keys, resourceVersion) => {
        for (const key of store.replaceCrs(keys, resourceVersion)) this.#forget(key);
      },
      // Seen wide, an own write's answer may show a CR that has left the selection; only its event is acted on.
      ...(wide ? {} : { isKnown: (version) => store.hasWritten(plan.type, version) }),
    });
  }

  #watchChildren(type: ResourceType): void {
    const { box: { plan }, store, observer } = this.#context;
    const query: ListQuery = {
      // Literal namespaces of entries may lie elsewhere, so children are narrowed only where none can.
      namespace: plan.finalizer ? undefined : plan.namespace,
      labelSelector: `${labels.managed}=true,${labels.box}=${plan.name}`,
    };
    const depth = observer.depthOf(type);
    this.#watch(type, query, {
      upsert: (object) => {
        if (store.isOld(type, object.metadata)) return;
        const child = observeChild(type, object, observer);
        const before = store.putChild(child);
        if (before === false || (before !== undefined && depth === "metadata" && isSame(before, child))) return;
        this.#trigger(child);
        if (before !== undefined && before.owner !== child.owner) this.#trigger(before);
      },
      removed: ({ metadata }) => {
        const child = store.removeChild(type, objectKey(metadata), metadata.resourceVersion ?? "");
        if (child !== undefined) this.#trigger(child);
      },
      replaced: (keys, resourceVersion) => {
        for (const child of store.replaceChildren(type, keys, resourceVersion)) this.#trigger(child);
      },
      isKnown: (version) => store.hasWritten(type, version),
    });
  }

  #watch(
    type: ResourceType,
    query: ListQuery,
    handlers: {
      upsert: (object: KubeObject) => void;
      removed: (object: KubeObject) => void;
      replaced: (keys: ReadonlySet<ObjectKey>, resourceVersion: string) => void;
      /** Of states that own writes brought. */
      isKnown?: (resourceVersion: string) => boolean;
    },
  ): void {
    const { api, clock, random, report } = this.#ports;
    const box = this.#context.box.plan.name;
    const start = type.guessed === true ? this.#startGuessed : startInformer;
    const { isKnown } = handlers;
    const informer = start(api, type, query, {
      ...handlers,
      restarted: () => this.#context.store.restart(type),
      state: (state, detail) => {
        const error = detail === undefined ? undefined : whyNotWatched(type, detail.error);
        if (error !== undefined && !this.#running) this.#health.pending(`${type.kind}: ${error}`);
        report({
          type: "informer",
          box,
          kind: type.kind,
          state,
          ...(error === undefined ? {} : { error, inMs: detail!.inMs }),
        });
      },
      failed: (error) => this.#defect(error),
    }, { clock, random, streamsState: true, ...(isKnown === undefined ? {} : { isKnown }) });
    informer.synced.catch(() => {/* the box waits for it in `ready` */});
    this.#informers.push(informer);
  }

  readonly #startGuessed: typeof startInformer = (api, type, query, handlers, options) =>
    startGuessedInformer(api, type, query, handlers, options, (found) => {
      this.#resolved.set(groupKind(type), found);
    });

  /** The CR is gone: nothing of it stays. */
  #forget(key: ObjectKey): void {
    this.#queue.forget(key);
    this.#again.settled(key);
    this.#ports.passes?.ended(key);
  }

  /** A child changed: its CR has a pass, if there is one. */
  #trigger(child: ObservedChild): void {
    if (!this.#running) return; // the first look sees all
    const key = this.#context.store.crOf(child.owner);
    if (key !== undefined) this.#queue.add(key);
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      const next = key;
      this.#inWork.set(next, this.#context.clock.nowMs());
      this.#health.taken(this.#queue.waitedMs(next));
      this.#ports.passes?.began(next, this.#context.store.cr(next)?.metadata.generation);
      await guard(() => this.#pass(next), (error) => {
        this.#health.failed(this.#time(), textOfError(error));
        this.#queue.backOff(next);
        this.#defect(error, next);
      });
      this.#inWork.delete(next);
      this.#ports.passes?.ended(next);
      this.#queue.done(next);
      const turn = this.#turns.due();
      if (turn !== undefined) await turn;
    }
  }

  async #pass(key: ObjectKey): Promise<void> {
    const { clock, box: { plan }, store } = this.#context;
    const startMs = clock.nowMs();
    const report = await runPass(this.#context, key);
    if (store.cr(key) === undefined) return this.#forget(key);
    const { outcome, result, message } = report;
    let retryInMs: number | undefined;
    if (outcome.next === "backoff") {
      this.#health.failed(this.#time(), message ?? "");
      retryInMs = this.#queue.backOff(key, report.retryAfterMs);
    } else if (outcome.next === "stale") this.#queue.backOff(key, staleMs);
    else {
      this.#health.succeeded(this.#time());
      this.#queue.succeed(key);
      if (this.#changedWhatItReads(report.changes)) this.#again.trigger(key);
      else {
        this.#again.settled(key);
        if (outcome.next === "after") this.#queue.addAfter(key, outcome.ms, "again");
      }
    }
    const resyncMs = plan.reconciler.resyncMs;
    if (resyncMs > 0) this.#queue.addAfter(key, resyncMs * (1 + resyncJitter * this.#ports.random()), "resync");
    if (report.changes.length === 0 && result !== "failed" && result !== "denied" && !this.#ports.tellsIdle) return;
    this.#ports.report({
      type: "pass",
      box: plan.name,
      kind: plan.type.kind,
      key,
      result,
      changes: report.changes,
      waitedMs: this.#queue.waitedMs(key),
      durationMs: clock.nowMs() - startMs,
      ...(message === undefined ? {} : { message }),
      ...(report.warnings === undefined || report.warnings.length === 0 ? {} : { warnings: report.warnings }),
      ...(retryInMs === undefined ? {} : { retryInMs }),
    });
  }

  /** Children and status that a pass wrote are seen by the next one only (rulings 6, 7), if anything reads them. */
  #changedWhatItReads(changes: readonly string[]): boolean {
    if (this.#readings.ownStatus && changes.includes(statusChange)) return true;
    return changes.some((change) => change !== statusChange) &&
      this.#context.box.plan.children.some((type) => this.#readings.depthOf(type) !== "metadata");
  }

  #time(): string {
    return formatTime(this.#context.clock.wallMs());
  }

  #defect(error: unknown, key?: ObjectKey): void {
    const cr = key === undefined ? undefined : this.#context.store.cr(key);
    if (cr !== undefined) {
      const message = `Unexpected error: ${textOfError(error)}; the operator's log has its stack`;
      this.#context.recorder.record({ regarding: cr, type: "Warning", reason: "ReconcileError", message });
    }
    this.#ports.report({
      type: "defect",
      box: this.#context.box.plan.name,
      error: textOfError(error),
      stack: error instanceof Error ? error.stack ?? "" : "",
      ...(key === undefined ? {} : { key }),
    });
  }
}

/** Nothing that a decision depends on differs: only the status or other owners' fields moved, and nobody reads them. */
function isSame(before: ObservedChild, child: ObservedChild): boolean {
  return before.uid === child.uid && before.owner === child.owner && before.deleting === child.deleting &&
    before.applied === child.applied && before.controllerUid === child.controllerUid &&
    isSameOwned(before.owned, child.owned) && isSameOwned(before.ownedStatus, child.ownedStatus);
}

function selectorText(selector: Readonly<Record<string, string>> | undefined): string | undefined {
  if (selector === undefined) return undefined;
  return Object.entries(selector).map(([key, value]) => `${key}=${value}`).join(",");
}

function whyNotWatched(type: ResourceType, error: unknown): string {
  if (!isMissingType(error)) return textOfError(error);
  return `the API server does not serve ${type.plural} of ${apiVersionOf(type)}; install its CRD`;
}

function textOfError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

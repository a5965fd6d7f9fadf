import { formatTime } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { type KubeObject, type ObjectKey, splitKey } from "../../k8s/object.ts";
import type { Span, Tracer } from "../../observe/trace/mod.ts";
import type { BoxPlan } from "../../plan/plan.ts";
import { describeChange, type Readings } from "../../reconcile/mod.ts";
import type { BoxContext } from "../context.ts";
import type { LoadMeter } from "../autoscale/load.ts";
import { guard } from "../guard.ts";
import type { WorkQueue } from "../queue/queue.ts";
import type { Rest } from "../queue/rest.ts";
import { neverAtRest, Restlessness } from "../queue/restlessness.ts";
import { type PassInputs, Settled } from "../queue/settled.ts";
import { describeTrigger } from "../queue/trigger.ts";
import { Turns } from "../queue/turns.ts";
import { type DefectPass, defectText } from "../report/defects.ts";
import type { Health } from "../report/health.ts";
import type { BoxMessage } from "../report/message.ts";
import type { RecentPasses } from "../report/recent_passes.ts";
import { CallLog } from "./call_log.ts";
import { passIds } from "./pass_id.ts";
import type { PassReport } from "./pass_report.ts";
import { runPass } from "./run_pass.ts";
import { tracedCalls } from "./traced_calls.ts";
import { WorkerPool } from "./worker_pool.ts";

/** Learns which objects are being reconciled, so that a host can identify the one that ended the box. */
export interface PassWatcher {
  began(key: ObjectKey, generation: number | undefined): void;
  /** The pass has ended, with whatever result; or the object is gone. */
  ended(key: ObjectKey): void;
}

export interface WorkersPorts {
  readonly plan: BoxPlan;
  readonly context: BoxContext;
  readonly queue: WorkQueue;
  readonly rest: Rest;
  readonly health: Health;
  readonly passes: RecentPasses;
  readonly readings: Readings;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly watcher: PassWatcher | undefined;
  readonly tracer: Tracer | undefined;
  /** Measures how busy the workers are, where anything depends on it. */
  readonly load: LoadMeter | undefined;
  /** Between two passes of a CR that nothing triggers; 0: none. */
  readonly resyncMs: () => number;
  /** Passes that change nothing are reported too. */
  readonly reportsIdle: boolean;
  /** Whether to make a pass for this CR now; otherwise its key is dropped. */
  readonly accepts: (key: ObjectKey) => boolean;
  /** What the next pass would decide on; `undefined`: there is no such CR. */
  readonly inputsOf: (key: ObjectKey) => PassInputs | undefined;
  /** The CR is gone: drops all state of it, by calling `Workers.forget` too. */
  readonly forget: (key: ObjectKey) => void;
  readonly report: (message: BoxMessage) => void;
  readonly defect: (error: unknown, pass: DefectPass) => void;
}

/** An object that was changed meanwhile is requeued by its event, and without one after at least this time. */
const staleMs = 50;
/** Resyncs come up to a fifth later than configured, never earlier (ruling 58). */
const resyncJitter = 0.2;

/** The workers of a box: each takes a key from the queue, makes a pass for it, and schedules the next one. */
export class Workers {
  readonly #ports: WorkersPorts;
  readonly #restlessness = new Restlessness();
  readonly #settled = new Settled();
  readonly #turns: Turns;
  /** Names the next pass. */
  readonly #nextId: () => string;
  readonly #pool: WorkerPool;
  #ending = false;
  /** Keys being processed → when their pass began, oldest first. */
  readonly #processing = new Map<ObjectKey, number>();

  constructor(ports: WorkersPorts) {
    this.#ports = ports;
    this.#nextId = passIds(ports.random);
    this.#turns = new Turns(ports.context.clock);
    this.#pool = new WorkerPool((continues) => this.#work(continues), (count) => ports.queue.dismiss(count));
  }

  /** Number of workers. */
  get running(): number {
    return this.#pool.running;
  }

  /** Number of passes in flight. */
  get processing(): number {
    return this.#processing.size;
  }

  /** Age of the oldest pass in flight, in ms; 0 when there is none. */
  oldestPassMs(): number {
    const [oldest] = this.#processing.values();
    return oldest === undefined ? 0 : this.#ports.context.clock.nowMs() - oldest;
  }

  /** Starts workers, or ends some: those that wait at once, the others after their pass. */
  resize(count: number): void {
    this.#ending = false;
    this.#pool.resize(count);
  }

  /** Resolves when all have ended, which they do once the queue is paused and their passes are over. */
  async end(): Promise<void> {
    this.#ending = true;
    await this.#pool.ended();
  }

  /** To be called after the last `end`. */
  stop(): void {
    this.#turns.stop();
  }

  forget(key: ObjectKey): void {
    this.#restlessness.forget(key);
    this.#settled.delete(key);
    this.#ports.watcher?.ended(key);
  }

  /** A CR whose last pass changed nothing needs none as long as its inputs are the same. */
  skipsResync(key: ObjectKey): boolean {
    const { plan, context, inputsOf, passes, reportsIdle, report } = this.#ports;
    const isWorking = this.running > 0 && !this.#ending;
    const inputs = inputsOf(key);
    if (inputs === undefined || !isWorking || !context.external.isFresh(key)) return false;
    if (!this.#settled.maySkip(key, inputs)) return false;
    this.#scheduleResync(key);
    passes.idle(key);
    if (reportsIdle) {
      const { name: box, type: { kind } } = plan;
      report({ type: "pass", box, kind, key, result: "succeeded", changes: [], waitedMs: 0, durationMs: 0 });
    }
    return true;
  }

  async #work(continues: () => boolean): Promise<void> {
    const { queue, rest, accepts } = this.#ports;
    while (continues()) {
      const key = await queue.take();
      if (key === undefined) return;
      if (!accepts(key)) {
        queue.done(key);
        continue;
      }
      const waitMs = rest.waitMs(key);
      if (waitMs > 0) {
        queue.addAfter(key, waitMs, "throttled");
        queue.done(key);
        continue;
      }
      await this.#process(key);
      queue.done(key);
      const turn = this.#turns.due();
      if (turn !== undefined) await turn;
    }
  }

  async #process(key: ObjectKey): Promise<void> {
    const { context: { clock, store, metrics }, queue, health, load, watcher, defect } = this.#ports;
    const startMs = clock.nowMs();
    this.#processing.set(key, startMs);
    load?.began();
    health.taken(queue.waitedMs(key));
    metrics.queueWaitSeconds.observe(queue.waitedMs(key) / 1000);
    watcher?.began(key, store.cr(key)?.metadata.generation);
    const id = this.#nextId();
    const span = this.#beginSpan(key, id);
    const version = versionOf(store.cr(key));
    await guard(() => this.#pass(key, id, version, span), (error) => {
      span?.end({ failed: true });
      health.failed(this.#time(), this.#ofCr(key, errorText(error)), id);
      load?.counted(true);
      queue.backOff(key, version);
      this.#recordDefect(key, id, error, startMs);
      defect(error, { key, pass: id, trace: span?.context.traceId });
    });
    const durationMs = clock.nowMs() - startMs;
    metrics.passSeconds.observe(durationMs / 1000);
    load?.ended(durationMs);
    this.#processing.delete(key);
    watcher?.ended(key);
  }

  /** `version`: as of `WorkQueue.backOff`. */
  async #pass(key: ObjectKey, id: string, version: string, span: Span | undefined): Promise<void> {
    const { context: { clock, store, api }, inputsOf } = this.#ports;
    const startMs = clock.nowMs();
    const inputs = inputsOf(key);
    const calls = new CallLog(span === undefined ? api : tracedCalls(api, span), id);
    const report = await runPass(this.#contextOf(calls, id, span), key);
    if (span !== undefined) {
      span.set("ork.result", report.outcome.next === "external" ? "external" : report.result);
      span.set("ork.changes", report.changes.length);
      span.end({ failed: report.result === "failed" });
    }
    const cr = store.cr(key);
    if (cr === undefined) return this.#ports.forget(key);
    if (report.outcome.next === "external") {
      // No pass worth recording: the next one begins when the result is there.
      this.#settled.delete(key);
      this.#scheduleResync(key);
      return;
    }
    const retryInMs = this.#schedule(key, id, version, report);
    this.#watchRest(key, id, cr, report);
    if (report.settled === true && inputs !== undefined) this.#settled.add(key, inputs);
    else this.#settled.delete(key);
    this.#scheduleResync(key);
    this.#record(key, id, report, { calls, durationMs: clock.nowMs() - startMs, retryInMs, span });
  }

  /** What passes share, with what this one has for itself: a copy, with the signal of this term. */
  #contextOf(calls: CallLog, id: string, span: Span | undefined): BoxContext {
    const context = { ...this.#ports.context, api: calls, pass: id };
    if (span === undefined) return context;
    const { report } = this.#ports;
    const trace = span.context.traceId;
    return { ...context, report: (message) => report(message.type === "note" ? { ...message, trace } : message) };
  }

  /** Requeues the key. Returns the wait after a failure, in ms. */
  #schedule(
    key: ObjectKey,
    id: string,
    version: string,
    { outcome, message, retryAfterMs, retryWithinMs, isOfCr, changes }: PassReport,
  ): number | undefined {
    const { context: { metrics }, queue, health, load, readings } = this.#ports;
    if (outcome.next === "backoff") {
      load?.counted(isOfCr !== true);
      if (isOfCr === true) health.succeeded(this.#time(), id);
      else health.failed(this.#time(), this.#ofCr(key, message ?? ""), id);
      metrics.retries.inc();
      return queue.backOff(key, version, retryAfterMs, retryWithinMs);
    }
    if (outcome.next === "stale") {
      queue.backOff(key, version, outcome.minMs ?? staleMs);
      return undefined;
    }
    health.succeeded(this.#time(), id);
    load?.counted(false);
    queue.succeed(key);
    const wroteStatus = changes.some(({ action }) => action === "status");
    const wroteChildren = changes.some(({ action }) => action !== "status");
    // Children and status that a pass wrote are read by the next one only (rulings 6, 7), if anything reads them.
    if ((readings.ownStatus && wroteStatus) || (readings.rereadsChildren && wroteChildren)) {
      queue.add(key, "change", "reread");
    } else if (outcome.next === "after") queue.addAfter(key, outcome.ms, "requeue");
    return undefined;
  }

  #scheduleResync(key: ObjectKey): void {
    const resyncMs = this.#ports.resyncMs();
    if (resyncMs > 0) this.#ports.queue.resyncAfter(key, this.#jittered(resyncMs));
  }

  /** Resyncs are more frequent from now on: those that are due later come within the new time. */
  hastenResyncs(keys: Iterable<ObjectKey>): void {
    const resyncMs = this.#ports.resyncMs();
    if (resyncMs <= 0) return;
    for (const key of keys) this.#ports.queue.resyncWithin(key, this.#jittered(resyncMs));
  }

  #jittered(resyncMs: number): number {
    return resyncMs * (1 + resyncJitter * this.#ports.random());
  }

  #watchRest(key: ObjectKey, id: string, cr: KubeObject, { changes, written }: PassReport): void {
    const { rest, report, context } = this.#ports;
    const restless = rest.passed(key, changes.length);
    if (changes.length === 0 || written === undefined) return this.#restlessness.forget(key);
    if (!rest.isRestless(key)) return this.#restlessness.forget(key);
    const paths = this.#restlessness.compare(key, written);
    if (!restless) return;
    const what = paths.length === 0
      ? `ends with "${changes.map((change) => describeChange(change, cr.metadata.namespace)).join(", ")}"`
      : `changes ${paths.join(", ")}`;
    const why = rest.isCircular(key)
      ? "since what it reads of other operators changes with it, and so on; its passes become rarer. Let one of two " +
        "operators that observe each other write nothing that depends on what the other one writes for it"
      : "although nothing else was changed; its passes become rarer. A value that depends on itself, or on the time, " +
        "belongs in no field; and two operators must not write the same object";
    const message = `${neverAtRest}: each pass ${what} ${why}`;
    context.recorder.record({ regarding: cr, type: "Warning", reason: "NeverAtRest", message });
    const { name: box, type: { kind } } = this.#ports.plan;
    report({ type: "note", box, message: `${kind} ${key} ${message}`, key, pass: id });
  }

  /** For `ork why`, and for the log where anything came of the pass. */
  #record(
    key: ObjectKey,
    id: string,
    { result, message, changes, warnings }: PassReport,
    { calls, durationMs, retryInMs, span }: {
      readonly calls: CallLog;
      readonly durationMs: number;
      readonly retryInMs: number | undefined;
      readonly span: Span | undefined;
    },
  ): void {
    const { plan: { name: box, type: { kind } }, queue, passes, reportsIdle, report } = this.#ports;
    const waitedMs = queue.waitedMs(key);
    passes.add(key, {
      id,
      trigger: queue.triggerOf(key),
      result,
      changes,
      message,
      calls: calls.calls,
      callsOmitted: calls.omitted,
      waitedMs,
      durationMs,
    });
    if (changes.length === 0 && result !== "failed" && result !== "denied" && !reportsIdle) return;
    report({
      type: "pass",
      box,
      kind,
      key,
      pass: id,
      trace: span?.context.traceId,
      result,
      changes: changes.map((change) => ({ ...change, text: describeChange(change, splitKey(key).namespace) })),
      waitedMs,
      durationMs,
      message,
      warnings: warnings !== undefined && warnings.length > 0 ? warnings : undefined,
      retryInMs,
    });
  }

  /** A pass ended with an error that nobody expected. */
  #recordDefect(key: ObjectKey, id: string, error: unknown, startMs: number): void {
    const { context: { clock }, queue, passes } = this.#ports;
    passes.add(key, {
      id,
      trigger: queue.triggerOf(key),
      result: "failed",
      changes: [],
      message: defectText(error),
      calls: [],
      callsOmitted: 0,
      waitedMs: queue.waitedMs(key),
      durationMs: clock.nowMs() - startMs,
    });
  }

  /** The span of a pass; `undefined`: it is not recorded. */
  #beginSpan(key: ObjectKey, id: string): Span | undefined {
    const { plan: { name, type: { kind } }, queue, tracer } = this.#ports;
    return tracer?.begin(`reconcile ${kind}`, "internal", {
      "ork.box": name,
      "ork.kind": kind,
      "ork.key": key,
      "ork.pass": id,
      "ork.trigger": describeTrigger(queue.triggerOf(key)),
      "ork.waited_ms": Math.round(queue.waitedMs(key)),
    });
  }

  /** A failure, with the CR that it is of: the health of the box is about all of them. */
  #ofCr(key: ObjectKey, message: string): string {
    return `${this.#ports.plan.type.kind} ${key}: ${message}`;
  }

  #time(): string {
    return formatTime(this.#ports.context.clock.wallMs());
  }
}

/**
 * What the author of the CR wants: failures of another version do not lengthen the backoff. No write of a box changes
 * it, so a pass that fails and writes something cannot reset its own backoff.
 */
function versionOf(cr: KubeObject | undefined): string {
  const { uid, generation, deletionTimestamp } = cr?.metadata ?? {};
  return `${uid} ${generation} ${deletionTimestamp}`;
}

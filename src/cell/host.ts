import type { Clock } from "../base/clock.ts";
import {
  BoxBusyError,
  type BoxHealth,
  type BoxHost,
  type BoxMessage,
  type BoxQuery,
  type BoxResult,
  type CallExternal,
  type CrossLink,
  type CrossSession,
  type HostedBox,
  type LeadScope,
} from "../box/mod.ts";
import type { CallBudget, ClusterConfig, ExecCredential } from "../cluster/mod.ts";
import type { ObjectKey } from "../k8s/object.ts";
import type { MetricsSnapshot } from "../observe/metrics/mod.ts";
import type { Sampling, SpanRecord } from "../observe/trace/mod.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { cellMetrics } from "./metrics.ts";
import { Jail, type JailOptions } from "./jail_host.ts";
import type {
  CellOrders,
  CellRequest,
  CellResponse,
  FromCell,
  ParentRequest,
  ParentResponse,
  ToCell,
} from "./protocol.ts";
import { Requests, respond } from "./requests.ts";
import { Suspects } from "./suspects.ts";
import { type CellLimits, defaultCellLimits, Watchdog } from "./watchdog.ts";
import { aftermathMs, WorkBoard } from "./work_board.ts";

export interface CellHostOptions extends JailOptions {
  readonly cluster: ClusterConfig;
  readonly userAgent: string;
  readonly component: string;
  readonly instance: string;
  readonly reportsIdle: boolean;
  /** The API budget of a box; the client's own default when absent. */
  readonly budget?: CallBudget;
  /** Memory of the `SharedFence` that holds back the writes of a box; none does when absent. */
  readonly fenceOf?: (box: string) => SharedArrayBuffer | undefined;
  readonly clock: Clock;
  readonly limits?: Partial<CellLimits>;
  /** Reads the token file that `cluster` names; cells have no files. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Runs the credential plugin that `cluster` names. */
  readonly exec?: () => Promise<ExecCredential>;
  /** Requests a token of a ServiceAccount of a box; absent: boxes have the identity that `cluster` names. */
  readonly issue?: ((account: string) => Promise<ExecCredential>) | undefined;
  /** Makes the HTTP calls of a box, which has no connections of its own; without it every one fails. */
  readonly external?: ((plan: BoxPlan) => CallExternal) | undefined;
  /** Records passes in traces, and exports the spans of cells, which have no connections of their own; absent: off. */
  readonly traces?: {
    readonly sampling: Sampling;
    readonly add: (spans: readonly SpanRecord[], dropped: number) => void;
  } | undefined;
  /** Called with the number of threads that cannot be ended; each burns a core. */
  readonly onLost: (threads: number) => void;
}

const beatMs = 1000;
/**
 * The longest that a template, a rule or a decision may hold a cell's thread. Their budgets end them within a second at
 * most; this is time by the clock, which a busy or throttled machine may spend on others.
 */
const sliceMs = 3000;
const initialBackoffMs = 1000;
const maxBackoffMs = 60_000;
/** A cell that ran this long restarts with the initial backoff. */
const goodRunMs = 600_000;
/** How long an ended thread has to be gone. */
const endMs = 5000;
/** How long a query waits for a cell that is busy. */
const queryMs = 2000;
/** Queries of one cell without a response; the other requests need their places. */
const maxQueries = 8;

/** Every box in an isolate, on a thread and with a heap of its own: what one does, the others do not feel. */
export function cellHost(options: CellHostOptions): BoxHost {
  const jail = new Jail(options);
  jail.prepare({ ...defaultCellLimits, ...options.limits }.heapMb);
  let lost = 0;
  return {
    start: (plan, report, link) => new CellBox(plan, report, link, jail, options, () => options.onLost(++lost)),
    close: () => Promise.resolve(jail.close()),
  };
}

/** Of a cell that has given no sign of life yet. */
const unknownHealth: BoxHealth = {
  state: "pending",
  totalReconciles: 0,
  failedReconciles: 0,
  consecutiveFails: 0,
  queueDepth: 0,
  resourceCount: 0,
  warm: false,
  missing: false,
  workers: { running: 0, processing: 0 },
};

/** One box and the cells that it has had, one after the other. */
class CellBox implements HostedBox {
  readonly warm: Promise<void>;
  readonly #warm = Promise.withResolvers<void>();
  /** Resolves when the workers run for the first time since `lead`. */
  #led = Promise.withResolvers<void>();
  #leading = false;
  #scope: LeadScope = "all";
  #requests = this.#newRequests();
  readonly #plan: BoxPlan;
  readonly #report: (message: BoxMessage) => void;
  readonly #link: CrossLink | undefined;
  /** Of the cell that runs. */
  #session: CrossSession | undefined;
  readonly #jail: Jail;
  readonly #options: CellHostOptions;
  readonly #limits: CellLimits;
  readonly #onLost: () => void;
  readonly #external: CallExternal | undefined;
  /** Aborts the HTTP calls in flight. */
  #calls = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  #port: MessagePort | undefined;
  #thread: { end(): void } | undefined;
  #watchdog: Watchdog;
  #cancelCheck = (): void => {};
  #board: WorkBoard;
  /** Of the cell that runs. */
  #health: BoxHealth | undefined;
  #metrics: MetricsSnapshot = [];
  #heapUsed = 0;
  #restartCount = 0;
  #queries = 0;
  readonly #suspects = new Suspects();
  /** The last cell was ended, and this one has not yet shown that all is well. */
  #trouble: { readonly reason: string; readonly suspects: readonly ObjectKey[] } | undefined;
  #restarts = 0;
  #startedMs = 0;
  #stopping = false;

  constructor(
    plan: BoxPlan,
    report: (message: BoxMessage) => void,
    link: CrossLink | undefined,
    jail: Jail,
    options: CellHostOptions,
    onLost: () => void,
  ) {
    this.#plan = plan;
    this.#report = report;
    this.#link = link;
    this.#jail = jail;
    this.#options = options;
    this.#onLost = onLost;
    this.#external = options.external?.(plan);
    this.#limits = { ...defaultCellLimits, ...options.limits };
    this.warm = this.#warm.promise;
    this.warm.catch(() => {/* rejects when stopped before; may be ignored */});
    this.#led.promise.catch(() => {/* likewise */});
    this.#watchdog = new Watchdog(this.#limits, options.clock.nowMs());
    this.#board = new WorkBoard(() => options.clock.wallMs());
    this.#begin();
  }

  health(): BoxHealth {
    const last = this.#health ?? unknownHealth;
    if (this.#trouble === undefined) return last;
    const held = this.#suspects.size === 0 ? "" : `; held back: ${this.#suspects.describe()}`;
    const reason = `Its cell was ended: ${this.#trouble.reason}${held}`;
    return { ...last, state: "degraded", reason, lastError: reason };
  }

  metrics(): MetricsSnapshot {
    const cell = {
      heapBytes: this.#heapUsed,
      heapLimitBytes: this.#limits.heapMb * 1_048_576,
      restarts: this.#restartCount,
    };
    return [...this.#metrics, ...cellMetrics(cell)];
  }

  async query(query: BoxQuery): Promise<BoxResult> {
    const { name } = this.#plan;
    if (this.#port === undefined) throw new BoxBusyError(`${name} is being restarted`);
    if (this.#queries >= maxQueries) throw new BoxBusyError(`${name} has ${maxQueries} queries to respond to already`);
    this.#queries++;
    const late = Promise.withResolvers<never>();
    const cancel = this.#options.clock.after(
      queryMs,
      () => late.reject(new BoxBusyError(`${name} is busy: no response within ${queryMs / 1000} s`)),
    );
    // Its place is free only when the cell has responded, or is gone.
    const response = this.#requests.request({ what: "query", query }).finally(() => this.#queries--);
    response.catch(() => {/* the race below reports it, unless it was late */});
    try {
      const result = await Promise.race([response, late.promise]);
      if (result === null) throw new BoxBusyError(`${name} is starting`);
      return result;
    } catch (error) {
      throw error instanceof BoxBusyError ? error : new BoxBusyError(`${name} cannot respond: ${error}`);
    } finally {
      cancel();
    }
  }

  lead(scope: LeadScope): Promise<void> {
    if (!this.#leading || (this.#scope === "deletions" && scope === "all")) {
      this.#leading = true;
      this.#scope = scope;
      this.#led = Promise.withResolvers<void>();
      this.#led.promise.catch(() => {/* rejects when the box rests or stops before */});
      // Without a cell its successor is asked, when it begins.
      if (this.#port !== undefined) this.#requestLead();
    }
    return this.#led.promise;
  }

  async rest(graceMs: number): Promise<void> {
    this.#leading = false;
    this.#led.reject(new DOMException("The box rests", "AbortError"));
    // No cell, no workers; nor has one that is just being ended.
    if (this.#port === undefined) return;
    await this.#requests.request({ what: "rest", graceMs }).catch(() => null);
    this.#abortCalls();
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const stopped = new DOMException("The box was stopped", "AbortError");
    this.#warm.reject(stopped);
    this.#led.reject(stopped);
    if (this.#port === undefined) return this.#finish();
    this.#requests.request({ what: "stop", graceMs }).then(() => this.#finish(), () => this.#finish());
    const { clock } = this.#options;
    // The cell stops on its own; one that does not is terminated.
    const cancel = clock.after(graceMs + endMs, () => this.#finish());
    await this.#stopped.promise;
    cancel();
  }

  #begin(): void {
    const { cluster, userAgent, component, instance, reportsIdle, clock } = this.#options;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#startedMs = clock.nowMs();
    this.#watchdog = new Watchdog(this.#limits, clock.nowMs());
    port1.onmessage = ({ data }: MessageEvent<FromCell>) => this.#receive(data);
    this.#thread = this.#jail.start(port2, this.#limits.heapMb, (reason) => this.#ended(port1, reason));
    this.#board = new WorkBoard(() => clock.wallMs());
    const trouble = this.#trouble;
    const orders: CellOrders = {
      plan: this.#plan,
      cluster: this.#account === undefined ? cluster : { ...cluster, auth: { kind: "issued", account: this.#account } },
      userAgent,
      component,
      instance,
      reportsIdle,
      budget: this.#options.budget,
      beatMs,
      sliceMs,
      board: this.#board.memory,
      fence: this.#options.fenceOf?.(this.#plan.name),
      traces: this.#options.traces?.sampling,
      former: trouble === undefined
        ? undefined
        : { reason: trouble.reason, suspects: this.#suspects.orders(trouble.suspects) },
    };
    const requests = this.#requests = this.#newRequests();
    this.#send({ type: "start", orders });
    this.#session = this.#link?.open(async (update) => void await requests.request({ what: "observe", update }));
    if (this.#leading) this.#requestLead();
    this.#check();
  }

  /** The ServiceAccount that it has for itself. */
  get #account(): string | undefined {
    return this.#options.issue === undefined ? undefined : this.#plan.account;
  }

  #check(): void {
    const { clock } = this.#options;
    const dueMs = clock.nowMs() + beatMs;
    this.#cancelCheck = clock.after(beatMs, () => {
      const nowMs = clock.nowMs();
      this.#watchdog.wasAway(nowMs - dueMs);
      const verdict = this.#watchdog.verdict(nowMs);
      if (verdict === undefined) this.#check();
      else this.#end(verdict);
    });
  }

  #abortCalls(): void {
    this.#calls.abort();
    this.#calls = new AbortController();
  }

  /** Terminates the cell. The thread may keep running nevertheless: then a core is lost. */
  #end(reason: string): void {
    const port = this.#port;
    this.#thread?.end();
    const cancel = this.#options.clock.after(endMs, () => {
      this.#onLost();
      this.#ended(port, reason);
    });
    this.#awaitEnd = () => cancel();
    this.#endReason = reason;
  }

  #awaitEnd = (): void => {};
  #endReason: string | undefined;

  #ended(port: MessagePort | undefined, reason: string): void {
    if (port === undefined || this.#port !== port) return;
    this.#awaitEnd();
    this.#cancelCheck();
    port.close();
    this.#port = undefined;
    this.#abortCalls();
    this.#session?.close();
    this.#requests.rejectAll("the cell was ended");
    if (this.#stopping) return this.#finish();
    const why = this.#endReason ?? reason;
    this.#endReason = undefined;
    const ranMs = this.#options.clock.nowMs() - this.#startedMs;
    this.#restarts = ranMs > goodRunMs ? 0 : this.#restarts;
    const inMs = Math.min(maxBackoffMs, initialBackoffMs * 2 ** Math.min(this.#restarts++, 20));
    const suspects = this.#suspects.blame(this.#board.read(aftermathMs));
    this.#health = undefined;
    this.#metrics = [];
    this.#heapUsed = 0;
    this.#restartCount++;
    this.#trouble = { reason: why, suspects };
    this.#report({ type: "cell", box: this.#plan.name, reason: why, restartInMs: inMs, suspects });
    this.#cancelCheck = this.#options.clock.after(inMs, () => this.#begin());
  }

  #finish(): void {
    this.#cancelCheck();
    this.#awaitEnd();
    this.#thread?.end();
    this.#port?.close();
    this.#port = undefined;
    this.#abortCalls();
    this.#session?.close();
    this.#requests.rejectAll("the box was stopped");
    this.#stopped.resolve();
  }

  #receive(message: FromCell): void {
    switch (message.type) {
      case "report":
        this.#note(message.message);
        return this.#report(message.message);
      case "beat":
        this.#health = message.health;
        this.#metrics = message.metrics;
        this.#heapUsed = message.heapUsed;
        this.#recover();
        return this.#watchdog.beat(message, this.#options.clock.nowMs());
      case "spans":
        return this.#options.traces?.add(message.spans, message.dropped);
      case "cleared":
        return this.#suspects.clear(message.key);
      case "warm":
        return this.#warm.resolve();
      case "request":
        void respond(message.id, () => this.#look(message.request), (response) => this.#send(response));
        return;
      case "response":
        return this.#requests.resolve(message.id, message.response);
      case "refusal":
        return this.#requests.refuse(message.id, message.message);
      default:
        return message satisfies never;
    }
  }

  /** A transition is known at once, not with the next beat. */
  #note(message: BoxMessage): void {
    if (message.type !== "health") return;
    this.#health = { ...unknownHealth, ...this.#health, state: message.state, reason: message.reason };
  }

  /** All is well again when no suspect is left, and the box has done what it is there for. */
  #recover(): void {
    if (this.#trouble === undefined || this.#health === undefined || this.#suspects.size > 0) return;
    const { state, totalReconciles, failedReconciles } = this.#health;
    // Without a CR it is healthy at once.
    const hasWorked = totalReconciles > failedReconciles || state === "healthy";
    if (!hasWorked) return;
    this.#trouble = undefined;
    if (state !== "degraded") this.#report({ type: "health", box: this.#plan.name, state: "healthy" });
  }

  #newRequests(): Requests<ParentRequest, ParentResponse> {
    return new Requests<ParentRequest, ParentResponse>((message) => this.#send(message));
  }

  /** A request to a cell that is terminated meanwhile is repeated to its successor. */
  #requestLead(): void {
    const { resolve } = this.#led;
    this.#requests.request({ what: "lead", scope: this.#scope }).then(() => resolve(), () => {/* see above */});
  }

  async #look(question: CellRequest): Promise<CellResponse> {
    const { cluster: { auth }, readTextFile, exec, clock } = this.#options;
    switch (question.what) {
      case "clock":
        return { nowMs: clock.nowMs() };
      case "tokenFile":
        if (this.#account !== undefined || auth.kind !== "tokenFile") {
          throw new TypeError("Cannot read a token file: the cluster has none");
        }
        return { text: await readTextFile(auth.path) };
      case "exec":
        if (this.#account !== undefined || exec === undefined) {
          throw new TypeError("Cannot run a credential plugin: this binary cannot run programs");
        }
        return { credential: await exec() };
      case "token": {
        const { issue } = this.#options;
        if (issue === undefined || this.#account === undefined) {
          throw new TypeError("Cannot request a token: the box has no ServiceAccount of its own");
        }
        return { credential: await issue(this.#account) };
      }
      case "external":
        if (this.#external === undefined) throw new TypeError("Cannot make an HTTP call here");
        // The parent looks the call up in the plan: a cell decides on no more than what its templates render.
        return { outcome: await this.#external(question.request, this.#calls.signal) };
      case "publish":
        this.#session?.publish(question.update);
        return {};
      default:
        return question satisfies never;
    }
  }

  #send(message: ToCell): void {
    this.#port?.postMessage(message);
  }
}

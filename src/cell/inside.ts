import { errorText } from "../base/error_text.ts";
import {
  BoundedReport,
  type Box,
  type BoxMessage,
  BoxMetrics,
  failedOutcome,
  type LeadScope,
  type PassWatcher,
  pauseNote,
  startBox,
} from "../box/mod.ts";
import { createClusterApi, deduplicateWarnings, type ExecCredential, SharedFence } from "../cluster/mod.ts";
import type { Clock } from "../base/clock.ts";
import { CallCounter } from "./call_counter.ts";
import { Tracer } from "../observe/trace/mod.ts";
import { ParentClock } from "./parent_clock.ts";
import { createSlicer } from "./slicer.ts";
import { SpanBuffer } from "./span_buffer.ts";
import { aftermathMs, WorkBoard } from "./work_board.ts";
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

/** What an isolate gives to the box in it. */
export interface CellPorts {
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** Bytes in use in this isolate's heap. */
  readonly heapUsed: () => number;
}

/** The inside of a cell: the box, and the connection to its parent. */
export class Cell {
  readonly #port: MessagePort;
  readonly #ports: CellPorts;
  readonly #reports: BoundedReport;
  readonly #requests = new Requests<CellRequest, CellResponse>((message) => this.send(message));
  readonly #parentClock: ParentClock;
  #boxName = "";
  #spans: SpanBuffer | undefined;
  #box: Box | undefined;
  /** How often it was asked to rest. */
  #rests = 0;

  constructor(port: MessagePort, ports: CellPorts) {
    this.#port = port;
    this.#ports = ports;
    this.#parentClock = new ParentClock(
      ports.clock,
      async () => (await this.#requests.request({ what: "clock" })).nowMs ?? Infinity,
    );
    this.#reports = new BoundedReport((message) => this.send({ type: "report", message }), ports.clock);
    port.onmessage = ({ data }: MessageEvent<ToCell>) => this.#receive(data);
  }

  send(message: FromCell): void {
    this.#port.postMessage(message);
  }

  /** An uncaught error is reported with its stack, and the box keeps running. */
  defect(error: unknown): void {
    const text = errorText(error);
    const stack = error instanceof Error ? error.stack ?? "" : "";
    this.#reports.send({ type: "defect", box: this.#boxName, error: text, stack });
  }

  #receive(message: ToCell): void {
    switch (message.type) {
      case "start":
        return this.#start(message.orders);
      case "request":
        void respond(message.id, () => this.#carryOut(message.request), (response) => this.send(response));
        return;
      case "response":
        return this.#requests.resolve(message.id, message.response);
      case "refusal":
        return this.#requests.refuse(message.id, message.message);
      default:
        return message satisfies never;
    }
  }

  #start(orders: CellOrders): void {
    const { plan, cluster, userAgent, component, instance, reportsIdle, sliceMs, former, budget, fence, traces } =
      orders;
    const { clock, random } = this.#ports;
    this.#boxName = plan.name;
    const metrics = new BoxMetrics();
    const api = createClusterApi(cluster, {
      userAgent,
      clock,
      random,
      budget,
      onRequest: (verb, code, ms) => metrics.requested(verb, code, ms),
      onFenced: () => metrics.fenced.inc(),
      fence: fence && new SharedFence(fence).reader({
        ownerMs: () => this.#parentClock.nowMs(),
        wallMs: () => clock.wallMs(),
      }),
      onPause: (ms) => this.#reports.send(pauseNote(plan.name, ms)),
      onWarning: deduplicateWarnings(
        (message, pass) => this.#reports.send({ type: "note", box: plan.name, message, pass }),
        clock,
      ),
      readTextFile: async () => (await this.#requests.request({ what: "tokenFile" })).text ?? "",
      issue: async () => (await this.#requests.request({ what: "token" })).credential ?? ({} as ExecCredential),
      exec: async () => (await this.#requests.request({ what: "exec" })).credential ?? ({} as ExecCredential),
    });
    const spans = this.#spans = traces && new SpanBuffer(
      clock,
      (ended, dropped) => this.send({ type: "spans", spans: ended, dropped }),
    );
    const calls = new CallCounter(api, () => clock.nowMs());
    const box = this.#box = startBox(plan, {
      api: calls.api,
      clock,
      random,
      component,
      instance,
      metrics,
      tracer: spans && new Tracer({ clock, random, sampling: traces!, ended: (span) => spans.add(span) }),
      reportsIdle,
      bounded: createSlicer(sliceMs),
      report: (message: BoxMessage) => this.#reports.send(message),
      publish: async (update) => void await this.#requests.request({ what: "publish", update }),
      external: async (request) =>
        (await this.#requests.request({ what: "external", request })).outcome ?? failedOutcome("there is no outcome"),
      passes: this.#watchPasses(orders),
      former,
    });
    box.warm.then(() => this.send({ type: "warm" }), () => {/* stopped before: the parent asked for it */});
    this.#beat(box, calls, orders.beatMs);
  }

  /** Records the objects in processing, and clears suspects. */
  #watchPasses({ board: memory, former }: CellOrders): PassWatcher {
    const { clock } = this.#ports;
    const board = new WorkBoard(() => clock.wallMs(), memory);
    const suspects = new Set(former?.suspects.map(({ key }) => key));
    return {
      began: (key, generation) => board.began(key, generation),
      ended: (key) => {
        board.ended(key);
        // Cleared only when what it left behind has done no harm either.
        if (suspects.delete(key)) clock.after(aftermathMs, () => this.send({ type: "cleared", key }));
      },
    };
  }

  #beat(box: Box, calls: CallCounter, everyMs: number): void {
    this.#ports.clock.after(everyMs, () => {
      const heapUsed = this.#ports.heapUsed();
      const oldestPassMs = box.oldestPassMs();
      const stalledMs = Math.min(oldestPassMs, calls.idleMs());
      this.send({ type: "beat", heapUsed, oldestPassMs, stalledMs, health: box.health(), metrics: box.metrics() });
      this.#beat(box, calls, everyMs);
    });
  }

  async #lead(scope: LeadScope): Promise<null> {
    const rests = this.#rests;
    await this.#parentClock.synchronize();
    // Meanwhile it may have been asked to rest.
    if (this.#rests === rests) await this.#box?.lead(scope);
    return null;
  }

  async #carryOut(request: ParentRequest): Promise<ParentResponse> {
    const box = this.#box;
    switch (request.what) {
      case "lead":
        return await this.#lead(request.scope);
      case "rest":
        this.#rests++;
        await box?.rest(request.graceMs);
        return null;
      case "stop":
        await box?.stop(request.graceMs);
        this.#spans?.flush();
        this.#reports.stop();
        return null;
      case "query":
        return box?.query(request.query) ?? null;
      case "observe":
        box?.observe(request.update);
        return null;
      default:
        return request satisfies never;
    }
  }
}

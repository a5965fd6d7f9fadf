import { BoundedReport, type Box, type BoxMessage, type PassWatcher, pauseNote, startBox } from "../box/mod.ts";
import { createClusterApi, type ExecCredential } from "../cluster/mod.ts";
import type { Clock } from "../base/clock.ts";
import { CallCounter } from "./call_counter.ts";
import { createSlicer } from "./slicer.ts";
import { aftermathMs, WorkBoard } from "./work_board.ts";
import type { CellOrders, CellQuestion, FromCell, ToCell } from "./protocol.ts";

/** What an isolate gives to the box in it. */
export interface CellPorts {
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** Bytes in use in this isolate's heap. */
  readonly heapUsed: () => number;
}

/** The inside of a cell: the box, and the one who speaks with its parent. */
export class Cell {
  readonly #port: MessagePort;
  readonly #ports: CellPorts;
  readonly #reports: BoundedReport;
  readonly #questions = new Map<number, { resolve: (answer: ToCell) => void; reject: (error: Error) => void }>();
  #nextQuestion = 0;
  #boxName = "";
  #box: Box | undefined;

  constructor(port: MessagePort, ports: CellPorts) {
    this.#port = port;
    this.#ports = ports;
    this.#reports = new BoundedReport((message) => this.tell({ type: "told", message }), ports.clock);
    port.onmessage = ({ data }: MessageEvent<ToCell>) => this.#receive(data);
  }

  tell(message: FromCell): void {
    this.#port.postMessage(message);
  }

  /** A stray error ends nothing but what it came from: told with its stack, and the box goes on. */
  defect(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error ? error.stack ?? "" : "";
    this.#reports.tell({ type: "defect", box: this.#boxName, error: text, stack });
  }

  #receive(message: ToCell): void {
    switch (message.type) {
      case "start":
        return this.#start(message.orders);
      case "stop":
        void this.#stop(message.graceMs);
        return;
      case "answer":
      case "refusal": {
        const question = this.#questions.get(message.id);
        this.#questions.delete(message.id);
        if (message.type === "answer") question?.resolve(message);
        else question?.reject(new Error(message.message));
        return;
      }
      default:
        return message satisfies never;
    }
  }

  #start(orders: CellOrders): void {
    const { plan, cluster, userAgent, component, instance, tellsIdle, sliceMs, former, budget } = orders;
    const { clock, random } = this.#ports;
    this.#boxName = plan.name;
    const api = createClusterApi(cluster, {
      userAgent,
      clock,
      random,
      ...(budget === undefined ? {} : { budget }),
      onPause: (ms) => this.#reports.tell(pauseNote(plan.name, ms)),
      readTextFile: async () => (await this.#ask({ what: "tokenFile" })).text ?? "",
      exec: async () => (await this.#ask({ what: "exec" })).credential ?? ({} as ExecCredential),
    });
    const calls = new CallCounter(api, () => clock.nowMs());
    const box = this.#box = startBox(plan, {
      api: calls.api,
      clock,
      random,
      component,
      instance,
      tellsIdle,
      bounded: createSlicer(sliceMs),
      report: (message: BoxMessage) => this.#reports.tell(message),
      passes: this.#watchPasses(orders),
      ...(former === undefined ? {} : { former }),
    });
    box.ready.then(() => this.tell({ type: "ready" }), () => {/* stopped before: told by "stopped" */});
    this.#beat(box, calls, orders.beatMs);
  }

  /** Writes down what is at work, and clears suspects. */
  #watchPasses({ board: memory, former }: CellOrders): PassWatcher {
    const { clock } = this.#ports;
    const board = new WorkBoard(() => clock.wallMs(), memory);
    const suspects = new Set(former?.suspects.map(({ key }) => key));
    return {
      began: (key, generation) => board.began(key, generation),
      ended: (key) => {
        board.ended(key);
        // Cleared only when what it left behind has done no harm either.
        if (suspects.delete(key)) clock.after(aftermathMs, () => this.tell({ type: "cleared", key }));
      },
    };
  }

  #beat(box: Box, calls: CallCounter, everyMs: number): void {
    this.#ports.clock.after(everyMs, () => {
      const heapUsed = this.#ports.heapUsed();
      const oldestPassMs = box.oldestPassMs();
      const stalledMs = Math.min(oldestPassMs, calls.idleMs());
      this.tell({ type: "beat", heapUsed, oldestPassMs, stalledMs, health: box.health() });
      this.#beat(box, calls, everyMs);
    });
  }

  async #stop(graceMs: number): Promise<void> {
    await this.#box?.stop(graceMs);
    this.#reports.stop();
    this.tell({ type: "stopped" });
  }

  #ask(question: CellQuestion): Promise<Extract<ToCell, { type: "answer" }>> {
    const id = this.#nextQuestion++;
    this.tell({ type: "ask", id, question });
    return new Promise((resolve, reject) =>
      this.#questions.set(id, { resolve: resolve as (answer: ToCell) => void, reject })
    );
  }
}

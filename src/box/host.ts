import type { ClusterApi } from "../cluster/ports.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { BoundedReport } from "./report/bounded_report.ts";
import { type BoxPorts, startBox } from "./box.ts";
import type { BoxHealth, BoxMessage } from "./report/message.ts";

/** A place where boxes run. A box is the same wherever that is. */
export interface BoxHost {
  start(plan: BoxPlan, report: (message: BoxMessage) => void): HostedBox;
  /** Gives up what the host itself holds; all its boxes have stopped by then. */
  close(): Promise<void>;
}

export interface HostedBox {
  /** Its caches are filled, for the first time: it may lead at once. */
  readonly warm: Promise<void>;
  /** Starts its workers, and again after every restart of what it runs in. Resolves when they run. */
  lead(): Promise<void>;
  /** Ends its workers: passes in work may finish for up to `graceMs`. It stays warm. */
  rest(graceMs: number): Promise<void>;
  /** As last known. */
  health(): BoxHealth;
  stop(graceMs: number): Promise<void>;
}

export interface SharedHostOptions extends Omit<BoxPorts, "api" | "report"> {
  /** Opens a client for one box: boxes share no connection. `onPause` hears that the API server asked for patience. */
  readonly connect: (box: string, onPause: (ms: number) => void) => ClusterApi & { close(): void };
}

/** All boxes in this isolate: for tests and tiny machines. They share its thread and its heap. */
export function sharedHost({ connect, ...ports }: SharedHostOptions): BoxHost {
  return {
    start(plan, report) {
      const bounded = new BoundedReport(report, ports.clock);
      const api = connect(plan.name, (ms) => bounded.tell(pauseNote(plan.name, ms)));
      const box = startBox(plan, { ...ports, api, report: (message) => bounded.tell(message) });
      return {
        warm: box.warm,
        lead: () => box.lead(),
        rest: (graceMs) => box.rest(graceMs),
        health: () => box.health(),
        stop: async (graceMs) => {
          await box.stop(graceMs);
          bounded.stop();
          api.close();
        },
      };
    },
    close: () => Promise.resolve(),
  };
}

/** The API server turned a request of a box away for being too busy. */
export function pauseNote(box: string, ms: number): BoxMessage {
  const seconds = Math.ceil(ms / 1000);
  const message = `the API server is too busy and asks for patience: no call for ${seconds} s, then at half the pace`;
  return { type: "note", box, message };
}

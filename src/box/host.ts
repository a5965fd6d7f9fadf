import type { ClusterApi } from "../cluster/ports.ts";
import type { BoxPlan } from "../plan/plan.ts";
import { BoundedReport } from "./bounded_report.ts";
import { type BoxPorts, startBox } from "./box.ts";
import type { BoxHealth, BoxMessage } from "./message.ts";

/** A place where boxes run. A box is the same wherever that is. */
export interface BoxHost {
  start(plan: BoxPlan, report: (message: BoxMessage) => void): HostedBox;
  /** Gives up what the host itself holds; all its boxes have stopped by then. */
  close(): Promise<void>;
}

export interface HostedBox {
  /** It watches and works, for the first time. */
  readonly ready: Promise<void>;
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
        ready: box.ready,
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

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
  /** Opens a client for one box: boxes share no connection. */
  readonly connect: (box: string) => ClusterApi & { close(): void };
}

/** All boxes in this isolate: for tests and tiny machines. They share its thread and its heap. */
export function sharedHost({ connect, ...ports }: SharedHostOptions): BoxHost {
  return {
    start(plan, report) {
      const api = connect(plan.name);
      const bounded = new BoundedReport(report, ports.clock);
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

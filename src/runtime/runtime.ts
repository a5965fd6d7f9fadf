import type { BoxHealth, BoxHost, BoxMessage, HostedBox } from "../box/mod.ts";
import type { Plan } from "../plan/plan.ts";

export interface RuntimeOptions {
  readonly plan: Plan;
  /** Where the boxes run. */
  readonly host: BoxHost;
  readonly report: (message: BoxMessage) => void;
}

/** All running boxes of a plan. */
export interface Runtime {
  /** Every box watches and works. */
  readonly ready: Promise<void>;
  health(): ReadonlyMap<string, BoxHealth>;
  /** By name; what an HTTP API reads. */
  readonly boxes: ReadonlyMap<string, Pick<HostedBox, "health" | "metrics" | "query">>;
  /** Stops all boxes, and their host; running passes may finish for up to `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts a box for each CRD of the plan. A box whose CRD is not installed yet waits for it and keeps no other waiting.
 */
export function startRuntime({ plan, host, report }: RuntimeOptions): Runtime {
  const boxes = new Map<string, HostedBox>(plan.boxes.map((box) => [box.name, host.start(box, report)]));
  const ready = Promise.all([...boxes.values()].map((box) => box.lead())).then(() => {});
  ready.catch(() => {/* rejects when stopped before; may be ignored */});
  return {
    ready,
    boxes,
    health: () => new Map([...boxes].map(([name, box]) => [name, box.health()])),
    stop: async (graceMs) => {
      await Promise.all([...boxes.values()].map((box) => box.stop(graceMs)));
      await host.close();
    },
  };
}

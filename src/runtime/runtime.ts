import type { Clock } from "../base/clock.ts";
import { type Box, type BoxHealth, type BoxMessage, startBox } from "../box/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import type { Plan } from "../plan/plan.ts";

export interface RuntimeOptions {
  readonly plan: Plan;
  /** Opens a client for one box: boxes share no connection. */
  readonly connect: (box: string) => ClusterApi & { close(): void };
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
}

/** All boxes of a plan at work. */
export interface Runtime {
  /** Every box watches and works. */
  readonly ready: Promise<void>;
  health(): ReadonlyMap<string, BoxHealth>;
  /** Ends all boxes, the last started first; passes in work may finish for up to `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Starts a box for each CRD of the plan. A box whose CRD is not installed yet waits for it and keeps no other waiting. */
export function startRuntime(options: RuntimeOptions): Runtime {
  const { plan, connect, clock, random, component, instance, report, tellsIdle = false } = options;
  const boxes = new Map<string, { box: Box; api: { close(): void } }>();
  for (const boxPlan of plan.boxes) {
    const api = connect(boxPlan.name);
    boxes.set(boxPlan.name, {
      box: startBox(boxPlan, { api, clock, random, component, instance, report, tellsIdle }),
      api,
    });
  }
  const ready = Promise.all([...boxes.values()].map(({ box }) => box.ready)).then(() => {});
  ready.catch(() => {/* rejects when stopped before; nobody has to listen */});
  return {
    ready,
    health: () => new Map([...boxes].map(([name, { box }]) => [name, box.health()])),
    stop: async (graceMs) => {
      await Promise.all(
        [...boxes.values()].reverse().map(async ({ box, api }) => {
          await box.stop(graceMs);
          api.close();
        }),
      );
    },
  };
}

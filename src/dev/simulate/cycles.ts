import type { BoxMessage } from "../../box/mod.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import type { BoxPlan, Plan } from "../../plan/mod.ts";
import type { Lab } from "./lab.ts";
import { type Cycle, isSameCycle, type Operation, operationsOf } from "./operation.ts";

export interface Simulated {
  readonly cycles: readonly Cycle[];
  /** The first of two cycles in a row that do the same; absent: there are none. */
  readonly steadyAt?: number | undefined;
}

/** Between two cycles: workloads come to life in a second, and what waits for a retry has come to it. */
const stepMs = 1_000;
/** A box that is not warm then waits for something that does not come: its cycles show nothing. */
const warmUpMs = 5_000;
const warmUpStepMs = 50;
/** Real time after which a pass that waits for an HTTP call counts as a cycle of its own. */
const externalMs = 30_000;

/**
 * Reconciles one CR of a box, pass by pass, until two cycles in a row do the same or `maxCycles` are over. The operators
 * are the real ones: each cycle is one pass of the CR, and what it causes in the cluster is there before the next.
 */
export async function runCycles(
  lab: Lab,
  plan: Plan,
  box: BoxPlan,
  cr: ObjectKey,
  maxCycles: number,
): Promise<Simulated> {
  let onPass: (message: BoxMessage) => void = () => {};
  const runtime = lab.start(alone(plan, box), (message) => onPass(message));
  const cycles: Cycle[] = [];
  try {
    await warmUp(lab, runtime.warm);
    while (cycles.length < maxCycles) {
      const operations: Operation[] = [];
      const errors: string[] = [];
      const passed = Promise.withResolvers<void>();
      onPass = (message) => {
        if (message.type === "defect" && message.key === cr) errors.push(message.error);
        if (message.type !== "pass" || message.box !== box.name || message.key !== cr) return;
        operations.push(...operationsOf(message, box));
        if (message.result === "failed" || message.result === "denied") errors.push(message.message ?? message.result);
        // A call has begun: its result triggers the pass that counts.
        if (message.result === "waiting" && hasCalls(box) && message.changes.length === 0) return;
        passed.resolve();
        // No other pass may begin before the cluster has seen this one.
        void runtime.rest(0);
      };
      void runtime.lead();
      await Promise.race([passed.promise, hasCalls(box) ? realTime(externalMs) : lab.settled()]);
      await runtime.rest(0);
      cycles.push({ operations, errors });
      const before = cycles.at(-2);
      if (before !== undefined && isSameCycle(before, cycles.at(-1)!)) {
        return { cycles, steadyAt: cycles.length - 1 };
      }
      await lab.clock.advance(stepMs);
    }
    return { cycles };
  } finally {
    onPass = () => {};
    await runtime.stop(0);
  }
}

/** Some of what a box waits for at its start comes after a while. */
async function warmUp(lab: Lab, warm: Promise<void>): Promise<void> {
  let isWarm = false;
  void warm.then(() => isWarm = true);
  for (let waitedMs = 0; !isWarm && waitedMs < warmUpMs; waitedMs += warmUpStepMs) {
    await lab.clock.advance(warmUpStepMs);
  }
}

function hasCalls({ external }: BoxPlan): boolean {
  return Object.values(external).some((calls: readonly unknown[]) => calls.length > 0);
}

/** The other boxes are there to be read by `cross`: they make no pass that writes. */
function alone(plan: Plan, box: BoxPlan): Plan {
  return {
    ...plan,
    boxes: plan.boxes.filter((other) => other === box || other.observedBy.includes(box.name)).map((other) =>
      other === box ? { ...other, dependsOn: [], account: undefined } as BoxPlan : silent(other)
    ),
    identity: "process",
  };
}

function silent(box: BoxPlan): BoxPlan {
  const { onDelete: _onDelete, labels: _labels, protection: _protection, account: _account, ...rest } = box;
  return {
    ...rest,
    dependsOn: [],
    entries: [],
    status: [],
    validation: [],
    mutation: [],
    normalize: [],
    external: Object.fromEntries(Object.keys(box.external).map((key) => [key, []])) as unknown as BoxPlan["external"],
    writesStatus: false,
    finalizer: false,
  };
}

/** Of the machine: what the network does takes as long as it takes. */
function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    Deno.unrefTimer(timer);
  });
}

import type { BoxMessage } from "../../box/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { Plan } from "../../plan/mod.ts";
import type { Runtime } from "../../runtime/mod.ts";
import type { StepClock } from "./step_clock.ts";

/** An API server in memory, and the place where operators run on it, in the time of `clock`. */
export interface Lab {
  readonly clock: StepClock;
  readonly api: ClusterApi;
  /** Starts the operators of a plan as standbys; passes without a change are reported too. */
  start(plan: Plan, report: (message: BoxMessage) => void): Runtime;
  /** Resolves when nothing is done any more that waits for no timer. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** `skipExternal`: HTTP calls are not made, and come to status 200 and an empty body. */
export type OpenLab = (options: { readonly skipExternal: boolean }) => Lab;

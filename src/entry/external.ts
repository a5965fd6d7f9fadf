import type { Clock } from "../base/clock.ts";
import { type CallExternal, failedOutcome } from "../box/mod.ts";
import type { SharedFence } from "../cluster/mod.ts";
import { safeMethods } from "../conditions/mod.ts";
import type { HttpCaller } from "../external/mod.ts";
import { type BoxPlan, callsOfPasses } from "../plan/mod.ts";

export interface CallsOptions {
  readonly caller: HttpCaller;
  readonly clock: Clock;
  readonly fenceOf?: ((box: string) => SharedFence | undefined) | undefined;
  /** A dry run: only calls are made that change nothing at a server. */
  readonly isDryRun?: boolean | undefined;
}

/** What a box may call: the calls of its plan, while this process leads it. */
export function callsOf(plan: BoxPlan, { caller, clock, fenceOf, isDryRun = false }: CallsOptions): CallExternal {
  const calls = new Map(callsOfPasses(plan.external).map((call) => [call.name, call]));
  const fence = fenceOf?.(plan.name)?.reader({ ownerMs: () => clock.nowMs(), wallMs: () => clock.wallMs() });
  const mayCall = (): boolean => fence === undefined || fence.leftMs() > 0;
  return async (request, signal) => {
    const call = calls.get(request.name);
    if (call === undefined) return failedOutcome("The Katalog declares no such call");
    if (isDryRun && !safeMethods.some((method) => method === call.method)) {
      return failedOutcome(`A dry run makes no ${call.method} call`);
    }
    return await caller.call(call, request, { signal, mayCall });
  };
}

import type { Clock } from "../../base/clock.ts";

/** A signal that aborts a request after `ms`, unless `cancel` is called before. */
export function timeLimit(clock: Clock, ms: number): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const controller = new AbortController();
  const cancel = clock.after(ms, () => controller.abort(new Error("No response in time")));
  return { signal: controller.signal, cancel };
}

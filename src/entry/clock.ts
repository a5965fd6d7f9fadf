import type { Clock } from "../base/clock.ts";

/** The maximum delay of a timer of the platform (2^31-1 ms); longer ones are set in several steps. */
const maxTimerMs = 2 ** 31 - 1;

/** The real time of this machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const dueMs = performance.now() + delayMs;
    let timer: ReturnType<typeof setTimeout>;
    const arm = (leftMs: number): void => {
      timer = setTimeout(() => {
        const rest = dueMs - performance.now();
        if (rest > 1) arm(rest);
        else run();
      }, Math.min(leftMs, maxTimerMs));
    };
    arm(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

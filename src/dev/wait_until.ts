import type { Clock } from "../base/clock.ts";

/** Polls until `poll` returns a value; `undefined` on time-out. */
export async function waitUntil<T>(
  clock: Clock,
  timeoutMs: number,
  poll: () => Promise<T | undefined>,
  everyMs = 50,
): Promise<T | undefined> {
  const endMs = clock.nowMs() + timeoutMs;
  for (;;) {
    const value = await poll();
    if (value !== undefined || clock.nowMs() >= endMs) return value;
    await new Promise<void>((resolve) => clock.after(everyMs, resolve));
  }
}

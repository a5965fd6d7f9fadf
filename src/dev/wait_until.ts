import type { Clock } from "../base/clock.ts";

/** Asks again and again until there is an answer; `undefined` when the time is over. */
export async function waitUntil<T>(
  clock: Clock,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
  everyMs = 50,
): Promise<T | undefined> {
  const endMs = clock.nowMs() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || clock.nowMs() >= endMs) return answer;
    await new Promise<void>((resolve) => clock.after(everyMs, resolve));
  }
}

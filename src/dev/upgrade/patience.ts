import type { Clock } from "../../base/clock.ts";
import { sleep } from "../../cluster/mod.ts";
import { isRetryable } from "../../cluster/api_error.ts";

/** What requests of an upgrade need besides the API. */
export interface Patience {
  readonly clock: Clock;
  /** 0 ≤ n < 1: spreads retries. */
  readonly random: () => number;
  /** Ends waits between attempts; requests that were sent are not aborted. */
  readonly stopped: AbortSignal;
}

const maxAttempts = 5;
const firstWaitMs = 250;

/**
 * Repeats a request that may succeed later (429, 5xx, no response), five times in all, with waits of 0.25, 0.5, 1 and
 * 2 s and up to half as much more. Throws the last error, at once when `stopped` is aborted. A 429 with `Retry-After`
 * has been honoured by the client before.
 */
export async function withRetries<T>({ clock, random, stopped }: Patience, request: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (!isRetryable(error) || attempt === maxAttempts || stopped.aborted) throw error;
      await sleep(clock, firstWaitMs * 2 ** (attempt - 1) * (1 + random() / 2), stopped);
      if (stopped.aborted) throw error;
    }
  }
}

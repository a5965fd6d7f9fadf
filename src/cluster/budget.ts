import type { Clock } from "../base/clock.ts";
import { ApiError, isBusyResource } from "./api_error.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { sleep } from "./sleep.ts";
import { Semaphore } from "./semaphore.ts";
import type { Transport } from "./transport.ts";

/** The limits of one client, and so of one box. */
export interface CallBudget {
  /** Requests in flight at once. Watches do not count: they are long-lived. */
  readonly inFlight: number;
  /** Requests per second (QPS), the starts of watches included; the burst is twice as many. */
  readonly perSecond: number;
}

/** More than a healthy box needs, and too little to harm an overloaded API server. */
export const defaultBudget: CallBudget = { inFlight: 32, perSecond: 500 };

/** Attempts for a request that the API server rejects with 429, and the time after which it is not retried. */
const maxAttempts = 10;
const maxRetryMs = 120_000;
/** The same for a 429 that concerns one resource: as long as a watch cache takes after a start of the API server. */
const maxBusyRetryMs = 10_000;

/**
 * Keeps a client within its budget and honours `Retry-After` (RFC 9110, section 10.2.3): after a 429 it sends no
 * request for that time, retries those that were rejected, and continues at half the rate, which recovers within a
 * minute. A request that got a 429 was not executed (Kubernetes: "API Priority and Fairness"), so any may be repeated.
 *
 * A 429 of a resource whose watch cache is not ready concerns that resource alone: a CRD whose conversion webhook is gone
 * never gets ready, and asks for up to 30 s (apiserver: `calculateRetryAfterForUnreadyCache`). Nothing else waits for it.
 *
 * Waiting does not count towards a request's time-out; its signal aborts the wait.
 */
export function budgeted(
  transport: Transport,
  budget: CallBudget,
  parts: {
    readonly clock: Clock;
    /** 0 ≤ n < 1. */
    readonly random: () => number;
    /** Called when all requests pause for `ms`. */
    readonly onPause?: (ms: number) => void;
  },
): Transport {
  const { clock } = parts;
  const semaphore = new Semaphore(budget.inFlight);
  const limiter = new RateLimiter(budget.perSecond, parts);

  /** Pauses when a response of these statuses asks for it; true when the same request may be sent again. */
  function isRejected(error: unknown, statuses: readonly number[]): boolean {
    if (!(error instanceof ApiError) || error.retryAfterMs === undefined) return false;
    if (!statuses.includes(error.status)) return false;
    limiter.pause(error.retryAfterMs);
    return error.status === 429;
  }

  /** Sends a request until it is executed, or fails. */
  async function send(request: Parameters<Transport["text"]>[0]): Promise<string> {
    const release = await semaphore.acquire(request.signal);
    try {
      const sinceMs = clock.nowMs();
      for (let attempt = 1;; attempt++) {
        await limiter.wait(request.signal);
        try {
          return await transport.text(request);
        } catch (error) {
          const retry = !isBusyResource(error) && isRejected(error, [429, 503]) && attempt < maxAttempts &&
            clock.nowMs() - sinceMs < maxRetryMs;
          if (!retry) throw error;
        }
      }
    } finally {
      release();
    }
  }

  return {
    async text(request) {
      const endMs = clock.nowMs() + maxBusyRetryMs;
      for (;;) {
        try {
          return await send(request);
        } catch (error) {
          const waitMs = isBusyResource(error) ? error.retryAfterMs ?? Infinity : Infinity;
          if (clock.nowMs() + waitMs > endMs) throw error;
          await sleep(clock, waitMs, request.signal);
          request.signal?.throwIfAborted();
        }
      }
    },

    async lines(request, onLine) {
      await limiter.wait(request.signal);
      try {
        return await transport.lines(request, onLine);
      } catch (error) {
        // Watches retry by themselves, and no sooner than `Retry-After`. A 503 says that this kind alone is not served yet, a
        // 429 with details that its watch cache is initializing: while an API server starts, kinds become available one by
        // one, and those that are served already must not wait for the others.
        if (!isBusyResource(error)) isRejected(error, [429]);
        throw error;
      }
    },

    close: () => transport.close(),
  };
}

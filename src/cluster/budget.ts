import type { Clock } from "../base/clock.ts";
import { ApiError, isBusyResource } from "./api_error.ts";
import { CallGate } from "./call_gate.ts";
import { Slots } from "./slots.ts";
import type { Transport } from "./transport.ts";

/** What one client, and so one box, may ask of an API server. */
export interface CallBudget {
  /** Requests under way at once. Watches do not count: they last. */
  readonly inFlight: number;
  /** Requests a second over time, the beginnings of watches included; twice as many may come at once. */
  readonly perSecond: number;
}

/** More than a box needs on a good day, less than harms an API server on a bad one. */
export const defaultBudget: CallBudget = { inFlight: 32, perSecond: 500 };

/** A request that the API server turns away (429) is sent again so often, and no longer than that. */
const mostTries = 10;
const longestPatienceMs = 120_000;

/**
 * Keeps a client within its budget, and makes it as patient as the API server asks: after a 429 no request of it goes
 * out for the time of `Retry-After` (RFC 9110, section 10.2.3), those that were turned away are sent again, and all go
 * on at half the pace, which recovers within a minute. A request that got a 429 was not carried out (Kubernetes: "API
 * Priority and Fairness"), so any may be repeated.
 *
 * Waiting is no part of a request's time-out; its signal ends the wait.
 */
export function budgeted(
  transport: Transport,
  budget: CallBudget,
  parts: {
    readonly clock: Clock;
    /** 0 ≤ n < 1. */
    readonly random: () => number;
    /** Hears that all requests pause for `ms`. */
    readonly onPause?: (ms: number) => void;
  },
): Transport {
  const { clock } = parts;
  const slots = new Slots(budget.inFlight);
  const gate = new CallGate(budget.perSecond, parts);

  /** Pauses when an answer of these statuses asks for it; true when the same request may be sent again. */
  function turnedAway(error: unknown, statuses: readonly number[]): boolean {
    if (!(error instanceof ApiError) || error.retryAfterMs === undefined) return false;
    if (!statuses.includes(error.status)) return false;
    gate.pause(error.retryAfterMs);
    return error.status === 429;
  }

  return {
    async text(request) {
      const free = await slots.take(request.signal);
      try {
        const sinceMs = clock.nowMs();
        for (let tries = 1;; tries++) {
          await gate.pass(request.signal);
          try {
            return await transport.text(request);
          } catch (error) {
            const again = turnedAway(error, [429, 503]) && tries < mostTries &&
              clock.nowMs() - sinceMs < longestPatienceMs;
            if (!again) throw error;
          }
        }
      } finally {
        free();
      }
    },

    async lines(request, onLine) {
      await gate.pass(request.signal);
      try {
        return await transport.lines(request, onLine);
      } catch (error) {
        // Who watches tries again by itself, and no sooner than asked. A 503 says of this kind alone that it is not served
        // yet, a 429 with details that its watch cache is being built: while an API server starts, each kind has its
        // moment, and what is served already must not wait for all of them.
        if (!isBusyResource(error)) turnedAway(error, [429]);
        throw error;
      }
    },

    close: () => transport.close(),
  };
}

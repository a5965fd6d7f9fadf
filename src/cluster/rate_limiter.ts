import type { Clock } from "../base/clock.ts";
import { WaitQueue } from "./wait_queue.ts";

/** A pause is lengthened by up to this fraction at random, so that clients rejected together do not return together. */
const pauseJitter = 0.5;
/** Time until the full rate is restored after a pause. */
const recoveryMs = 60_000;
/** The lowest rate, in requests per second. */
const minPerSecond = 1;

/**
 * Limits the rate of requests, first in, first out. A pause stops all of them and halves the rate; from there it recovers
 * linearly (additive increase, multiplicative decrease, as in TCP).
 */
export class RateLimiter {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onPause: (ms: number) => void;
  readonly #waiters = new WaitQueue();
  #tokens: number;
  #filledMs: number;
  /** The rate right after the last pause, and when that was. */
  #slowed: { readonly rate: number; readonly atMs: number } | undefined;
  #pausedUntilMs = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(
    perSecond: number,
    parts: {
      readonly clock: Clock;
      readonly random: () => number;
      readonly onPause?: (ms: number) => void;
    },
  ) {
    this.#perSecond = perSecond;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#onPause = parts.onPause ?? (() => {});
    this.#tokens = perSecond * 2;
    this.#filledMs = parts.clock.nowMs();
  }

  /** Resolves when a request may be sent. Rejects with the reason of the signal when that aborts the wait. */
  async wait(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#waiters.length === 0 && this.#waitMs() === 0) {
      this.#tokens--;
      return;
    }
    const released = this.#waiters.wait(signal);
    this.#arm();
    try {
      await released;
    } finally {
      // The last waiter may have been aborted.
      if (this.#waiters.length === 0) this.#disarm();
    }
  }

  /** No request is sent for `ms`, and there is no burst afterwards. */
  pause(ms: number): void {
    const nowMs = this.#clock.nowMs();
    const untilMs = nowMs + ms * (1 + pauseJitter * this.#random());
    // Requests that were in flight together are rejected together: one pause, not one each.
    if (nowMs >= this.#pausedUntilMs) {
      this.#slowed = { rate: Math.max(minPerSecond, this.#rate(nowMs) / 2), atMs: untilMs };
      this.#onPause(ms);
    } else if (untilMs <= this.#pausedUntilMs) return;
    else this.#slowed = { rate: this.#slowed!.rate, atMs: untilMs };
    this.#pausedUntilMs = untilMs;
    this.#tokens = 1;
    this.#filledMs = untilMs;
  }

  #rate(nowMs: number): number {
    if (this.#slowed === undefined) return this.#perSecond;
    const { rate, atMs } = this.#slowed;
    return Math.min(this.#perSecond, rate + this.#perSecond * Math.max(0, nowMs - atMs) / recoveryMs);
  }

  #waitMs(): number {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#pausedUntilMs) return this.#pausedUntilMs - nowMs;
    const rate = this.#rate(nowMs);
    this.#tokens = Math.min(rate * 2, this.#tokens + (nowMs - this.#filledMs) * rate / 1000);
    this.#filledMs = nowMs;
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * 1000 / rate);
  }

  /** One timer for all waiters. */
  #arm(): void {
    if (this.#cancelTimer !== undefined || this.#waiters.length === 0) return;
    this.#cancelTimer = this.#clock.after(this.#waitMs(), () => {
      this.#cancelTimer = undefined;
      while (this.#waiters.length > 0 && this.#waitMs() === 0) {
        this.#tokens--;
        this.#waiters.releaseNext();
      }
      this.#arm();
    });
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

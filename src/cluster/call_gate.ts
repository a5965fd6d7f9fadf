import type { Clock } from "../base/clock.ts";
import { Line } from "./line.ts";

/** A pause is lengthened by up to this share at random: who was turned away together does not come back together. */
const pauseJitter = 0.5;
/** Within this time the pace is back to the full one. */
const recoveryMs = 60_000;
/** The slowest pace, in requests a second. */
const slowest = 1;

/**
 * Lets requests through at a pace, first come, first served. A pause stops all of them and halves the pace; from there
 * it recovers steadily (additive increase, multiplicative decrease, as TCP does).
 */
export class CallGate {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onPause: (ms: number) => void;
  readonly #line = new Line();
  #tokens: number;
  #filledMs: number;
  /** The pace right after the last pause, and when that was. */
  #slowed: { readonly pace: number; readonly atMs: number } | undefined;
  #pausedUntilMs = 0;
  #timer = false;

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

  /** Waits for its turn. Rejects with the signal's reason when that ends the wait. */
  async pass(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#line.length === 0 && this.#waitMs() === 0) {
      this.#tokens--;
      return;
    }
    const turn = this.#line.wait(signal);
    this.#arm();
    await turn;
  }

  /** Nothing passes for `ms`, and no burst after it. */
  pause(ms: number): void {
    const nowMs = this.#clock.nowMs();
    const untilMs = nowMs + ms * (1 + pauseJitter * this.#random());
    // Those that were under way together are turned away together: one pause, not one each.
    if (nowMs >= this.#pausedUntilMs) {
      this.#slowed = { pace: Math.max(slowest, this.#pace(nowMs) / 2), atMs: untilMs };
      this.#onPause(ms);
    } else if (untilMs <= this.#pausedUntilMs) return;
    else this.#slowed = { pace: this.#slowed!.pace, atMs: untilMs };
    this.#pausedUntilMs = untilMs;
    this.#tokens = 1;
    this.#filledMs = untilMs;
  }

  #pace(nowMs: number): number {
    if (this.#slowed === undefined) return this.#perSecond;
    const { pace, atMs } = this.#slowed;
    return Math.min(this.#perSecond, pace + this.#perSecond * Math.max(0, nowMs - atMs) / recoveryMs);
  }

  #waitMs(): number {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#pausedUntilMs) return this.#pausedUntilMs - nowMs;
    const pace = this.#pace(nowMs);
    this.#tokens = Math.min(pace * 2, this.#tokens + (nowMs - this.#filledMs) * pace / 1000);
    this.#filledMs = nowMs;
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * 1000 / pace);
  }

  /** One timer for all who wait. */
  #arm(): void {
    if (this.#timer || this.#line.length === 0) return;
    this.#timer = true;
    this.#clock.after(this.#waitMs(), () => {
      this.#timer = false;
      while (this.#line.length > 0 && this.#waitMs() === 0) {
        this.#tokens--;
        this.#line.next();
      }
      this.#arm();
    });
  }
}

/** Lets `burst` through at once and then one every `everyMs`. Holds no timer: the caller passes the time. */
export class TokenBucket {
  readonly #burst: number;
  readonly #everyMs: number;
  #tokens: number;
  #filledMs: number;

  constructor(limit: { burst: number; everyMs: number }, nowMs: number) {
    this.#burst = limit.burst;
    this.#everyMs = limit.everyMs;
    this.#tokens = limit.burst;
    this.#filledMs = nowMs;
  }

  /** Takes a token if there is one. */
  take(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Milliseconds until `take` can succeed; 0 when it can now. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * this.#everyMs);
  }

  #fill(nowMs: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#filledMs) / this.#everyMs);
    this.#filledMs = nowMs;
  }
}

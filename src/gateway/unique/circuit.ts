/** Failures in a row after which nothing is tried for a while. */
const maxFailures = 3;
/** How long, before one attempt shows whether it works again. */
const openMs = 5_000;

/** Keeps attempts that would only fail from being made: each of them would take its whole time limit. */
export class Circuit {
  #failures = 0;
  #openUntilMs = -Infinity;

  /** May an attempt be made? Once after the wait; then as often as wanted after a success, or after another wait. */
  allows(nowMs: number): boolean {
    if (this.#failures < maxFailures) return true;
    if (nowMs < this.#openUntilMs) return false;
    this.#openUntilMs = nowMs + openMs;
    return true;
  }

  /** Returns whether nothing is tried from now on. */
  failed(nowMs: number): boolean {
    this.#failures++;
    if (this.#failures < maxFailures) return false;
    this.#openUntilMs = nowMs + openMs;
    return this.#failures === maxFailures;
  }

  /** Returns whether nothing was tried until now. */
  succeeded(): boolean {
    const wasOpen = this.#failures >= maxFailures;
    this.#failures = 0;
    return wasOpen;
  }
}

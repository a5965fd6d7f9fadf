/** So many of the latest waits are looked at. */
const size = 512;

/** How long keys waited lately: the latest passes, in memory that was taken once. */
export class WaitWindow {
  readonly #waits = new Float64Array(size);
  readonly #sorted = new Float64Array(size);
  #count = 0;

  add(waitedMs: number): void {
    this.#waits[this.#count++ % size] = waitedMs;
  }

  /** Milliseconds that half, and 99 of 100, of the latest passes did not exceed; `undefined` before the first. */
  snapshot(): { readonly p50: number; readonly p99: number } | undefined {
    const filled = Math.min(this.#count, size);
    if (filled === 0) return undefined;
    const sorted = this.#sorted.subarray(0, filled);
    sorted.set(this.#waits.subarray(0, filled));
    sorted.sort();
    const rank = (share: number) => sorted[Math.ceil(share * filled) - 1]!;
    return { p50: rank(0.5), p99: rank(0.99) };
  }
}

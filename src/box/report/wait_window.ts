/** Number of waits in the window. */
const size = 512;

/** How long keys waited before the latest passes, in preallocated memory. */
export class WaitWindow {
  readonly #waits = new Float64Array(size);
  readonly #sorted = new Float64Array(size);
  #count = 0;

  add(waitedMs: number): void {
    this.#waits[this.#count++ % size] = waitedMs;
  }

  /** Percentiles in ms; `undefined` before the first wait. */
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

import { splitCertificates } from "./pem.ts";

/**
 * Which CAs API servers verify with. They learn of a webhook object by their watches, moments after it was written, and
 * nothing says when the last of them has: so a CA counts `settleMs` after it was confirmed.
 */
export class Publication {
  readonly #nowMs: () => number;
  readonly #settleMs: number;
  /** CA, as PEM → since when it is on every webhook object, in monotonic ms. */
  readonly #since = new Map<string, number>();

  constructor(nowMs: () => number, settleMs: number) {
    this.#nowMs = nowMs;
    this.#settleMs = settleMs;
  }

  /** Every webhook object carries this bundle. */
  confirm(bundle: string): void {
    const cas = new Set(splitCertificates(bundle));
    for (const ca of this.#since.keys()) if (!cas.has(ca)) this.#since.delete(ca);
    for (const ca of cas) if (!this.#since.has(ca)) this.#since.set(ca, this.#nowMs());
  }

  /** A webhook object was found with another bundle. */
  retract(): void {
    this.#since.clear();
  }

  /** In how many ms a CA counts, 0 for now; `undefined` where it was not confirmed. */
  settlesInMs(ca: string): number | undefined {
    const since = this.#since.get(ca);
    return since === undefined ? undefined : Math.max(0, since + this.#settleMs - this.#nowMs());
  }
}

import type { Clock } from "../../base/clock.ts";
import { whyUnusable } from "./decide.ts";
import type { KeyPair, Leaf } from "./inspect.ts";
import { joinCertificates, splitCertificates } from "./pem.ts";
import { Publication } from "./publication.ts";

/** What one replica serves and publishes, and when it may serve another leaf. */
export class CertificateState {
  readonly ready: Promise<void>;
  readonly publication: Publication;
  readonly #clock: Clock;
  readonly #becameReady = Promise.withResolvers<void>();
  readonly #listeners = new Set<() => void>();
  #leaf: Leaf | undefined;
  #bundle = "";

  constructor(clock: Clock, settleMs: number) {
    this.#clock = clock;
    this.publication = new Publication(() => clock.nowMs(), settleMs);
    this.ready = this.#becameReady.promise;
    this.ready.catch(() => {
      // Nobody is required to wait for it.
    });
  }

  get leaf(): Leaf | undefined {
    return this.#leaf;
  }

  serving(): KeyPair | undefined {
    return this.#leaf === undefined ? undefined : { certPem: this.#leaf.certPem, keyPem: this.#leaf.keyPem };
  }

  /** The bundle of the source, and the CA of the leaf that is served, as long as it is. */
  caBundle(): string {
    return this.#bundle;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * The source has `leaf`, which clients verify with `bundle`. It is served from now on, unless another one is served
   * that still can be and API servers may not know the CA of the new one. Returns 0, or in how many ms to offer it
   * again, if its CA is not confirmed before.
   */
  offer(leaf: Leaf, bundle: string): number {
    const former = this.#leaf;
    const waitMs = this.#waitMs(leaf);
    if (waitMs === 0) this.#leaf = leaf;
    this.#take(bundle, former);
    return waitMs;
  }

  stop(): void {
    this.#listeners.clear();
    this.#becameReady.reject(new DOMException("The certificates were stopped", "AbortError"));
  }

  #waitMs(leaf: Leaf): number {
    const served = this.#leaf;
    const wallMs = this.#clock.wallMs();
    if (served === undefined || isSame(served, leaf) || whyUnusable(served, wallMs) !== undefined) return 0;
    if (leaf.caPem === undefined) return 0; // clients verify with the roots of their system
    return Math.min(this.publication.settlesInMs(leaf.caPem) ?? Infinity, served.notAfterMs - wallMs);
  }

  #take(bundle: string, former: Leaf | undefined): void {
    const served = this.#leaf?.caPem;
    const all = splitCertificates(bundle);
    const next = joinCertificates(served === undefined ? all : [...all, served]);
    const changed = next !== this.#bundle || !isSame(this.#leaf, former);
    this.#bundle = next;
    if (this.#leaf !== undefined) this.#becameReady.resolve();
    if (changed) { for (const listener of [...this.#listeners]) listener(); }
  }
}

function isSame(a: KeyPair | undefined, b: KeyPair | undefined): boolean {
  return a?.certPem === b?.certPem && a?.keyPem === b?.keyPem;
}

/** Bodies of up to this many bytes, nearly all of them, are not counted: no flood of large ones keeps them out. */
const freeBytes = 256 * 1024;

/**
 * Bounds the memory of large bodies that are being read at the same time: beyond it, the one that was begun first is
 * given up. An API server sends a body within moments, so what is oldest is what somebody sends slowly.
 */
export class BodyBudget {
  readonly #maxBytes: number;
  /** Oldest first. */
  readonly #held = new Map<BodyShare, number>();
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** For one body; `giveUp` is called where its memory is needed for later ones. */
  open(giveUp: () => void): BodyShare {
    const share: BodyShare = {
      grow: (bytes) => {
        if (bytes <= freeBytes) return;
        this.#usedBytes += bytes - (this.#held.get(share) ?? 0);
        this.#held.set(share, bytes);
        for (const [other, held] of this.#held) {
          if (this.#usedBytes <= this.#maxBytes) return;
          this.#release(other, held);
          other.giveUp();
        }
      },
      close: () => this.#release(share, this.#held.get(share) ?? 0),
      giveUp,
    };
    return share;
  }

  #release(share: BodyShare, bytes: number): void {
    if (this.#held.delete(share)) this.#usedBytes -= bytes;
  }
}

/** What one body takes. */
export interface BodyShare {
  /** It has this many bytes by now. */
  grow(bytes: number): void;
  close(): void;
  readonly giveUp: () => void;
}

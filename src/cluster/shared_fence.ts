import type { RequestLine } from "./api_error.ts";
import { type Fence, FencedError } from "./fence.ts";

/** Offsets in the shared memory, in 64-bit words. Times are microseconds, rounded down; 0: no writes. */
const monotonicAt = 0;
const wallAt = 1;
const transitionsAt = 2;
const words = 3;

const notLeading = "This process does not hold the lease";

/** Clocks of the isolate that reads a fence. */
export interface FenceClocks {
  /**
   * Monotonic milliseconds of the isolate that grants, or later: never earlier, or a write could leave too late.
   * `undefined`: not known yet, so nothing may be written.
   */
  readonly ownerMs: () => number | undefined;
  readonly wallMs: () => number;
}

/** Until when writes may be sent, on two clocks of the same machine. */
export interface Grant {
  /** On the monotonic clock of the granting isolate, in ms. */
  readonly untilMs: number;
  /** The same moment on the wall clock. */
  readonly untilWallMs: number;
  /** `spec.leaseTransitions` of the Lease. */
  readonly transitions: number;
}

/**
 * A deadline for writes in memory that all isolates of a process share: one grants, all of them read it before every
 * write, without a message between.
 *
 * Two clocks count, and the earlier one wins. `CLOCK_MONOTONIC` (what `performance.now()` reads on Linux) does not
 * follow steps of the wall clock, but stands still while the machine is suspended; the wall clock counts that time, but
 * can be set back. A machine that was suspended is fenced by the wall clock, one whose time was set back by the
 * monotonic one. A wall clock that is set forward keeps writes back until the next renewal, no longer.
 */
export class SharedFence {
  readonly memory: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  constructor(memory = new SharedArrayBuffer(words * 8)) {
    this.memory = memory;
    this.#words = new BigInt64Array(memory);
  }

  /** Extends the deadline, or begins a term. */
  grant({ untilMs, untilWallMs, transitions }: Grant): void {
    // The number first: a request that sees the new deadline sends the new number.
    Atomics.store(this.#words, transitionsAt, BigInt(transitions));
    Atomics.store(this.#words, wallAt, micros(untilWallMs));
    Atomics.store(this.#words, monotonicAt, micros(untilMs));
  }

  /** No write is sent from now on. */
  close(): void {
    Atomics.store(this.#words, monotonicAt, 0n);
    Atomics.store(this.#words, wallAt, 0n);
  }

  /** This fence as the requests of one isolate see it. Reads are never held back: a standby keeps its caches. */
  reader({ ownerMs, wallMs }: FenceClocks): Fence {
    const words = this.#words;
    const leftMs = (): number => {
      const now = ownerMs();
      const until = Atomics.load(words, monotonicAt);
      if (now === undefined || until === 0n) return 0;
      const untilWall = Atomics.load(words, wallAt);
      return Math.max(0, Math.min(Number(until) / 1000 - now, Number(untilWall) / 1000 - wallMs()));
    };
    return {
      check(request: RequestLine): void {
        if (request.verb !== "GET" && leftMs() === 0) throw new FencedError(request, notLeading);
      },
      leftMs,
      get userAgent() {
        return leftMs() === 0 ? undefined : `lease=${Atomics.load(words, transitionsAt)}`;
      },
    };
  }
}

function micros(ms: number): bigint {
  return BigInt(Math.max(1, Math.floor(ms * 1000)));
}

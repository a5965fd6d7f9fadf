import type { CellBeat } from "./protocol.ts";

/** What a cell may do before it is ended. */
export interface CellLimits {
  /** Heap of a cell in MB; V8 ends the cell at it, the watchdog a little before. */
  readonly heapMb: number;
  /** Longest silence. Synchronous work is cut much sooner, so a silent cell is dead or spins. */
  readonly silenceMs: number;
  /** Longest time until the first sign of life: a thread is made and code is loaded. */
  readonly startMs: number;
  /** Longest time that a pass neither computes nor waits for a response: what it ran on has died under it. */
  readonly stallMs: number;
  /** Longest pass. Its calls have time-outs of their own, so a longer one hangs. */
  readonly passMs: number;
}

export const defaultCellLimits: CellLimits = {
  heapMb: 256,
  silenceMs: 10_000,
  startMs: 30_000,
  stallMs: 15_000,
  passMs: 600_000,
};

/**
 * Of the heap, what may be in use. A heap that is full does not always end its isolate: code that awaits may stop for
 * ever while timers fire, so a heartbeat alone does not show it.
 */
const heapShare = 0.9;

/** Looks at a cell's signs of life. Pure: times are monotonic milliseconds. */
export class Watchdog {
  readonly #limits: CellLimits;
  #lastBeatMs: number;
  #beat: CellBeat | undefined;

  constructor(limits: CellLimits, nowMs: number) {
    this.#limits = limits;
    this.#lastBeatMs = nowMs;
  }

  beat(beat: CellBeat, nowMs: number): void {
    this.#beat = beat;
    this.#lastBeatMs = nowMs;
  }

  /**
   * The watchdog itself was not scheduled for this long: the process was suspended, or had no CPU. Messages were not
   * received, so that time does not count as silence of the cell.
   */
  wasAway(ms: number): void {
    this.#lastBeatMs += Math.max(0, ms);
  }

  /** Why the cell has to be ended now, or `undefined`. */
  verdict(nowMs: number): string | undefined {
    const { heapMb, silenceMs, startMs, stallMs, passMs } = this.#limits;
    const silentMs = nowMs - this.#lastBeatMs;
    if (silentMs > (this.#beat === undefined ? startMs : silenceMs)) {
      return `no sign of life for ${Math.round(silentMs / 1000)} s`;
    }
    if (this.#beat === undefined) return undefined;
    const usedMb = this.#beat.heapUsed / 1_048_576;
    if (usedMb > heapMb * heapShare) return `${Math.round(usedMb)} MB of its ${heapMb} MB of memory in use`;
    if (this.#beat.stalledMs > stallMs) {
      return `a pass has stopped for ${Math.round(stallMs / 1000)} s, waiting for nothing`;
    }
    if (this.#beat.oldestPassMs > passMs) return `a pass takes longer than ${Math.round(passMs / 1000)} s`;
    return undefined;
  }
}

import type { Clock } from "../base/clock.ts";
import { sleep } from "./sleep.ts";
import { TokenBucket } from "./token_bucket.ts";

/** One thing to be sent. */
export interface LaneWork {
  /** Two of the same key need to wait but once; works without one are never the same. */
  readonly key?: string | undefined;
}

export interface LaneOptions<W> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How often sending begins. */
  readonly rate: { readonly burst: number; readonly everyMs: number };
  /** Works that wait at most. */
  readonly maxWaiting: number;
  /** Sends one; never throws. */
  readonly send: (work: W) => Promise<void>;
}

/** A bounded queue that is sent one after the other, at a bounded rate. */
export class EventLane<W extends LaneWork> {
  readonly #options: LaneOptions<W>;
  readonly #bucket: TokenBucket;
  readonly #keys = new Set<string>();
  #queue: W[] = [];
  #sending: Promise<void> | undefined;

  constructor(options: LaneOptions<W>) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.rate, options.clock.nowMs());
  }

  /** A work of that key waits. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Queues a work; false when too many wait. */
  push(work: W): boolean {
    if (this.#queue.length >= this.#options.maxWaiting) return false;
    this.#queue.push(work);
    if (work.key !== undefined) this.#keys.add(work.key);
    this.#sending ??= this.#sendAll();
    return true;
  }

  /** Takes out what waits. */
  clear(): W[] {
    this.#keys.clear();
    return this.#queue.splice(0);
  }

  /** Resolves when nothing is being sent. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    const { clock, signal, send } = this.#options;
    await Promise.resolve(); // `#sending` is set by then, whatever comes
    while (this.#queue.length > 0 && !signal.aborted) {
      if (!this.#bucket.take(clock.nowMs())) {
        await sleep(clock, this.#bucket.waitMs(clock.nowMs()), signal);
        continue;
      }
      const work = this.#queue.shift()!;
      if (work.key !== undefined) this.#keys.delete(work.key);
      await send(work);
    }
    // Not in a `finally` of the promise: what is pushed before that runs would wait for ever.
    this.#sending = undefined;
  }
}

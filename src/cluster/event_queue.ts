import type { Clock } from "../base/clock.ts";
import { sleep } from "./sleep.ts";
import { TokenBucket } from "./token_bucket.ts";

/** One Event to be sent. */
export interface EventQueueItem {
  /** Items with the same key are queued once; items without one are never duplicates. */
  readonly key?: string | undefined;
}

export interface EventQueueOptions<W> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The rate at which items are sent. */
  readonly rate: { readonly burst: number; readonly everyMs: number };
  /** Length of the queue; items beyond it are rejected. */
  readonly maxWaiting: number;
  /** Sends one; never throws. */
  readonly send: (item: W) => Promise<void>;
}

/** A bounded queue whose items are sent one at a time, at a bounded rate. */
export class EventQueue<W extends EventQueueItem> {
  readonly #options: EventQueueOptions<W>;
  readonly #bucket: TokenBucket;
  readonly #keys = new Set<string>();
  #queue: W[] = [];
  #sending: Promise<void> | undefined;

  constructor(options: EventQueueOptions<W>) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.rate, options.clock.nowMs());
  }

  /** An item with that key is queued. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Queues an item; false when the queue is full. */
  push(item: W): boolean {
    if (this.#queue.length >= this.#options.maxWaiting) return false;
    this.#queue.push(item);
    if (item.key !== undefined) this.#keys.add(item.key);
    this.#sending ??= this.#sendAll();
    return true;
  }

  /** Removes and returns what is queued. */
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
    await Promise.resolve(); // `#sending` is set by then in any case
    while (this.#queue.length > 0 && !signal.aborted) {
      if (!this.#bucket.take(clock.nowMs())) {
        await sleep(clock, this.#bucket.waitMs(clock.nowMs()), signal);
        continue;
      }
      const item = this.#queue.shift()!;
      if (item.key !== undefined) this.#keys.delete(item.key);
      await send(item);
    }
    // Not in a `finally` of the promise: an item pushed before that ran would never be sent.
    this.#sending = undefined;
  }
}

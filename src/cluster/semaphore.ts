import { WaitQueue } from "./wait_queue.ts";

/** A counting semaphore; those that wait are served first in, first out. */
export class Semaphore {
  #free: number;
  readonly #waiters = new WaitQueue();

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Acquires a permit, and resolves to the function that releases it (once). Rejects with the reason of the signal when
   * that aborts the wait.
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await this.#waiters.wait(signal);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      // The permit goes straight to the next waiter, so that no later caller overtakes it.
      if (!this.#waiters.releaseNext()) this.#free++;
    };
  }
}

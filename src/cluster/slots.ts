import { Line } from "./line.ts";

/** Lets so many in at once; the others wait in the order in which they came. */
export class Slots {
  #free: number;
  readonly #line = new Line();

  constructor(count: number) {
    this.#free = count;
  }

  /** Waits for a place; the answer gives it back, once. Rejects with the signal's reason when that ends the wait. */
  async take(signal?: AbortSignal): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await this.#line.wait(signal);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      // The place goes straight to the next in line, so that nobody who comes later is faster.
      if (!this.#line.next()) this.#free++;
    };
  }
}

import { Failure } from "./failure.ts";
import type { RenderLimits } from "./limits.ts";

/** Characters that cost one step. Some functions look at each of them for themselves, so it cannot be many. */
const charactersPerStep = 32;

/** What is left of a render's limits. Every function that walks or makes something large pays here first. */
export class Budget {
  readonly #limits: RenderLimits;
  #steps: number;

  constructor(limits: RenderLimits) {
    this.#limits = limits;
    this.#steps = limits.steps;
  }

  get outputBytes(): number {
    return this.#limits.outputBytes;
  }

  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new Failure(`Cannot render: more than ${this.#limits.steps} steps`, "steps");
  }

  /** Pays for reading text or bytes of this length. */
  read(length: number): void {
    if (length >= charactersPerStep) this.spend(Math.floor(length / charactersPerStep));
  }

  /** Pays for making text of this length, before it is made. */
  make(length: number): void {
    this.fit(length);
    this.read(length);
  }

  /** Refuses a text of this length that is too long; for text that grows by parts that are paid for each. */
  fit(length: number): void {
    if (length > this.#limits.outputBytes) throw this.tooLong();
  }

  tooLong(): Failure {
    return new Failure(`Cannot render: more than ${this.#limits.outputBytes} bytes of text`, "output");
  }
}

import type { Stage } from "../../tests/katalogs/stage.ts";
import { createWebsite, websites } from "../peers/websites.ts";

/**
 * Users who change their minds: creates, updates and deletes Websites of `names` names, at random. The same seed gives
 * the same course.
 */
export class Churn {
  readonly #request: Stage["request"];
  readonly #names: number;
  readonly #alive = new Set<number>();
  #state: number;
  /** Changes so far. */
  changes = 0;

  constructor(request: Stage["request"], options: { names: number; seed: number }) {
    this.#request = request;
    this.#names = options.names;
    this.#state = options.seed >>> 0;
  }

  get alive(): number {
    return this.#alive.size;
  }

  async step(): Promise<void> {
    const id = Math.floor(this.#random() * this.#names);
    const path = `${websites}/w${id}`;
    this.changes++;
    if (!this.#alive.has(id)) {
      await createWebsite(this.#request, `w${id}`, `hello ${this.changes}`);
      this.#alive.add(id);
    } else if (this.#random() < 0.6) {
      const patch = { spec: { message: `hello again ${this.changes}` } };
      await this.#request("PATCH", path, patch, "application/merge-patch+json");
    } else {
      await this.#request("DELETE", path);
      this.#alive.delete(id);
    }
  }

  /** mulberry32: small, and the same on every machine. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

import { compareResourceVersions } from "../../k8s/object.ts";

/** How many ends are remembered; by then the answers that they guard against have long arrived. */
const most = 10_000;

/**
 * Remembers which objects went and at which resourceVersion, so that the answer to an own write, which may arrive
 * after the watch has told the end, does not bring a dead object back.
 */
export class Tombstones {
  readonly #ends = new Map<string, string>();

  bury(id: string, resourceVersion: string | undefined): void {
    if (resourceVersion === undefined || resourceVersion === "") return;
    this.#ends.delete(id);
    this.#ends.set(id, resourceVersion);
    if (this.#ends.size > most) {
      const [oldest] = this.#ends.keys();
      this.#ends.delete(oldest!);
    }
  }

  /**
   * A read has found the object in this state. The end of an object has a version of its own, so one that was buried at
   * this very version was only thought to be gone.
   */
  exhume(id: string, resourceVersion: string): void {
    if (this.#ends.get(id) === resourceVersion) this.#ends.delete(id);
  }

  clear(): void {
    this.#ends.clear();
  }

  /** Is this state from before the end? A newer one is a successor, and the end is forgotten. */
  covers(id: string, resourceVersion: string | undefined): boolean {
    const end = this.#ends.get(id);
    if (end === undefined) return false;
    if (compareResourceVersions(resourceVersion ?? "", end) <= 0) return true;
    this.#ends.delete(id);
    return false;
  }
}

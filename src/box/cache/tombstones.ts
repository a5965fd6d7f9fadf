import { compareResourceVersions } from "../../k8s/object.ts";

/** Once this many are exceeded, the responses that the oldest guards against arrived long ago. */
const maxTombstones = 10_000;

/**
 * Remembers which objects were deleted and at which resourceVersion, so that the response to an own write, which may
 * arrive after the DELETED event, does not readd a deleted object.
 */
export class Tombstones {
  readonly #ends = new Map<string, string>();

  bury(id: string, resourceVersion: string | undefined): void {
    if (resourceVersion === undefined || resourceVersion === "") return;
    this.#ends.delete(id);
    this.#ends.set(id, resourceVersion);
    if (this.#ends.size > maxTombstones) {
      const [oldest] = this.#ends.keys();
      this.#ends.delete(oldest!);
    }
  }

  /**
   * A read has found the object in this state. A deletion has a version of its own, so an object that was buried at
   * this version was not deleted.
   */
  exhume(id: string, resourceVersion: string): void {
    if (this.#ends.get(id) === resourceVersion) this.#ends.delete(id);
  }

  clear(): void {
    this.#ends.clear();
  }

  /** Is this state from before the deletion? A newer one is a successor, and removes the tombstone. */
  covers(id: string, resourceVersion: string | undefined): boolean {
    const end = this.#ends.get(id);
    if (end === undefined) return false;
    if (compareResourceVersions(resourceVersion ?? "", end) <= 0) return true;
    this.#ends.delete(id);
    return false;
  }
}

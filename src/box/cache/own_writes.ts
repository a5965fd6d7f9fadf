/** Remembered for one kind; their events follow within milliseconds, or came before the responses. */
const maxVersions = 1_000;

/** States that a box wrote itself and has in its store, by kind and resourceVersion: their events are redundant. */
export class OwnWrites {
  readonly #byResource = new Map<string, Set<string>>();

  add(resource: string, resourceVersion: string | undefined): void {
    if (resourceVersion === undefined || resourceVersion === "") return;
    let versions = this.#byResource.get(resource);
    if (versions === undefined) this.#byResource.set(resource, versions = new Set());
    versions.add(resourceVersion);
    if (versions.size > maxVersions) {
      const [oldest] = versions;
      versions.delete(oldest!);
    }
  }

  /** After a relist: the history may be another one, in which the same versions mean other states. */
  clear(resource: string): void {
    this.#byResource.delete(resource);
  }

  has(resource: string, resourceVersion: string): boolean {
    return this.#byResource.get(resource)?.has(resourceVersion) ?? false;
  }
}

/** How many are remembered of one kind; their echoes are milliseconds away, or were there before the answers. */
const most = 1_000;

/** The states that a box wrote itself and has in its store, by kind and resourceVersion: their events bring no news. */
export class OwnWrites {
  readonly #byResource = new Map<string, Set<string>>();

  add(resource: string, resourceVersion: string | undefined): void {
    if (resourceVersion === undefined || resourceVersion === "") return;
    let versions = this.#byResource.get(resource);
    if (versions === undefined) this.#byResource.set(resource, versions = new Set());
    versions.add(resourceVersion);
    if (versions.size > most) {
      const [oldest] = versions;
      versions.delete(oldest!);
    }
  }

  /** A new list was made, perhaps because the history is another one, in which numbers mean other states. */
  clear(resource: string): void {
    this.#byResource.delete(resource);
  }

  has(resource: string, resourceVersion: string): boolean {
    return this.#byResource.get(resource)?.has(resourceVersion) ?? false;
  }
}

import { groupKind, type ObjectKey, type ResourceType, splitKey } from "../../k8s/object.ts";
import type { WatchPlan } from "../../plan/plan.ts";
import type { SourceRef, SourceState } from "../../reconcile/mod.ts";
import { SourceWatch, type SourceWatchOptions } from "./source_watch.ts";

export interface SourcesOptions extends SourceWatchOptions {
  /** A source of this CR is another than before, or can be read now, or cannot any more. */
  readonly changed: (cr: ObjectKey, source: ChangedSource) => void;
}

export interface ChangedSource extends SourceRef {
  /** Of its new state; absent: only whether it can be read has changed. */
  readonly resourceVersion: string | undefined;
}

/** Sources that CRs name, besides those that the Katalog names. Each costs a connection. */
export const maxChosenSources = 100;

/**
 * The objects that entries copy from, of one box: watched by name (ruling 48), apart from its children. The sources that
 * a Katalog names are watched from the start; those that CRs name are watched one by one, as long as a CR uses them.
 */
export class Sources {
  readonly #options: SourcesOptions;
  /** `Secret/shop/name`; `Secret//name` in all namespaces. */
  readonly #watches = new Map<string, SourceWatch>();
  #chosen = 0;
  /** CR → ids of its sources */
  readonly #used = new Map<ObjectKey, ReadonlyMap<string, SourceRef>>();
  /** Id of a source → CRs */
  readonly #users = new Map<string, Set<ObjectKey>>();
  /** CR → of the last change of one of its sources, or of which they are */
  readonly #versions = new Map<ObjectKey, number>();
  #changes = 0;
  readonly #stopped: Promise<void>[] = [];
  #stopping = false;

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  /** Watches what the Katalog names. Resolves when it is known, or is not known after a while. */
  async open({ type, namespaces, fieldSelector }: WatchPlan): Promise<void> {
    const name = fieldSelector?.["metadata.name"];
    if (name === undefined) throw new TypeError(`A source of ${type.kind} is not watched by its name`);
    const places: readonly (string | undefined)[] = namespaces ?? [undefined];
    await Promise.all(places.map((namespace) => this.#watch(type, namespace, name, false).settled));
  }

  /** What is known of a source. A read of the cache, in every pass. */
  state({ type, key }: SourceRef): SourceState {
    const watch = this.#watchOf(type, key);
    if (watch !== undefined) return watch.state(key);
    if (this.#chosen < maxChosenSources) return { state: "pending" };
    const why =
      `the objects of this box name more than ${maxChosenSources} sources; name sources in the Katalog instead`;
    return { state: "unreadable", why };
  }

  /** The sources that the last decision on a CR read, in place of those before. */
  use(cr: ObjectKey, refs: readonly SourceRef[]): void {
    const before = this.#used.get(cr) ?? new Map<string, SourceRef>();
    const now = new Map(refs.map((ref) => [idOf(ref.type, ref.key), ref]));
    if (before.size !== now.size || [...before.keys()].some((id) => !now.has(id))) {
      this.#versions.set(cr, ++this.#changes);
    }
    // What is used no more makes room first.
    for (const [id, ref] of before) if (!now.has(id)) this.#unuse(cr, id, ref);
    if (now.size > 0) this.#used.set(cr, now);
    else this.#used.delete(cr);
    for (const [id, { type, key }] of now) {
      let users = this.#users.get(id);
      if (users === undefined) this.#users.set(id, users = new Set());
      users.add(cr);
      // One that was refused before, too: there may be room by now.
      if (this.#watchOf(type, key) === undefined && this.#chosen < maxChosenSources && !this.#stopping) {
        const { namespace, name } = splitKey(key);
        this.#watch(type, namespace, name, true);
      }
    }
  }

  /** The CR is gone, or nothing is made for it. */
  release(cr: ObjectKey): void {
    this.use(cr, []);
    this.#versions.delete(cr);
  }

  /** Another number after every change of what the CR copies; 0: it copies nothing. */
  versionOf(cr: ObjectKey): number {
    return this.#versions.get(cr) ?? 0;
  }

  /** Resolves when it is worth deciding again: sources of the CR were just opened; `undefined`: at once. */
  settling(cr: ObjectKey, signal: AbortSignal): Promise<void> | undefined {
    const waits = [...this.#used.get(cr)?.values() ?? []].map(({ type, key }) => this.#watchOf(type, key))
      .filter((watch) => watch !== undefined && !watch.isSettled).map((watch) => watch!.settled);
    return waits.length === 0 ? undefined : unlessAborted(Promise.all(waits), signal);
  }

  /** Passes in flight may still use it: nothing is opened any more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const id of [...this.#watches.keys()]) this.#close(id);
    await Promise.all(this.#stopped);
  }

  #watch(type: ResourceType, namespace: string | undefined, name: string, chosen: boolean): SourceWatch {
    const id = `${groupKind(type)}/${namespace ?? ""}/${name}`;
    const known = this.#watches.get(id);
    if (known !== undefined) return known;
    const watch = new SourceWatch(
      type,
      { namespace, name },
      chosen,
      this.#options,
      (key, version) => this.#changed(type, key, version),
    );
    this.#watches.set(id, watch);
    if (chosen) this.#chosen++;
    return watch;
  }

  /** One name is never watched twice: a CR may choose a source that the Katalog names too. */
  #watchOf(type: ResourceType, key: ObjectKey): SourceWatch | undefined {
    return this.#watches.get(idOf(type, key)) ?? this.#watches.get(`${groupKind(type)}//${splitKey(key).name}`);
  }

  /** `key`: of one object, or the name of all that a watch covers. */
  #changed(type: ResourceType, key: ObjectKey | { readonly name: string }, resourceVersion?: string): void {
    const prefix = `${groupKind(type)}/`;
    const ids = typeof key === "string"
      ? [idOf(type, key)]
      : [...this.#users.keys()].filter((id) => id.startsWith(prefix) && id.endsWith(`/${key.name}`));
    for (const id of ids) {
      const source = { type, key: id.slice(prefix.length), resourceVersion };
      for (const cr of this.#users.get(id) ?? []) {
        this.#versions.set(cr, ++this.#changes);
        this.#options.changed(cr, source);
      }
    }
  }

  #unuse(cr: ObjectKey, id: string, { type, key }: SourceRef): void {
    const users = this.#users.get(id);
    users?.delete(cr);
    if (users === undefined || users.size > 0) return;
    this.#users.delete(id);
    if (this.#watches.get(idOf(type, key))?.chosen === true) this.#close(idOf(type, key));
  }

  #close(id: string): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    this.#watches.delete(id);
    if (watch.chosen) this.#chosen--;
    const stopped = watch.stop();
    this.#stopped.push(stopped);
    void stopped.then(() => this.#stopped.splice(this.#stopped.indexOf(stopped), 1));
  }
}

async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const abort = (): void => resolve();
  if (signal.aborted) return;
  signal.addEventListener("abort", abort, { once: true });
  await Promise.race([promise, aborted]);
  signal.removeEventListener("abort", abort);
}

function idOf(type: ResourceType, key: ObjectKey): string {
  return `${groupKind(type)}/${key}`;
}

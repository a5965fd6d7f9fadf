import type { Clock } from "../../base/clock.ts";
import { type CallError, confirmMs, discoverAll, discoverKinds, sleep } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { groupKind, type ResourceType } from "../../k8s/object.ts";
import { builtInTypes } from "../../k8s/resource_types.ts";

/** Where the objects of kinds are. */
export interface FoundTypes {
  readonly types: readonly ResourceType[];
  /** `groupKind`s of which discovery failed: whether they are served is not known. */
  readonly unknown: readonly string[];
  /** Why. */
  readonly failure: CallError | undefined;
}

/**
 * The types whose objects a sweep lists. What was found is kept, what was not is looked for each time. "all" leaves out
 * groups whose discovery fails: no status records that they matter.
 */
export class SweptTypes {
  readonly #api: ClusterApi;
  readonly #clock: Clock;
  readonly #signal: () => AbortSignal;
  #all: readonly ResourceType[] | undefined;
  /** By `groupKind`. */
  readonly #known = new Map(builtInTypes.map((type) => [groupKind(type), type]));

  constructor(api: ClusterApi, clock: Clock, signal: () => AbortSignal) {
    this.#api = api;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Those of these kinds (see `groupKind`) that are served. One is not once discovery has said so twice. */
  async find(kinds: readonly string[] | "all"): Promise<FoundTypes> {
    if (kinds === "all") return { types: await this.#findAll(), unknown: [], failure: undefined };
    const missing = (): string[] => kinds.filter((kind) => !this.#known.has(kind));
    let last: Awaited<ReturnType<typeof discoverKinds>> | undefined;
    for (let tries = 1; tries <= 2 && missing().length > 0; tries++) {
      if (tries > 1) await sleep(this.#clock, confirmMs, this.#signal());
      last = await discoverKinds(this.#api, missing(), { signal: this.#signal() });
      for (const type of last.types) this.#known.set(groupKind(type), type);
    }
    const types = kinds.flatMap((kind) => this.#known.get(kind) ?? []);
    return { types, unknown: last?.unknown ?? [], failure: last?.failure };
  }

  /** Their lists were 404. */
  forget(types: readonly ResourceType[]): void {
    this.#all = undefined;
    for (const type of types) this.#known.delete(groupKind(type));
  }

  async #findAll(): Promise<readonly ResourceType[]> {
    if (this.#all !== undefined) return this.#all;
    const { types, isComplete } = await discoverAll(this.#api, { signal: this.#signal() });
    if (isComplete) this.#all = types;
    return types;
  }
}

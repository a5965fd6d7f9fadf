import type { Clock } from "../../base/clock.ts";
import { compareText } from "../../base/finding.ts";
import { InspectError } from "../../dev/inspect/inspect_error.ts";
import type { Place } from "../../dev/inspect/runtime_api.ts";
import { type Fleet, fleetOf, type Installation } from "./fleet.ts";
import { Process } from "./process.ts";

/** Processes that are read at a time. */
export const maxProcesses = 64;

/** A process that is to be read. `key` says which: the same key is the same process. */
export interface Target {
  readonly key: string;
  /** Processes of different groups, such as namespaces, are no replicas of each other. */
  readonly group?: string;
  /** Throws `InspectError`. */
  open(): Place;
}

/** What finds processes: a list of URLs, or a cluster that is looked at again and again. */
export interface Discovery {
  /** Calls `found` with all of them, again whenever there are others. `trouble`: why there may be more. */
  start(found: (targets: readonly Target[], trouble?: string) => void): void;
  stop(): Promise<void>;
  /** For messages: where is looked. */
  readonly place: string;
}

/** What a change is about: the Katalogs of these slugs; `undefined`: any of them. */
export type Concerned = ReadonlySet<string> | undefined;

export interface SourcesOptions {
  readonly discovery: Discovery;
  readonly clock: Clock;
  readonly refreshMs: number;
  readonly timeoutMs: number;
}

/** Reads everything that the discovery finds, and says when something has changed. */
export class Sources {
  readonly #options: SourcesOptions;
  readonly #processes = new Map<string, Process>();
  readonly #closing = new Set<Promise<void>>();
  readonly #listeners = new Set<(concerned: Concerned) => void>();
  #fleet: Fleet = fleetOf([]);
  #trouble: string | undefined;
  #found = false;

  constructor(options: SourcesOptions) {
    this.#options = options;
    options.discovery.start((targets, trouble) => this.#take(targets, trouble));
  }

  get fleet(): Fleet {
    return this.#fleet;
  }

  /** Where is looked. */
  get place(): string {
    return this.#options.discovery.place;
  }

  /** Why there may be more than is shown. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Everything that is known of was read once, or could not be. */
  get isSettled(): boolean {
    return this.#found && [...this.#processes.values()].every(({ wasTried }) => wasTried);
  }

  /** Calls `listener` after each change, with what it is about. Returns what ends that. */
  onChange(listener: (concerned: Concerned) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#options.discovery.stop();
    await Promise.all([...[...this.#processes.values()].map((process) => process.close()), ...this.#closing]);
  }

  #take(targets: readonly Target[], trouble: string | undefined): void {
    const sorted = [...targets].sort((a, b) => compareText(a.key, b.key));
    const wanted = new Map(sorted.slice(0, maxProcesses).map((target) => [target.key, target]));
    const omitted = targets.length - wanted.size;
    this.#trouble = omitted > 0 ? `${omitted} more processes are not read: there are over ${maxProcesses}` : trouble;
    for (const [key, process] of this.#processes) {
      if (wanted.has(key)) continue;
      this.#processes.delete(key);
      const closing = process.close();
      this.#closing.add(closing);
      void closing.finally(() => this.#closing.delete(closing));
    }
    const { clock, refreshMs, timeoutMs } = this.#options;
    for (const [key, { open, group }] of wanted) {
      if (this.#processes.has(key)) continue;
      const changed = (): void => this.#changed(this.#processes.get(key));
      try {
        this.#processes.set(key, new Process({ place: open(), group, clock, refreshMs, timeoutMs, changed }));
      } catch (error) {
        if (!(error instanceof InspectError)) throw error;
        this.#trouble = error.message;
      }
    }
    this.#found = true;
    this.#changed();
  }

  /** Something of a process, or which processes there are. */
  #changed(process?: Process): void {
    const [before, after] = [this.#fleet, fleetOf([...this.#processes.values()])];
    this.#fleet = after;
    const concerned = process === undefined || slugsOf(before) !== slugsOf(after)
      ? undefined
      : new Set([before, after].flatMap(({ installations }) =>
        installations.filter((one) => isPartOf(process, one)).map(({ slug }) => slug)
      ));
    for (const listener of [...this.#listeners]) listener(concerned);
  }
}

function slugsOf({ installations }: Fleet): string {
  return installations.map(({ slug }) => slug).join("\n");
}

function isPartOf(process: Process, { runtimes, gateways }: Installation): boolean {
  return [...runtimes, ...gateways].some((one) => one.process === process);
}

/** Fixed places. */
export function listed(places: readonly Place[]): Discovery {
  return {
    place: places.map(({ text }) => text).join(", "),
    start: (found) => found(places.map((place) => ({ key: place.text, open: () => place }))),
    stop: () => Promise.resolve(),
  };
}

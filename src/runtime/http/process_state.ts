import type { Plan } from "../../plan/plan.ts";
import type { CrossSources } from "../cross/mod.ts";
import type { Leadership } from "../election/leadership.ts";
import type { RunningBox } from "../runtime.ts";
import type { KatalogDocuments } from "./documents.ts";

/** What runs: there once the Katalog was loaded and its boxes were started. */
export interface Served {
  readonly plan: Plan;
  readonly documents: KatalogDocuments;
  /** By name; all boxes of the plan. */
  readonly boxes: ReadonlyMap<string, RunningBox>;
  /** The boxes of other Runtimes that are read; absent: none. */
  readonly crossSources?: Pick<CrossSources, "states"> | undefined;
  /** Base URL of the HTTP API of the Gateway. */
  readonly gatewayEndpoint?: string | undefined;
  readonly leadership: Pick<Leadership, "isLeader" | "holder"> & Partial<Pick<Leadership, "trouble">>;
}

/**
 * The files of the Katalog since it was loaded: as they were, changed in what the Katalog does, or changed so that they
 * do not load.
 */
export type KatalogFiles = "current" | "changed" | "broken";

/** Where the process is in its life, as the API shows it; the entry keeps it up to date. */
export class ProcessState {
  #served: Served | undefined;
  #stopping = false;
  #fatal: string | undefined;
  #files: { readonly state: KatalogFiles; readonly reason?: string | undefined } = { state: "current" };

  /** Absent: the process starts. */
  get served(): Served | undefined {
    return this.#served;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Why the process cannot continue. */
  get fatal(): string | undefined {
    return this.#fatal;
  }

  /** What became of the Katalog's files; `reason`: what differs, or why they do not load. */
  get files(): { readonly state: KatalogFiles; readonly reason?: string | undefined } {
    return this.#files;
  }

  filesAre(state: KatalogFiles, reason?: string): void {
    this.#files = { state, reason };
  }

  serve(served: Served): void {
    this.#served = served;
  }

  stopping(): void {
    this.#stopping = true;
  }

  broken(reason: string): void {
    this.#fatal ??= reason;
  }
}

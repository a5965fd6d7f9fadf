import type { HostedBox } from "../../box/mod.ts";
import type { Plan } from "../../plan/plan.ts";
import type { KatalogDocuments } from "./documents.ts";

/** Whether this process is the one that reconciles. */
export interface Leadership {
  readonly isLeader: boolean;
  /** Identity of the leader, where it is known. */
  readonly holder?: string | undefined;
}

/** What the API uses of a box. */
export type ServedBox = Pick<HostedBox, "health" | "metrics" | "query">;

/** What runs: there once the Katalog was loaded and its boxes were started. */
export interface Served {
  readonly plan: Plan;
  readonly documents: KatalogDocuments;
  /** By name; all boxes of the plan. */
  readonly boxes: ReadonlyMap<string, ServedBox>;
}

/** Where the process is in its life, as the API shows it; the entry keeps it up to date. */
export class ProcessState {
  readonly leadership: () => Leadership;
  #served: Served | undefined;
  #stopping = false;
  #fatal: string | undefined;

  constructor(leadership: () => Leadership = () => ({ isLeader: true })) {
    this.leadership = leadership;
  }

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

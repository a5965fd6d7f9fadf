import type { ApiServer, Component, LeaseScope } from "../../bundle/mod.ts";

/** What every subcommand of `ork generate` takes. */
export interface GenerateOptions {
  /** Katalogs. */
  readonly files: readonly string[];
  /** Where the manifests are written; standard output when absent. */
  readonly output?: string | undefined;
}

/** What subcommands that print an installation take besides. */
export interface InstallOptions extends GenerateOptions {
  /** Where it is installed. */
  readonly namespace: string;
  readonly components: ReadonlySet<Component>;
  readonly leases: LeaseScope;
  /** A bundle or a Katalog that was installed before. */
  readonly previous?: string | undefined;
  /** Deployments and what belongs to them are printed too. */
  readonly workloads: boolean;
  readonly image?: string | undefined;
  readonly imageGateway?: string | undefined;
  /** All that the Pods may connect to; none: anything. */
  readonly apiServers: readonly ApiServer[];
}

/** What subcommands that write a folder take: an installation with what runs it. */
export interface FolderOptions extends InstallOptions {
  /** The folder. */
  readonly output: string;
  /** Of `ork`. */
  readonly version: string;
}

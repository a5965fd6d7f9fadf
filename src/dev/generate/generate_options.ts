/** What every subcommand of `ork generate` takes. */
export interface GenerateOptions {
  /** Katalogs. */
  readonly files: readonly string[];
  /** Where the manifests are written; standard output when absent. */
  readonly output?: string | undefined;
}

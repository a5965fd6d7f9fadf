import table from "./layers.json" with { type: "json" };

/** The law of `src/`, as data: `layers.json`. */
export interface LayerTable {
  /** From the bottom up: a folder imports itself and what stands above it in this list. */
  readonly layers: readonly { readonly folder: string; readonly pure: boolean }[];
  /** Pairs that do not know each other. */
  readonly independent: readonly (readonly string[])[];
  /** Folders that only these files, or folders (written with a slash at the end), may import. */
  readonly importedOnlyBy: Readonly<Record<string, readonly string[]>>;
  /** Each binary's start file and the one module that it imports. */
  readonly entries: Readonly<Record<string, string>>;
  /** Where a folder has a `mod.ts`, others come in through it, or through these files. */
  readonly sideDoors: Readonly<Record<string, readonly string[]>>;
  /** The npm packages that `src/` may use: in these files, or in folders (written with a slash at the end). */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** What must not be reachable, by any chain of imports, from a file or a folder. */
  readonly neverReached: Readonly<Record<string, readonly string[]>>;
  /** Which effectful folders may name a global; pure ones never. Read by the lint plugin. */
  readonly globals: Readonly<Record<string, readonly string[]>>;
}

export const layerTable: LayerTable = table;

/** `src/base/json.ts` → `base`; `undefined` outside `src/`. */
export function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** Whether `path` is `pattern`, or lies in it when it ends with a slash. */
export function matches(path: string, pattern: string): boolean {
  return pattern.endsWith("/") ? path.startsWith(pattern) : path === pattern;
}

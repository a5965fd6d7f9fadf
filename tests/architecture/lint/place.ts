import { folderOf, layerTable } from "../layers.ts";
import { isTest, projectRoot } from "../paths.ts";

/** Where a linted file stands. */
export interface Place {
  /** From the project's root. */
  readonly path: string;
  /** Its folder under `src/`, when it is a source of a binary and no test. */
  readonly folder: string | undefined;
  readonly pure: boolean;
  readonly test: boolean;
}

export function placeOf(filename: string): Place {
  const path = filename.startsWith(`${projectRoot}/`) ? filename.slice(projectRoot.length + 1) : filename;
  const test = isTest(path);
  const folder = test ? undefined : folderOf(path);
  const pure = layerTable.layers.some((layer) => layer.folder === folder && layer.pure);
  return { path, folder, pure, test };
}

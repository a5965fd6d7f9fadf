import { dirname, join } from "node:path";

/** Files by path in their folder, with `/`. */
export type FolderFiles = ReadonlyMap<string, string>;

/** A folder that is not what was generated before. */
export class ForeignFolderError extends Error {
  override name = "ForeignFolderError";
}

/**
 * Writes a folder of manifests. `owner` is the file whose first line is `mark`: a folder without it is written to only
 * when it is empty or absent. In one with it, `replaced` (files and folders) is removed first, so that nothing is applied
 * which is not generated any more. Throws `ForeignFolderError`, and `Deno.errors` for what cannot be written.
 */
export function writeFolder(
  folder: string,
  files: FolderFiles,
  { owner, mark, replaced }: { readonly owner: string; readonly mark: string; readonly replaced: readonly string[] },
): void {
  const text = ifThere(() => Deno.readTextFileSync(join(folder, owner)));
  if (text === undefined || !text.startsWith(mark)) {
    const entries = ifThere(() => [...Deno.readDirSync(folder)]) ?? [];
    if (entries.length > 0) {
      throw new ForeignFolderError(
        `${folder} has other files, and no ${owner} that begins with "${mark}": name another folder`,
      );
    }
  }
  for (const path of replaced) ifThere(() => Deno.removeSync(join(folder, path), { recursive: true }));
  for (const [path, content] of files) {
    const file = join(folder, path);
    Deno.mkdirSync(dirname(file), { recursive: true });
    Deno.writeTextFileSync(file, content);
  }
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

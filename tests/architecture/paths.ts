import { fileURLToPath, pathToFileURL } from "node:url";

/** The folder of `deno.json`, without a slash at the end. */
export const projectRoot: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** A `file:` URL for a path, and back. */
export const toFileUrl = (path: string): string => pathToFileURL(path).href;
export const fromFileUrl = (url: string): string => fileURLToPath(url);

/** Every TypeScript file (`.ts`, `.tsx`) under the given folders of `root`, as sorted paths from it. Folders may be missing. */
export function sourceFiles(folders: readonly string[], root = projectRoot): string[] {
  const found: string[] = [];
  const visit = (path: string) => {
    for (const entry of readFolder(`${root}/${path}`)) {
      const inside = `${path}/${entry.name}`;
      if (entry.isDirectory) visit(inside);
      else if (isSource(entry.name)) found.push(inside);
    }
  };
  folders.forEach(visit);
  return found.sort();
}

function readFolder(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Is it a file of TypeScript, with JSX or without? */
export function isSource(path: string): boolean {
  return /\.tsx?$/.test(path);
}

/** Tests and what only they use: not part of any binary. */
export function isTest(path: string): boolean {
  return /_(?:test|fuzz|bench)\.tsx?$/.test(path) || path.startsWith("tests/") || path.includes("/testdata/");
}

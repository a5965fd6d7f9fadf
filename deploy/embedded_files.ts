import { Buffer } from "node:buffer";
import type { NpmPackage } from "./lock_file.ts";

/** What `deno bundle` or `deno compile` made is not as it is known. */
export class UnknownOutputError extends Error {
  override name = "UnknownOutputError";
}

/** An entry of the list, as far as it matters. */
type Entry = { readonly Dir: { readonly n: string; readonly e: readonly Entry[] } } | {
  readonly File: { readonly n: string };
} | { readonly Symlink: { readonly n: string } };

/** Levels of folders; a build has fewer. */
const maxDepth = 50;

/**
 * The list of files in a compiled program, a view of its bytes. `deno compile` (2.7) writes it as JSON, after its length
 * as 8 bytes: the one text that begins like it, has the length before it and is JSON. Throws `UnknownOutputError` where
 * there is none.
 */
export function listOfFiles(program: Uint8Array): Buffer {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  for (const start of [`[{"Dir":{"n":`, `[{"File":{"n":`]) {
    for (let at = bytes.indexOf(start, 8); at >= 0; at = bytes.indexOf(start, at + 1)) {
      const length = bytes.readBigUInt64LE(at - 8);
      if (length > bytes.length - at) continue;
      const list = bytes.subarray(at, at + Number(length));
      if (isJson(list.toString("utf8"))) return list;
    }
  }
  throw new UnknownOutputError("The program has no list of files as Deno 2.7 writes it");
}

/** The paths of the files in a compiled program, sorted. Throws `UnknownOutputError`. */
export function pathsIn(program: Uint8Array): string[] {
  const paths: string[] = [];
  const add = (entries: readonly Entry[], folder: string, depth: number): void => {
    if (depth > maxDepth) throw new UnknownOutputError(`The program has more than ${maxDepth} levels of folders`);
    for (const entry of entries) {
      if ("Dir" in entry) add(entry.Dir.e, `${folder}${entry.Dir.n}/`, depth + 1);
      else if ("File" in entry) paths.push(`${folder}${entry.File.n}`);
      else if ("Symlink" in entry) paths.push(`${folder}${entry.Symlink.n}`);
      else throw new UnknownOutputError(`The program has an entry in ${folder} that is not known`);
    }
  };
  add(JSON.parse(listOfFiles(program).toString("utf8")) as Entry[], "", 0);
  return paths.sort();
}

/** The npm packages in a compiled program: `REGISTRY/@peculiar/x509/2.2.0/package.json` is among its files. Sorted. */
export function packagesIn(program: Uint8Array): NpmPackage[] {
  return pathsIn(program).flatMap((path) => {
    const [, name, version] = /\/((?:@[^/]+\/)?[^/]+)\/(\d+\.\d+\.\d+[^/]*)\/package\.json$/.exec(path) ?? [];
    return name === undefined || version === undefined ? [] : [{ name, version }];
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

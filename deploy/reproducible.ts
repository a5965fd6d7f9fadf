import { listOfFiles, UnknownOutputError } from "./embedded_files.ts";

/** In place of when a file was written: 2001-09-09T01:46:40Z in ms, of as many digits as any time until 2286. */
export const fixedTime = 1_000_000_000_000;

/**
 * A bundle without the place of the npm cache, which `deno bundle` writes above and around each module:
 * `../../root/.cache/deno/npm/HOST/yaml/2.9.1/dist/index.js` becomes `npm:yaml/2.9.1/dist/index.js`. `cache` is the path
 * of the cache from the folder where the bundle was made. Throws `UnknownOutputError` where the place is left over.
 */
export function withoutCachePath(bundle: string, cache: string): string {
  const text = bundle.replaceAll(new RegExp(`${RegExp.escape(cache)}/[^/\\s"]+/`, "g"), "npm:");
  const left = text.indexOf(cache);
  if (left < 0) return text;
  const line = text.slice(0, left).split("\n").length;
  throw new UnknownOutputError(`A bundle names the npm cache in line ${line} in a way that is not known`);
}

/**
 * Replaces, in place, the times at which the files in a compiled program were written: of the clone, and of the npm
 * cache, so no two machines have the same. In the list of files that is `"t"`, in ms. Returns how many were replaced.
 * Throws `UnknownOutputError` where there is no such list.
 */
export function fixTimes(program: Uint8Array): number {
  const list = listOfFiles(program);
  const json = list.toString("utf8");
  const times = json.match(/"t":\d+/g) ?? [];
  const fixed = json.replaceAll(/"t":\d{13}(?!\d)/g, `"t":${fixedTime}`);
  if (times.some((time) => !/^"t":\d{13}$/.test(time))) {
    throw new UnknownOutputError("A file in the program was written before 2001 or after 2286");
  }
  list.write(fixed, "utf8");
  return times.length;
}

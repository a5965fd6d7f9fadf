import { Buffer } from "node:buffer";

/** In place of when a file was written: 2001-09-09T01:46:40Z in ms, of as many digits as any time until 2286. */
export const fixedTime = 1_000_000_000_000;

/** What `deno bundle` or `deno compile` made is not as it is known. */
export class UnknownOutputError extends Error {
  override name = "UnknownOutputError";
}

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
 * Replaces, in place, the times at which the files in a compiled program were written. `deno compile` (2.7) lists the
 * files as JSON, after its length as 8 bytes, with `"t"` for the time in ms: of the clone, and of the npm cache, so no
 * two machines have the same. Returns how many were replaced. Throws `UnknownOutputError` where there is no such list.
 */
export function fixTimes(program: Uint8Array): number {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  const list = listOfFiles(bytes);
  const json = list.toString("utf8");
  const times = json.match(/"t":\d+/g) ?? [];
  const fixed = json.replaceAll(/"t":\d{13}(?!\d)/g, `"t":${fixedTime}`);
  if (times.some((time) => !/^"t":\d{13}$/.test(time))) {
    throw new UnknownOutputError("A file in the program was written before 2001 or after 2286");
  }
  list.write(fixed, "utf8");
  return times.length;
}

/** The list of files in a program: the one text that begins like it, has the length before it and is JSON. */
function listOfFiles(bytes: Buffer): Buffer {
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

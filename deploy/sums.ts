import { createHash } from "node:crypto";

/** Name of the list of checksums beside binaries. */
export const sumsFile = "SHA256SUMS";

/** SHA-256 of a file in hexadecimal digits, read piece by piece. Throws `Deno.errors`. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}

/** The lines that `sha256sum` prints and `sha256sum --check` reads, sorted by name. */
export function formatSums(sums: ReadonlyMap<string, string>): string {
  return [...sums].sort(([a], [b]) => a < b ? -1 : 1).map(([name, sum]) => `${sum}  ${name}\n`).join("");
}

/** A list of checksums that cannot be read; the message names the line.  */
export class SumsError extends Error {
  override name = "SumsError";
}

/** Checksums by name, from what `sha256sum` prints. Throws `SumsError`. */
export function parseSums(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const [n, line] of text.split("\n").entries()) {
    if (line === "") continue;
    // An asterisk says that the file was read as binary, which is the same on Linux.
    const [, sum, name] = /^([0-9a-f]{64}) [ *]([^/\0]+)$/.exec(line.replace(/\r$/, "")) ?? [];
    if (sum === undefined || name === undefined) {
      throw new SumsError(`Line ${n + 1} is not 64 hexadecimal digits, two spaces and the name of a file`);
    }
    if (sums.has(name)) throw new SumsError(`Line ${n + 1} repeats ${name}`);
    sums.set(name, sum);
  }
  return sums;
}

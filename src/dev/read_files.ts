import type { Finding } from "../base/finding.ts";
import type { SourceFile } from "../katalog/mod.ts";

/** No Katalog and no manifest that a person wrote comes near it; more would only fill the memory. */
const mostBytes = 64 * 1024 * 1024;

/** Reads files that were named on the command line; what cannot be read is a finding like any other. */
export function readFiles(paths: readonly string[], hint?: string): { sources: SourceFile[]; findings: Finding[] } {
  const sources: SourceFile[] = [];
  const findings: Finding[] = [];
  for (const path of paths) {
    const read = readBounded(path);
    if (typeof read !== "string") sources.push({ path, bytes: read });
    else {
      const message = `Cannot read the file: ${read}`;
      const place = { file: path, line: 1, column: 1, path: "", severity: "error" as const };
      findings.push({ ...place, message, ...(hint === undefined ? {} : { hint }) });
    }
  }
  return { sources, findings };
}

/** The bytes of a file that another file names; `undefined` where there is none. */
export function readNamed(path: string): Uint8Array | undefined {
  const read = readBounded(path);
  return typeof read === "string" ? undefined : read;
}

function readBounded(path: string): Uint8Array | string {
  try {
    const { isDirectory, size } = Deno.statSync(path);
    if (isDirectory) return "it is a folder";
    if (size > mostBytes) return `it is larger than ${mostBytes / 1024 / 1024} MiB`;
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "it does not exist";
    if (error instanceof Deno.errors.NotADirectory) return "a part of its path is no folder";
    if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
    if (error instanceof Error) return error.message;
    throw error;
  }
}

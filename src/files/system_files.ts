import type { Environment } from "../base/variables.ts";
import type { FileReader } from "./sources.ts";

/** No Katalog and no manifest that a person wrote comes near it; more would only fill the memory. */
const maxBytes = 64 * 1024 * 1024;
const tooLarge = `it is larger than ${maxBytes / 1024 / 1024} MiB`;

export interface SystemFilesOptions {
  /** Standard input when absent. */
  readonly input?: ReadableStream<Uint8Array>;
  /** What completes Katalogs; nothing when absent. */
  readonly env?: Environment | undefined;
}

/** Files and standard input of this process. Standard input can be read once. */
export function systemFiles({ input = Deno.stdin.readable, env }: SystemFilesOptions = {}): FileReader {
  let inputTaken = false;
  return {
    ...(env === undefined ? {} : { env }),
    read(path, only) {
      try {
        const { isDirectory, isFile } = Deno.statSync(path);
        if (isDirectory) return "folder";
        if (only === "plain" && !isFile) return { trouble: "it is no plain file" };
        using file = Deno.openSync(path);
        // Not by its size: a pipe (`<(…)`) has none.
        return bounded(readAllOf(file));
      } catch (error) {
        return { trouble: troubleOf(error) };
      }
    },
    list(folder) {
      try {
        return [...Deno.readDirSync(folder)].map((entry) => entry.name);
      } catch (error) {
        return { trouble: troubleOf(error) };
      }
    },
    folders(folder) {
      try {
        return [...Deno.readDirSync(folder)].filter((entry) => entry.isDirectory).map((entry) => entry.name);
      } catch (error) {
        troubleOf(error);
        return [];
      }
    },
    async stdin() {
      if (inputTaken) return { trouble: "it was read already; name it once" };
      inputTaken = true;
      const chunks: Uint8Array[] = [];
      let size = 0;
      try {
        for await (const chunk of input) {
          chunks.push(chunk);
          size += chunk.length;
          if (size > maxBytes) break;
        }
      } catch (error) {
        return { trouble: troubleOf(error) };
      }
      return bounded(chunks);
    },
  };
}

/** Up to one chunk more than is allowed. */
function readAllOf(file: Deno.FsFile): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= maxBytes) {
    const chunk = new Uint8Array(64 * 1024);
    const length = file.readSync(chunk);
    if (length === null) break;
    chunks.push(chunk.subarray(0, length));
    size += length;
  }
  return chunks;
}

function bounded(chunks: readonly Uint8Array[]): { bytes: Uint8Array } | { trouble: string } {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (size > maxBytes) return { trouble: tooLarge };
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { bytes };
}

function troubleOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is not a folder";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  if (error instanceof Error) return error.message;
  throw error;
}

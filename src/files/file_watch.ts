import type { Clock } from "../base/clock.ts";
import { sha256Hex } from "../base/sha256.ts";
import type { Environment } from "../base/variables.ts";
import type { FileReader } from "./sources.ts";

/** How often files are looked at: a mounted ConfigMap follows its object within a minute anyway. */
const lookMs = 5_000;

/** Everything that was read through it: what a Katalog consists of. */
export class RecordingReader implements FileReader {
  readonly env?: Environment;
  readonly #reader: FileReader;
  /** Path → digest of what was read, and how; of a folder, of its names. */
  readonly #seen = new Map<string, { readonly digest: string; readonly only?: "plain" | undefined }>();

  constructor(reader: FileReader) {
    this.#reader = reader;
    if (reader.env !== undefined) this.env = reader.env;
  }

  read(path: string, only?: "plain"): ReturnType<FileReader["read"]> {
    const read = this.#reader.read(path, only);
    if (read !== "folder") this.#seen.set(path, { digest: digestOf(read), only });
    return read;
  }

  list(folder: string): ReturnType<FileReader["list"]> {
    const names = this.#reader.list(folder);
    this.#seen.set(folder, { digest: digestOf(names) });
    return names;
  }

  folders(folder: string): readonly string[] {
    return this.#reader.folders(folder);
  }

  /** Standard input cannot be read again, so it never changes. */
  stdin(): ReturnType<FileReader["stdin"]> {
    return this.#reader.stdin();
  }

  /** Whether anything that was read would be read differently now. */
  hasChanged(): boolean {
    for (const [path, { digest, only }] of this.#seen) {
      const read = this.#reader.read(path, only);
      if (digestOf(read === "folder" ? this.#reader.list(path) : read) !== digest) return true;
    }
    return false;
  }
}

/**
 * Calls `changed` each time the files that `reader` has read have changed, and its next reading of them is to be looked
 * at from then on: `changed` returns it. By content, so that it works on a mounted ConfigMap, whose files are replaced
 * by a link, as on any file. Returns what ends it.
 */
export function watchFiles(reader: RecordingReader, clock: Clock, changed: () => Promise<RecordingReader>): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const look = (current: RecordingReader): void => {
    cancel = clock.after(lookMs, async () => {
      const next = current.hasChanged() ? await changed() : current;
      if (!stopped) look(next);
    });
  };
  look(reader);
  return () => {
    stopped = true;
    cancel();
  };
}

function digestOf(read: { bytes: Uint8Array } | { trouble: string } | readonly string[]): string {
  if ("trouble" in read) return `trouble ${read.trouble}`;
  if ("bytes" in read) return sha256Hex(read.bytes);
  return sha256Hex([...read].sort().join("\n"));
}

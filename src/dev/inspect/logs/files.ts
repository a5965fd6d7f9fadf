import { InspectError } from "../inspect_error.ts";
import { EntryReader, type LogEntry } from "./entry.ts";

/** Longest line; the rest of a longer one is left out. */
const maxLine = 4 * 1024 * 1024;

/** Opens a file, or standard input for `-`. Throws what `Deno.open` does. */
export type OpenStream = (path: string) => Promise<ReadableStream<Uint8Array>>;

/** The lines of a file, or of standard input (`-`). Throws `InspectError` for a file that cannot be read. */
export async function* readLogFile(path: string, open: OpenStream): AsyncGenerator<LogEntry> {
  const source = path === "-" ? "stdin" : path;
  const reader = new EntryReader(source);
  let stream: ReadableStream<Uint8Array>;
  try {
    stream = await open(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new InspectError(`Cannot read ${source}: ${error.message}`);
  }
  for await (const line of linesOf(stream)) if (line !== "") yield reader.read(line);
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!.slice(0, maxLine);
    yield* lines.map(withoutReturn);
  }
  rest += decoder.decode();
  if (rest !== "") yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

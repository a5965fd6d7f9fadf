import type { Clock } from "../base/clock.ts";
import { jsonLog, type Level, type Log, textLog } from "../observe/log.ts";

/** A log, and the end of the place that it is written to. */
export interface OpenLog {
  readonly log: Log;
  /** Resolves with the reason when the reader of the log is gone (`ork run | head`); nothing is written after that. */
  readonly closed: Promise<string>;
}

/** The log on standard output, as the settings say: without a format, text on a terminal and JSON lines elsewhere. */
export function createLog(
  clock: Clock,
  { logLevel: level, logFormat }: { readonly logLevel: Level; readonly logFormat?: "text" | "json" | undefined },
  stream: Pick<typeof Deno.stdout, "writeSync" | "isTerminal"> = Deno.stdout,
): OpenLog {
  const encoder = new TextEncoder();
  const closed = Promise.withResolvers<string>();
  let open = true;
  // One write per line: lines of several boxes never mix.
  const write = (line: string): void => {
    if (!open) return;
    try {
      stream.writeSync(encoder.encode(`${line}\n`));
    } catch (error) {
      // Deno ignores SIGPIPE. A log without a reader must not fail the pass that writes to it.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      open = false;
      closed.resolve("standard output was closed");
    }
  };
  const terminal = stream.isTerminal();
  const log = logFormat === "json" || (logFormat === undefined && !terminal)
    ? jsonLog(write, clock, level)
    : textLog(write, clock, level, terminal && (Deno.env.get("NO_COLOR") ?? "") === "");
  return { log, closed: closed.promise };
}

import { recordText } from "../../../observe/log.ts";
import type { Terminal } from "../../terminal.ts";
import type { LogEntry } from "./entry.ts";

/** A line for people: time of day (UTC), the source where there are several, level and message. */
export function entryText(
  { source, atMs, text, record }: LogEntry,
  { showsSource, colour }: { readonly showsSource: boolean } & Pick<Terminal, "colour">,
): string {
  const clock = new Date(atMs).toISOString().slice(11, 23);
  const time = showsSource ? `${clock} ${source}` : clock;
  if (record === undefined) return recordText({ time, level: "info", message: text }, colour);
  const { level, message, fields } = record;
  const stack = typeof fields["stack"] === "string" ? fields["stack"] : undefined;
  return recordText({ time, level, message, stack }, colour);
}

/** A line for scripts: the record as it is, with its source; of a line that is no record its time and its text. */
export function entryJson({ source, atMs, text, record }: LogEntry): string {
  const fields = record?.fields ?? { time: new Date(atMs).toISOString(), message: text };
  return JSON.stringify({ ...fields, source });
}

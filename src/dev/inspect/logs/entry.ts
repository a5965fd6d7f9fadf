import { z } from "zod";
import { type Level, parseLevel } from "../../../observe/log.ts";

/** One line of a log. */
export interface LogEntry {
  /** Where it comes from: a Pod, a file, `stdin`. */
  readonly source: string;
  /** When it was written; that of the line before where the line does not say. */
  readonly atMs: number;
  /** As it was written, but for a time that others put before it. */
  readonly text: string;
  /** Absent: the line is none of ours, as that of a program that ends before it has a log. */
  readonly record?: LogRecord | undefined;
}

/** A line of Ork: `time`, `level`, `event` and `message`, and the fields that its event has (docs/logs.md). */
export interface LogRecord {
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const line = z.looseObject({ time: z.iso.datetime(), level: z.string(), message: z.string() });

/** What the node puts before a line with `timestamps=true`. */
const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) /;

/** Reads the lines of one source, in order. */
export class EntryReader {
  readonly #source: string;
  #lastMs: number;

  /** `startMs`: the time of lines before the first one that has a time. */
  constructor(source: string, startMs = 0) {
    this.#source = source;
    this.#lastMs = startMs;
  }

  /** A line as a process wrote it. */
  read(text: string): LogEntry {
    return this.#entry(text, undefined);
  }

  /** A line with the time of its node before it, which counts where the line has none of its own. */
  readStamped(text: string): LogEntry {
    const stamped = stamp.exec(text);
    if (stamped === null) return this.#entry(text, undefined);
    return this.#entry(text.slice(stamped[0].length), Date.parse(stamped[1]!));
  }

  #entry(text: string, stampMs: number | undefined): LogEntry {
    const read = text.startsWith("{") ? line.safeParse(parsed(text)) : undefined;
    const level = read?.success === true ? parseLevel(read.data.level) : undefined;
    if (read?.success !== true || level === undefined) {
      this.#lastMs = stampMs ?? this.#lastMs;
      return { source: this.#source, atMs: this.#lastMs, text };
    }
    const { message, time } = read.data;
    this.#lastMs = Date.parse(time);
    return { source: this.#source, atMs: this.#lastMs, text, record: { level, message, fields: read.data } };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not one of ours: printed as it is
  }
}

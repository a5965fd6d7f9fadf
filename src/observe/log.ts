import { type Clock } from "../base/clock.ts";
import { stringifyJson } from "../base/json.ts";
import { maskSecrets } from "../base/mask_secrets.ts";
import type { LogFields } from "./log_events.ts";

export type Level = "debug" | "info" | "warn" | "error";

/**
 * Writes one record. The message alone says what happened, for people; `fields` are for machines, and their keys stay
 * what they are (`logEvents`).
 */
export type Log = (level: Level, message: string, fields: LogFields) => void;

/** Order of levels; records below the chosen one are not written. */
const rank: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Levels of other loggers: nothing is written at a level above `error`. */
const others: ReadonlyMap<string, Level> = new Map([["fatal", "error"], ["panic", "error"], ["warning", "warn"]]);

/** The level that a text names, or `undefined`. */
export function parseLevel(text: string): Level | undefined {
  const level = others.get(text.toLowerCase()) ?? text.toLowerCase();
  return Object.hasOwn(rank, level) ? level as Level : undefined;
}

/** Is a record of this level written where `minLevel` is chosen? */
export function isLogged(level: Level, minLevel: Level): boolean {
  return rank[level] >= rank[minLevel];
}

/**
 * One JSON object a line: `time` (RFC 3339 with milliseconds), `level`, `event`, `message`, then the other fields. What
 * looks like a credential is masked.
 */
export function jsonLog(write: (line: string) => void, clock: Clock, minLevel: Level): Log {
  return (level, message, { event, ...fields }) => {
    if (!isLogged(level, minLevel)) return;
    const time = new Date(clock.wallMs()).toISOString();
    const masked = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, maskField(value)]));
    write(stringifyJson({ time, level, event, message: maskSecrets(message), ...masked }));
  };
}

function maskField(value: unknown): unknown {
  if (typeof value === "string") return maskSecrets(value);
  if (Array.isArray(value)) return value.map(maskField);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskField(item)]));
}

/** One line without control characters: what a message quotes may come from anybody (CWE-117). */
function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (char) => char === "\n" ? "\\n" : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const colours: Readonly<Record<Level, string>> = { debug: "90", info: "0", warn: "33", error: "31" };

/** The stack of an error, line by line. */
function printableStack(stack: string): string {
  return stack.split("\n").map((line) => printable(line)).join("\n");
}

/** A record for a terminal: `time` as it is given, and the message; fields are left out, but an error's stack. */
export function recordText(
  { time, level, message, stack }: { time: string; level: Level; message: string; stack?: string | undefined },
  colour: boolean,
): string {
  const said = printable(message);
  const text = level === "info" ? said : `${level}: ${said}`;
  const below = stack === undefined || stack === "" ? "" : `\n${printableStack(stack)}`;
  return colour ? `\x1b[90m${time}\x1b[0m \x1b[${colours[level]}m${text}\x1b[0m${below}` : `${time} ${text}${below}`;
}

/** For a terminal: the time of day (UTC) and the message; fields are left out, but an error's stack. */
export function textLog(write: (line: string) => void, clock: Clock, minLevel: Level, colour: boolean): Log {
  return (level, message, fields) => {
    if (!isLogged(level, minLevel)) return;
    const time = new Date(clock.wallMs()).toISOString().slice(11, 19);
    const stack = "stack" in fields ? maskSecrets(fields.stack) : undefined;
    write(recordText({ time, level, message: maskSecrets(message), stack }, colour));
  };
}

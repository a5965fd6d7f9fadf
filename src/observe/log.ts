import { type Clock } from "../base/clock.ts";
import { type JsonMap, stringifyJson } from "../base/json.ts";

export type Level = "debug" | "info" | "warn" | "error";

/** Writes one record. `fields` are for machines; the message alone says what happened. */
export type Log = (level: Level, message: string, fields?: JsonMap) => void;

/** Order of levels; records below the chosen one are not written. */
const rank: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** The level that a text names, or `undefined`. */
export function parseLevel(text: string): Level | undefined {
  const level = text.toLowerCase();
  return Object.hasOwn(rank, level) ? level as Level : undefined;
}

/** One JSON object a line: `time` (RFC 3339 with milliseconds), `level`, `message`, then the fields. */
export function jsonLog(write: (line: string) => void, clock: Clock, minLevel: Level): Log {
  return (level, message, fields = {}) => {
    if (rank[level] < rank[minLevel]) return;
    write(stringifyJson({ time: new Date(clock.wallMs()).toISOString(), level, message, ...fields }));
  };
}

/** One line without control characters: what a message quotes may come from anybody (CWE-117). */
function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (char) => char === "\n" ? "\\n" : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const colours: Readonly<Record<Level, string>> = { debug: "90", info: "0", warn: "33", error: "31" };

/** For a terminal: the time of day (UTC) and the message; fields are left out, but an error's stack. */
export function textLog(write: (line: string) => void, clock: Clock, minLevel: Level, colour: boolean): Log {
  return (level, message, fields = {}) => {
    if (rank[level] < rank[minLevel]) return;
    const time = new Date(clock.wallMs()).toISOString().slice(11, 19);
    const said = printable(message);
    const text = level === "info" ? said : `${level}: ${said}`;
    const stack = typeof fields["stack"] === "string" ? `\n${fields["stack"]}` : "";
    write(colour ? `\x1b[90m${time}\x1b[0m \x1b[${colours[level]}m${text}\x1b[0m${stack}` : `${time} ${text}${stack}`);
  };
}

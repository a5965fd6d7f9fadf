import type { Finding, Position } from "../base/finding.ts";
import type { LineIndex } from "./lines.ts";

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LineIndex;
}

/** An error of YAML syntax: what the parser says, in our words where theirs do not help, and what to do about it. */
export function syntaxFinding(source: Source, offset: number, code: string, message: string): Finding {
  const at = source.lines.locate(offset);
  const line = lineOf(source, at.line);
  const template = templateStart(line);
  if (template !== undefined && template < at.column && templateCodes.has(code)) {
    return unquotedTemplate(source, { file: source.file, line: at.line, column: template + 1 }, "");
  }
  const [words, hint] = explain(code, message, line);
  return {
    severity: "error",
    file: source.file,
    ...at,
    path: "",
    message: words,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A key that is no text: nearly always a template without quotes, which YAML reads as a map in a map. */
export function unquotedTemplate(source: Source, at: Position, path: string): Finding {
  const line = lineOf(source, at.line);
  const start = templateStart(line);
  if (start === undefined) {
    return { severity: "error", ...at, path, message: "A key must be text", hint: "put the key in quotes" };
  }
  const written = line.slice(start).replace(/\s+#.*$/, "").trimEnd();
  const quote = written.includes('"') ? "'" : '"';
  return {
    severity: "error",
    file: source.file,
    line: at.line,
    column: start + 1,
    path,
    message: "A value that begins with {{ must stand in quotes",
    hint: `write ${quote}${written}${quote}`,
  };
}

/** Errors that a template without quotes leads to. */
const templateCodes = new Set(["UNEXPECTED_TOKEN", "MISSING_CHAR", "BLOCK_IN_FLOW", "BAD_INDENT"]);

/** Where a value of the line begins with `{{`. */
function templateStart(line: string): number | undefined {
  const match = /(?:^|[:,[{-])\s*(?=\{\{)/.exec(line);
  return match === null || inQuotes(line, match.index) ? undefined : match.index + match[0].length;
}

function inQuotes(line: string, offset: number): boolean {
  const before = line.slice(0, offset);
  return (before.split('"').length - 1) % 2 === 1 || (before.split("'").length - 1) % 2 === 1;
}

function lineOf(source: Source, line: number): string {
  let start = 0;
  for (let i = 1; i < line; i++) start = source.text.indexOf("\n", start) + 1;
  const end = source.text.indexOf("\n", start);
  return source.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "");
}

function explain(code: string, message: string, line: string): [message: string, hint?: string] {
  switch (code) {
    case "TAB_AS_INDENT":
      return ["A tab is used as indentation", "indent with spaces: YAML does not allow tabs there"];
    case "BAD_SCALAR_START":
      return [message, "put the value in quotes"];
    case "BAD_DQ_ESCAPE":
      return [message, "write the backslash twice, or use single quotes"];
    case "BLOCK_AS_IMPLICIT_KEY":
      return ["Two keys in one line", 'put a value that holds ": " in quotes'];
    case "MULTILINE_IMPLICIT_KEY":
    case "KEY_OVER_1024_CHARS":
      return ["A key runs over several lines", 'is a ":" missing behind the key, or a quote at the end of a value?'];
    case "BAD_INDENT":
      return [message, "indent it like its neighbours"];
    case "MISSING_CHAR":
      if (/quote$/.test(message)) return ["A quote is not closed", "add the closing quote"];
      if (/need to be followed by map values/.test(message)) {
        return ["A key without a colon", `write "${line.trim().slice(0, 40)}: …"`];
      }
      return [message];
    default:
      return [message];
  }
}

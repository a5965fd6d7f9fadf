import type { Finding, Position } from "../base/finding.ts";
import type { LineIndex } from "./line_index.ts";

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LineIndex;
}

/** Offsets of the first quote and the first bracket that nothing closes. */
export interface UnclosedAt {
  quote?: number | undefined;
  bracket?: number | undefined;
}

/** An error of YAML syntax: what the parser says, in our words where theirs do not help, and what to do about it. */
export function syntaxFinding(
  source: Source,
  { offset, code, message }: { readonly offset: number; readonly code: string; readonly message: string },
  unclosed: UnclosedAt,
): Finding {
  const found = source.lines.locate(offset);
  const line = lineOf(source, found.line);
  const template = templateStart(line);
  if (template !== undefined && template < found.column && templateCodes.has(code)) {
    return unquotedTemplate(source, { file: source.file, line: found.line, column: template + 1 }, "");
  }
  const { words, hint, at = offset } = explain(
    { offset, code, message },
    { line, column: found.column },
    source,
    unclosed,
  );
  return {
    severity: "error",
    file: source.file,
    ...source.lines.locate(at),
    path: "",
    message: words,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A key that is not text: nearly always a template without quotes, which YAML reads as a map in a map. */
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

interface Explanation {
  readonly words: string;
  readonly hint?: string;
  /** A better place than the parser's. */
  readonly at?: number;
}

function explain(
  { offset, code, message }: { readonly offset: number; readonly code: string; readonly message: string },
  { line, column }: { readonly line: string; readonly column: number },
  { text }: Source,
  unclosed: UnclosedAt,
): Explanation {
  switch (code) {
    case "TAB_AS_INDENT":
      return { words: "A tab is used as indentation", hint: "indent with spaces: YAML does not allow tabs there" };
    case "BAD_SCALAR_START":
      return { words: message, hint: "put the value in quotes" };
    case "BAD_DQ_ESCAPE":
      return { words: message, hint: "write the backslash twice, or use single quotes" };
    case "BLOCK_AS_IMPLICIT_KEY":
      return indentedBelowValue(offset, text) ??
        { words: "Two keys in one line", hint: 'put a value that holds ": " in quotes' };
    case "MULTILINE_IMPLICIT_KEY":
    case "KEY_OVER_1024_CHARS": {
      const glued = /^([\w.-]+):([^\s/:].*)$/.exec(lineFrom(text, offset));
      if (glued !== null) {
        return { words: 'A space is missing behind ":"', hint: `write "${glued[1]}: ${glued[2]!.slice(0, 40)}"` };
      }
      const value = /:[ \t]+$/.test(line.slice(0, column - 1)) ? indentedBelowValue(offset, text) : undefined;
      if (value !== undefined) return value;
      return {
        words: "A key runs over several lines",
        hint: 'is a ":" missing behind the key, or is the next line indented too far?',
      };
    }
    case "BAD_INDENT":
    case "MISSING_CHAR":
      if (/quote$/.test(message)) {
        return { words: "A quote is not closed", hint: "add the closing quote", ...at(unclosed.quote) };
      }
      if (/need to be followed by map values/.test(message)) {
        return { words: "A key without a colon", hint: `write "${line.trim().slice(0, 40)}: …"` };
      }
      if (/end with a [}\]]$|Expected flow (?:map|sequence) to end with/.test(message)) {
        return { words: "A bracket is not closed", hint: "add the closing bracket", ...at(unclosed.bracket) };
      }
      if (code === "MISSING_CHAR") return { words: message };
      return {
        words: "The line is not indented like its neighbours",
        hint: "give the keys of a map, and the items of a list, the same indentation",
        at: offset + /^[ \t]*/.exec(text.slice(offset, offset + 1000))![0].length,
      };
    case "UNEXPECTED_TOKEN":
      if (/at node end$/.test(message)) {
        const hint = /["'].*\{\{|\{\{.*["']/.test(line)
          ? "a template that holds double quotes needs single quotes round it: '{{ index .spec \"key\" }}'"
          : "put the whole value in quotes, or begin a new line";
        return { words: "Text after the end of a value", hint };
      }
      return { words: message };
    default:
      return { words: message };
  }
}

/** `workers: 5`, and the next key one space further to the right: to YAML the value continues up to that key's colon. */
function indentedBelowValue(offset: number, text: string): Explanation | undefined {
  const value = lineFrom(text, offset);
  if (value === "" || /^["'{[|>&*]/.test(value) || /:(?:\s|$)/.test(value)) return undefined;
  const below = /^[^\n]*\n\s*/.exec(text.slice(offset, offset + maxLookahead));
  if (below === null) return undefined;
  return {
    words: "The line is indented further than the key above it, which has a value",
    hint: "give the keys of a map the same indentation",
    at: offset + below[0].length,
  };
}

/** How far the next line of text is looked for. */
const maxLookahead = 2000;

/** The rest of the line, without a comment. */
function lineFrom(text: string, offset: number): string {
  return /^[^\r\n]*/.exec(text.slice(offset, offset + maxLookahead))![0].replace(/(?:^|\s+)#.*$/, "").trimEnd();
}

function at(offset: number | undefined): { at?: number } {
  return offset === undefined ? {} : { at: offset };
}

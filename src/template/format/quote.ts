import type { Budget } from "../budget.ts";
import { strayByteOf } from "../bytes.ts";
import { pad, truncate } from "./pad.ts";
import { isPrintable } from "./printable.ts";
import type { Spec } from "./spec.ts";

/** `%q` and `%#v` of a text: a Go string literal, with `#` in backquotes where that is possible. */
export function formatQuoted(text: string, spec: Spec, budget: Budget): string {
  const shown = truncate(text, spec);
  budget.make(shown.length);
  if (spec.sharp && canBackquote(shown)) return pad("`" + shown + "`", spec, budget);
  const quoted = quote(shown, '"', spec.plus);
  budget.fit(quoted.length);
  return pad(quoted, spec, budget);
}

/** `%q` of an integer: a Go character literal. */
export function formatQuotedRune(code: number | bigint, spec: Spec, budget: Budget): string {
  return pad(quote(runeText(code), "'", spec.plus), spec, budget);
}

/** The text of a code point; U+FFFD when it is none. */
export function runeText(code: number | bigint): string {
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return "\ufffd";
  return String.fromCodePoint(Number(code));
}

const letters: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** A literal in Go's syntax; `asciiOnly` escapes everything beyond ASCII. */
export function quote(text: string, mark: '"' | "'", asciiOnly = false): string {
  let quoted: string = mark;
  for (const rune of text) {
    const code = rune.codePointAt(0)!;
    const byte = strayByteOf(rune);
    if (byte !== undefined) quoted += `\\x${byte.toString(16)}`;
    else if (rune === mark || rune === "\\") quoted += "\\" + rune;
    else if (isPrintable(code) && (!asciiOnly || code < 0x80)) quoted += rune;
    else if (letters[rune] !== undefined) quoted += letters[rune];
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (code >= 0xd800 && code < 0xe000) quoted += asciiOnly ? "\\ufffd" : "\ufffd";
    else if (code < 0x10000) quoted += `\\u${code.toString(16).padStart(4, "0")}`;
    else quoted += `\\U${code.toString(16).padStart(8, "0")}`;
  }
  return quoted + mark;
}

/** Nothing that a backquoted literal cannot hold or hides: control characters but the tab, backquotes, a BOM, stray bytes. */
function canBackquote(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return !/[\x00-\x08\x0a-\x1f`\x7f\ufeff]|[\udc80-\udcff]/u.test(text);
}

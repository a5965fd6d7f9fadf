import type { Budget } from "../budget.ts";
import { toBytes } from "../bytes.ts";
import { Failure } from "../failure.ts";
import { isPrintable } from "../format/printable.ts";
import { sprint, sprintf, sprintln } from "../format/printf.ts";
import { describe, type Value } from "../values.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Go: printing and escaping";

export const printing: readonly LibraryFunction[] = [
  define(domain, "print(values…)", "The values as text, a space between two that are both no text", sprint),
  define(
    domain,
    "println(values…)",
    "The values as text with spaces between them and a line feed at the end",
    sprintln,
  ),
  define(domain, "printf(format, values…)", "The values in a format, as Go's fmt prints it", (args, budget) => {
    const [format, ...values] = args;
    if (typeof format !== "string") {
      throw new Failure(`the format must be text, not ${format == null ? "absent" : describe(format)}`);
    }
    return sprintf(format, values, budget);
  }),
  define(domain, "html(values…)", "The values as text, escaped for HTML", escaper(escapeHtml)),
  define(domain, "js(values…)", "The values as text, escaped for JavaScript", escaper(escapeJavaScript)),
  define(domain, "urlquery(values…)", "The values as text, escaped for the query of a URL", escaper(escapeQuery)),
];

function escaper(escape: (text: string) => string): LibraryFunction["call"] {
  return (args: readonly Value[], budget: Budget) => {
    // Go prints an absent value as "<no value>" here, which is nothing.
    const text = escape(sprint(args.map((value) => value ?? ""), budget));
    budget.make(text.length);
    return text;
  };
}

const htmlEscapes: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (char) => htmlEscapes[char]!);
}

function escapeJavaScript(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\\'"<>&=]|[^\x00-\x7f]/gu, (char) => {
    if (char === "\\" || char === "'" || char === '"') return "\\" + char;
    const code = char.codePointAt(0)!;
    const isStray = code >= 0xd800 && code < 0xe000;
    // A byte that is not a character is U+FFFD to Go here, but copied as it is.
    if (code >= 0x80 && (isStray || isPrintable(code))) return char;
    return "\\u" + code.toString(16).toUpperCase().padStart(4, "0");
  });
}

function escapeQuery(text: string): string {
  let escaped = "";
  for (const byte of toBytes(text)) {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9_.~-]/.test(char)) escaped += char;
    else escaped += char === " " ? "+" : "%" + byte.toString(16).toUpperCase().padStart(2, "0");
  }
  return escaped;
}

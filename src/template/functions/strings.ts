import type { Budget } from "../budget.ts";
import { joined, runeCount } from "../bytes.ts";
import type { Value } from "../values.ts";
import { anyText, countArgument, listArgument, textArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";
import { toLower, toUpper } from "./letter_case.ts";
import { indexOf, splitBy } from "./search.ts";

const domain = "Strings";

export const strings: readonly LibraryFunction[] = [
  text("toLower(text)", "The text in lower case", ([s]) => toLower(s)),
  text("toUpper(text)", "The text in upper case", ([s]) => toUpper(s)),
  text("lower(text)", "As toLower", ([s]) => toLower(s)),
  text("upper(text)", "As toUpper", ([s]) => toUpper(s)),
  text("trim(text, characters)", "The text without any of the characters at both ends", ([s, set]) => trim(s, set)),
  text("trimSpace(text)", "The text without white space at both ends", ([s]) => trimSpace(s)),
  text("trimPrefix(text, prefix)", "The text without the prefix", ([s, p]) => s.startsWith(p) ? s.slice(p.length) : s),
  text(
    "trimSuffix(text, suffix)",
    "The text without the suffix",
    ([s, p]) => p !== "" && s.endsWith(p) ? s.slice(0, -p.length) : s,
  ),
  text("hasPrefix(text, prefix)", "Whether the text begins with the prefix", ([s, p]) => s.startsWith(p)),
  text("hasSuffix(text, suffix)", "Whether the text ends with the suffix", ([s, p]) => s.endsWith(p)),
  define(
    domain,
    "contains(text, part)",
    "Whether the part stands in the text",
    ([s, part], budget) => indexOf(textArgument(s, budget), textArgument(part, budget)) >= 0,
  ),
  text("replace(text, old, new)", "The text with every old replaced by new", replace),
  define(domain, "split(text, separator)", "The parts of the text as a list; none when it is absent", split),
  define(domain, "join(list, separator)", "The items as one text with separators between them", join),
  define(domain, "repeat(text, count)", "The text repeated that number of times", repeat),
  define(domain, "concat(texts…)", "The texts one after the other; absent ones are empty", (parts, budget) => {
    return append(parts.map((part) => anyText(part, budget)), "", budget);
  }),
  text("camelToKebab(text)", "myFieldName as my-field-name", ([s]) => camelToKebab(s)),
  define(
    domain,
    "truncate(text, length)",
    'The first characters of the text, and "..." when there were more',
    ([s, length], budget) => {
      const whole = textArgument(s, budget);
      const kept = firstRunes(whole, countArgument(length));
      return kept === whole ? whole : kept + "...";
    },
  ),
];

/** A function whose arguments are all text. */
function text(
  signature: string,
  summary: string,
  call: (args: [string, string, string], budget: Budget) => Value,
): LibraryFunction {
  return define(domain, signature, summary, (args, budget) => {
    return call(args.map((arg) => textArgument(arg, budget)) as [string, string, string], budget);
  });
}

function trim(value: string, characters: string): string {
  const set = new Set(characters);
  let start = 0;
  for (const rune of value) {
    if (!set.has(rune)) break;
    start += rune.length;
  }
  let end = value.length;
  while (end > start) {
    // The last character may be two units.
    const rune = set.has(value.slice(end - 2, end)) ? value.slice(end - 2, end) : value[end - 1]!;
    if (!set.has(rune)) break;
    end -= rune.length;
  }
  return value.slice(start, end);
}

/** White space as Go's unicode.IsSpace has it; JavaScript's trim() differs in U+0085 and U+FEFF. */
const space = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const isSpace = new RegExp(`^${space}$`);

function trimSpace(value: string): string {
  let start = 0, end = value.length;
  while (start < end && isSpace.test(value[start]!)) start++;
  while (end > start && isSpace.test(value[end - 1]!)) end--;
  return value.slice(start, end);
}

function replace([value, old, by]: [string, string, string], budget: Budget): string {
  const parts = old === "" ? ["", ...value, ""] : splitBy(value, old);
  return append(parts, by, budget);
}

function split([value, separator]: readonly Value[], budget: Budget): Value {
  if (value === undefined || value === null) return [];
  const [whole, by] = [textArgument(value, budget), textArgument(separator, budget)];
  const parts = by === "" ? [...whole] : splitBy(whole, by);
  budget.spend(parts.length);
  return parts;
}

function join([list, separator]: readonly Value[], budget: Budget): Value {
  if (typeof list === "string") return list;
  return append(listArgument(list).map((item) => anyText(item, budget)), textArgument(separator, budget), budget);
}

/** The parts with the separator between them; too long a result is refused before it is made. */
function append(parts: readonly string[], separator: string, budget: Budget): string {
  let length = separator.length * Math.max(parts.length - 1, 0);
  for (const part of parts) length += part.length;
  budget.make(length);
  budget.spend(parts.length);
  return joined(parts.join(separator));
}

function repeat([value, count]: readonly Value[], budget: Budget): Value {
  const part = textArgument(value, budget);
  const times = Math.max(countArgument(count), 0);
  if (part === "" || times === 0) return "";
  budget.make(part.length * times);
  return joined(part.repeat(times));
}

function camelToKebab(value: string): string {
  return value
    .replace(/([\p{Ll}\p{Nd}])(\p{Lu})/gu, "$1-$2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1-$2")
    .replaceAll(/[\s_]+/g, "-")
    .toLowerCase();
}

/** The first `count` code points. */
export function firstRunes(value: string, count: number): string {
  if (count <= 0) return "";
  if (value.length <= count || runeCount(value) <= count) return value;
  let at = 0, seen = 0;
  for (const rune of value) {
    if (seen++ >= count) break;
    at += rune.length;
  }
  return value.slice(0, at);
}

/**
 * Upper and lower case as Go does it: one character for one character. JavaScript's own may give several ("ß" → "SS"),
 * which would change lengths; a character whose case needs several stays as it is.
 */
export function toUpper(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapped(text, upperOf);
}

export function toLower(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapped(text, lowerOf);
}

function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text);
}

function mapped(text: string, map: (rune: string) => string): string {
  let result = "";
  for (const rune of text) result += map(rune);
  return result;
}

function upperOf(rune: string): string {
  const upper = rune.toUpperCase();
  if (isOneRune(upper)) return upper;
  // Greek letters with a iota: one title-case character, although their full upper case is two.
  const code = rune.codePointAt(0)!;
  if ((code >= 0x1f80 && code <= 0x1faf) && (code & 0xf) < 8) return String.fromCodePoint(code + 8);
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCodePoint(code + 9);
  return rune;
}

function lowerOf(rune: string): string {
  if (rune === "\u0130") return "i";
  const lower = rune.toLowerCase();
  return isOneRune(lower) ? lower : rune;
}

function isOneRune(text: string): boolean {
  return text.length === 1 || (text.length === 2 && text.codePointAt(0)! > 0xffff);
}

/**
 * Searching in time linear in both lengths. JavaScript's own search is quadratic for some long patterns, and both the text
 * and the pattern come from users.
 */

/** Up to this length the built-in search is bounded well enough, and faster. */
const shortPattern = 32;

/** As `text.indexOf(pattern)`. */
export function indexOf(text: string, pattern: string): number {
  if (pattern.length <= shortPattern) return text.indexOf(pattern);
  for (const at of occurrences(text, pattern)) return at;
  return -1;
}

/** As `text.split(separator)`, for a separator that is not empty. */
export function splitBy(text: string, separator: string): string[] {
  if (separator.length <= shortPattern) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (const at of occurrences(text, separator)) {
    parts.push(text.slice(start, at));
    start = at + separator.length;
  }
  parts.push(text.slice(start));
  return parts;
}

/** Where the pattern stands, without overlaps (Knuth, Morris, Pratt). */
function* occurrences(text: string, pattern: string): Generator<number> {
  const borders = bordersOf(pattern);
  let matched = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    while (matched > 0 && pattern.charCodeAt(matched) !== unit) matched = borders[matched - 1]!;
    if (pattern.charCodeAt(matched) === unit) matched++;
    if (matched === pattern.length) {
      yield i + 1 - matched;
      matched = 0;
    }
  }
}

/** For each prefix of the pattern the length of its longest proper prefix that is also its suffix. */
function bordersOf(pattern: string): Int32Array {
  const borders = new Int32Array(pattern.length);
  let length = 0;
  for (let i = 1; i < pattern.length; i++) {
    const unit = pattern.charCodeAt(i);
    while (length > 0 && pattern.charCodeAt(length) !== unit) length = borders[length - 1]!;
    if (pattern.charCodeAt(length) === unit) length++;
    borders[i] = length;
  }
  return borders;
}

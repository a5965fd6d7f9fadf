/**
 * The same code in ASCII alone, other characters as `\uXXXX`: V8 keeps a file with a single character beyond Latin-1 in
 * two bytes a character, in each isolate that loads it. The code is to have none in `String.raw` or other templates with
 * a tag, which see how a character is written.
 */
export function asciiCode(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

import { type Json, parseJson } from "../base/json.ts";

/** Values of one body, and maps and lists inside each other; what reads it may recurse. */
export const maxNodes = 20_000;
export const maxLevels = 64;

/** The JSON value of the text of a body, or why it has none. What is too large is found before it is parsed. */
export function readJson(text: string): { readonly value: Json } | { readonly problem: string } {
  const problem = sizeProblem(text);
  if (problem !== undefined) return { problem };
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: "the body is no JSON" }; // the message of the parser quotes the body
  }
}

/** Counts what stands between values, outside of strings. */
function sizeProblem(text: string): string | undefined {
  let nodes = 1;
  let level = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: { // "
        at = stringEnd(text, at);
        break;
      }
      case 0x5b: // [
      case 0x7b: { // {
        nodes++;
        if (++level > maxLevels) return `the JSON of the body is nested more than ${maxLevels} levels deep`;
        break;
      }
      case 0x5d: // ]
      case 0x7d: { // }
        level--;
        break;
      }
      case 0x2c: { // ,
        nodes++;
        break;
      }
    }
    if (nodes > maxNodes) return `the JSON of the body has more than ${maxNodes} values`;
  }
  return undefined;
}

/** The quote that ends the string which begins at `start`, or the end of the text. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++; // a backslash
    else if (code === 0x22) return at;
  }
  return text.length;
}

import { compilePattern, type Pattern, PatternError } from "../../conditions/pattern.ts";

const compiled = new Map<string, Pattern | undefined>();
const maxCompiled = 1000;

/**
 * True when a JSON-schema pattern finds a match, in time linear in the text (RE2, as with the API server).
 * A pattern or text beyond the bounds of that engine is not held against the value.
 */
export function patternMatches(pattern: string, text: string): boolean {
  if (!compiled.has(pattern)) {
    if (compiled.size >= maxCompiled) compiled.clear();
    compiled.set(pattern, compileOrNot(pattern));
  }
  try {
    return compiled.get(pattern)?.test(text) ?? true;
  } catch (error) {
    if (error instanceof PatternError) return true;
    throw error;
  }
}

/** What is wrong with a pattern; `undefined` when nothing is. */
export function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

function compileOrNot(pattern: string): Pattern | undefined {
  return patternProblem(pattern) === undefined ? compilePattern(pattern) : undefined;
}

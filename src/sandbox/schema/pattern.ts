const compiled = new Map<string, RegExp | undefined>();
const mostCompiled = 1000;
/** Patterns of custom resources run in a backtracking engine: the text they see is bounded. */
const longestText = 2048;
const longestPattern = 2048;

/** True when a JSON-schema pattern (RE2 syntax, unanchored) finds a match. A pattern that cannot be compiled accepts everything. */
export function patternMatches(pattern: string, text: string): boolean {
  const expression = compilePattern(pattern);
  return expression === undefined || expression.test(text.slice(0, longestText));
}

/** Compiles a pattern as Go's regexp reads it; `undefined` when that cannot be done. */
export function compilePattern(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  let expression: RegExp | undefined;
  if (pattern.length <= longestPattern) {
    const flags = /^\(\?([ims]+)\)/.exec(pattern);
    const body = (flags === null ? pattern : pattern.slice(flags[0].length)).replace(/\\A/g, "^").replace(/\\z/g, "$")
      .replace(/\(\?P</g, "(?<");
    try {
      expression = new RegExp(body, `u${flags?.[1] ?? ""}`);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      expression = looseExpression(body, flags?.[1] ?? "");
    }
  }
  if (compiled.size >= mostCompiled) compiled.clear();
  compiled.set(pattern, expression);
  return expression;
}

/** Go allows escapes of ordinary characters that the `u` flag forbids. */
function looseExpression(body: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(body, flags);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What a PromQL expression refers to. Not a parser: enough for expressions of ours, and loud about what it does not know. */
export interface PromqlNames {
  readonly metrics: readonly string[];
  /** In matchers, and in `by` and `on`. */
  readonly labels: readonly string[];
}

const keywords = new Set(["and", "or", "unless", "bool", "offset"]);
const groupings = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);

/** The metrics and labels that an expression names. Throws for a character that no expression has. */
export function promqlNames(expression: string): PromqlNames {
  const metrics = new Set<string>();
  const labels = new Set<string>();
  const token =
    /\s+|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[A-Za-z_:][\w:]*|\d+(?:\.\d+)?(?:e[+-]?\d+)?|=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},]/y;
  const tokens: string[] = [];
  for (token.lastIndex = 0; token.lastIndex < expression.length;) {
    const at = token.lastIndex;
    const found = token.exec(expression)?.[0];
    if (found === undefined) throw new SyntaxError(`No PromQL at ${at}: ${expression}`);
    if (found.trim() !== "") tokens.push(found);
  }
  let [inMatchers, inGrouping] = [false, false];
  tokens.forEach((one, index) => {
    const next = tokens[index + 1];
    if (one === "{") inMatchers = true;
    else if (one === "}") inMatchers = false;
    else if (one === ")" && inGrouping) inGrouping = false;
    else if (groupings.has(one)) inGrouping = true;
    else if (/^[A-Za-z_:]/.test(one) && !keywords.has(one)) {
      if (inMatchers || inGrouping) labels.add(one);
      // Functions and aggregations have arguments, or a grouping before them.
      else if (next !== "(" && (next === undefined || !groupings.has(next))) metrics.add(one);
    }
  });
  return { metrics: [...metrics], labels: [...labels] };
}

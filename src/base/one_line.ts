/**
 * A text in one line, without white space round it. This is what the API server takes of a message of a rule: it refuses
 * line breaks, and trims by Go's `strings.TrimSpace`, whose white space is listed here (Unicode's White_Space).
 */
export function oneLine(text: string): string {
  return text.replaceAll("\n", " ").replace(outer, "");
}

const space = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const outer = new RegExp(`^${space}+|(?<!${space})${space}+$`, "g");

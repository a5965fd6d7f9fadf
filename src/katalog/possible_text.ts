import { matchesNamespace } from "../k8s/namespace_globs.ts";

/** What a text with templates can render to, judged by its literal ends. */
export interface PossibleText {
  readonly text: string;
  /** Before the first template, and behind the last; both the whole text where there is none. */
  readonly start: string;
  readonly end: string;
  readonly literal: boolean;
}

/** White space round it does not count: names are trimmed (ruling 37). */
export function possibleText(written: string): PossibleText {
  const text = written.trim();
  const first = text.indexOf("{{");
  if (first < 0) return { text, start: text, end: text, literal: true };
  const last = text.lastIndexOf("}}");
  // Trim markers, "{{-" and "-}}", take white space only.
  return {
    text,
    start: text.slice(0, first).trimEnd(),
    end: last < first ? "" : text.slice(last + 2).trimStart(),
    literal: false,
  };
}

/** Whether two texts can render to the same with the same data: what they begin or end with alike decides nothing. */
export function canBeEqualInOnePass(a: PossibleText, b: PossibleText): boolean {
  const [first, second] = [parts(a.text), parts(b.text)];
  while (first.length > 0 && first[0] === second[0]) {
    first.shift();
    second.shift();
  }
  while (first.length > 0 && first.at(-1) === second.at(-1)) {
    first.pop();
    second.pop();
  }
  return canBeEqual(possibleText(first.join("")), possibleText(second.join("")));
}

/** Templates, and the literal text between them. */
function parts(text: string): string[] {
  return text.split(/(\{\{.*?\}\})/s).filter((part) => part !== "");
}

/** Whether two texts can render to the same; when in doubt they can. */
export function canBeEqual(a: PossibleText, b: PossibleText): boolean {
  if (a.literal && b.literal) return a.text === b.text;
  const starts = a.start.startsWith(b.start) || b.start.startsWith(a.start);
  const ends = a.end.endsWith(b.end) || b.end.endsWith(a.end);
  return starts && ends && fits(a, b) && fits(b, a);
}

/** A literal text is long enough for both ends of the other. */
function fits(literal: PossibleText, other: PossibleText): boolean {
  return !literal.literal || literal.text.length >= (other.literal ? 0 : other.start.length + other.end.length);
}

/** Whether a namespace of this text can match one of the globs. */
export function canMatch(globs: readonly string[], namespace: PossibleText): boolean {
  if (namespace.literal) return matchesNamespace(globs, namespace.text);
  return globs.some((glob) => canBeEqual(globText(glob), namespace));
}

/** Whether a namespace of this text matches one of the globs, whatever it renders to. */
export function mustMatch(globs: readonly string[], namespace: PossibleText): boolean {
  if (namespace.literal) return matchesNamespace(globs, namespace.text);
  return globs.some((glob) => {
    if (glob.startsWith("*")) return namespace.end.endsWith(glob.slice(1));
    return glob.endsWith("*") && namespace.start.startsWith(glob.slice(0, -1));
  });
}

function globText(glob: string): PossibleText {
  const star = glob.indexOf("*");
  return star < 0
    ? { text: glob, start: glob, end: glob, literal: true }
    : { text: glob, start: glob.slice(0, star), end: glob.slice(star + 1), literal: false };
}

import { RE2JS, RE2JSException } from "re2js";
import { describeRendered } from "../base/redact.ts";
import { shortenMiddle } from "../base/shorten.ts";

/** A pattern from a Katalog or a CR, matched in time linear in the text (RE2 semantics, ruling 16). */
export interface Pattern {
  readonly source: string;
  /** Whether the pattern matches anywhere in the text. Throws `LongTextError` for a text beyond `patternBounds`. */
  test(text: string): boolean;
}

/** What a pattern may cost. Go's own bound on repetition (1000, nested ones multiplied) holds as well. */
export const patternBounds = {
  /** Characters of the pattern. */
  source: 1024,
  /** Characters times repetitions: bounds the time and memory of compiling before it begins. */
  expansion: 100_000,
  /** Instructions of the compiled pattern: bounds the time spent on each character of a text. */
  program: 10_000,
  /** Characters of a text. */
  text: 256 * 1024,
} as const;

/** The text is not a pattern, or it is too costly to match. `message` quotes it. */
export class PatternError extends Error {
  override name = "PatternError";

  constructor(readonly source: string, readonly why: string) {
    super(`Cannot use the pattern ${JSON.stringify(cut(source))}: ${why}`);
  }

  /** The message without the pattern or a part of it, for one that a template rendered. */
  get unquoted(): string {
    return `Cannot use the pattern, ${describeRendered(this.source)}: ${this.why.replace(/: `[^]*$/, "")}`;
  }
}

/** A text is too long to be matched: the pattern is as good as any. */
export class LongTextError extends PatternError {
  override name = "LongTextError";
}

/** Compiles a pattern; throws `PatternError`. Look-around and back-references are not part of RE2. */
export function compilePattern(source: string): Pattern {
  const refuse = (why: string): never => {
    throw new PatternError(source, why);
  };
  if (source.length > patternBounds.source) refuse(`it is longer than ${patternBounds.source} characters`);
  if (source.length * repetitions(source) > patternBounds.expansion) refuse("its repetitions make it too large");
  const compiled = compile(source, refuse);
  if (compiled.programSize() > patternBounds.program) refuse("its repetitions make it too large");
  return {
    source,
    test(text) {
      // Characters, not UTF-16 units: as CEL counts, where the API server evaluates the rule.
      if (text.length > patternBounds.text && characters(text) > patternBounds.text) {
        const why = `the text is longer than ${patternBounds.text} characters`;
        throw new LongTextError(source, why);
      }
      return compiled.test(text);
    },
  };
}

function compile(source: string, refuse: (why: string) => never): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) return refuse(error.message.replace(/^error parsing regexp: /, ""));
    throw error;
  }
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The sum of all counts in `{n}` and `{n,m}`, at least 1. */
function repetitions(source: string): number {
  let sum = 1;
  for (const [, min, max] of source.matchAll(/\{(\d{1,5})(?:,(\d{0,5}))?\}/g)) sum += Number(max || min);
  return sum;
}

function cut(source: string): string {
  return shortenMiddle(source, 80);
}

import { Environment, EvaluationError, Optional, ParseError } from "@marcbachmann/cel-js";

/** What an expression comes to. */
export type Evaluated =
  | { readonly kind: "value"; readonly value: unknown }
  /** It fails as it does in the API server: a key that is absent, a value of another type. */
  | { readonly kind: "error"; readonly message: string }
  /** Not evaluated here: it is no CEL, or needs a function that the library does not have. */
  | { readonly kind: "unsupported"; readonly message: string };

/** An expression that can be evaluated again and again, under a time limit; it is parsed and checked once. */
export interface Expression {
  evaluate(variables: Readonly<Record<string, unknown>>): Evaluated;
}

/** Longer expressions are not parsed, as in cel-go (`ExpressionSizeCodePointLimit`). */
const maxLength = 100_000;
/** Lists of names are long in generated expressions; the library's own limits are those that cel-spec demands. */
const limits = { maxAstNodes: 100_000, maxListElements: 20_000 };

/** Makes expressions over some variables of any type. */
export class Expressions {
  readonly #environment: Environment;
  readonly #made = new Map<string, Expression>();

  constructor(variables: readonly string[]) {
    this.#environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits });
    for (const name of variables) this.#environment.registerVariable(name, "dyn");
    // Of cel-go's strings library, which the API server has.
    this.#environment.registerFunction(
      "string.replace(string, string): string",
      (text: string, from: string, to: string) => text.replaceAll(from, to),
    );
    this.#environment.registerFunction(
      "string.format(list): string",
      (text: string, values: readonly unknown[]) => formatted(text, values),
    );
  }

  /** Never throws: an expression that cannot be used says so when it is evaluated. */
  get(text: string): Expression {
    let made = this.#made.get(text);
    if (made === undefined) {
      if (this.#made.size >= maxKept) this.#made.clear();
      this.#made.set(text, made = compile(this.#environment, text));
    }
    return made;
  }
}

/** `%s` and `%%` of `format`, for texts, numbers and booleans. */
function formatted(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replace(/%[^]?/g, (verb) => {
    if (verb === "%%") return "%";
    if (verb !== "%s") throw new EvaluationError(`unrecognized formatting clause "${verb.slice(1)}"`);
    if (next >= values.length) throw new EvaluationError(`index ${next} out of range`);
    return String(values[next++]);
  });
}

/** Expressions that are kept; beyond, they are parsed again. */
const maxKept = 1000;

/** An `optional` of CEL; `undefined`: without a value. */
export function optional(value: unknown): unknown {
  return value === undefined ? Optional.none() : Optional.of(value);
}

function compile(environment: Environment, text: string): Expression {
  const unsupported = (message: string): Expression => ({ evaluate: () => ({ kind: "unsupported", message }) });
  if (text.length > maxLength) return unsupported(`it is longer than ${maxLength} characters`);
  let parsed: ReturnType<Environment["parse"]>;
  try {
    parsed = environment.parse(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return unsupported(firstLine(error));
  }
  const { valid, error } = parsed.check();
  if (!valid) return unsupported(error === undefined ? "it cannot be checked" : firstLine(error));
  return {
    evaluate(variables) {
      try {
        return { kind: "value", value: parsed(variables) };
      } catch (error) {
        if (error instanceof EvaluationError) return { kind: "error", message: firstLine(error) };
        // The library meets what it does not expect, such as a pattern that JavaScript does not know.
        return { kind: "unsupported", message: error instanceof Error ? firstLine(error) : String(error) };
      }
    },
  };
}

/** What is wrong, as cel-go words it: in lower case. The lines after it point into the expression. */
function firstLine({ message }: Error): string {
  const [line] = message.split("\n") as [string];
  return line.charAt(0).toLowerCase() + line.slice(1);
}

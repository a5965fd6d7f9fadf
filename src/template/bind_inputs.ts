import { lex } from "./lexer.ts";
import { keywords, type Token } from "./tokens.ts";

/** What an input of a Motif stands for: a text of the importer, a template perhaps, or a value that is no text. */
export type Binding = string | number | boolean | undefined;

/**
 * The template with `.inputs.<name>` replaced by what the importer binds to it, evaluated where its CR is. A binding that
 * is one expression keeps the type of its value; one that is more is a text. `missing` learns of names without a binding.
 */
export function bindInputs(
  source: string,
  bindings: { has(name: string): boolean; get(name: string): Binding },
  missing: (name: string) => void,
): string {
  if (!source.includes("{{") || !source.includes("inputs")) return source;
  let text = "";
  let at = 0;
  let extra = "";
  const tokens = lex(source);
  tokens.forEach((token, i) => {
    const name = inputAt(tokens, i);
    if (name === undefined) return;
    if (!bindings.has(name)) missing(name);
    // Left as it is, it reads nothing.
    if (bindings.get(name) === undefined) return;
    const { value, definition } = operandOf(name, bindings.get(name));
    if (!extra.includes(definition)) extra += definition;
    const last = tokens[i + 1]!;
    const from = tokens[i - 1]?.type === "variable" && isAdjacent(tokens[i - 1]!, token)
      ? tokens[i - 1]!.offset
      : token.offset;
    text += source.slice(at, from) + value;
    at = last.offset + last.text.length;
  });
  return text + source.slice(at) + extra;
}

/** The name of the input that begins at this token: `.inputs.name`, or `$.inputs.name`. */
function inputAt(tokens: readonly Token[], i: number): string | undefined {
  const [before, token, next] = [tokens[i - 1], tokens[i]!, tokens[i + 1]];
  if (token.type !== "field" || token.text !== ".inputs" || next?.type !== "field" || !isAdjacent(token, next)) {
    return undefined;
  }
  const continues = before !== undefined && isAdjacent(before, token) && before.type !== "space" &&
    before.type !== "(" &&
    before.type !== "{{" && before.type !== "|";
  if (continues && !(before.type === "variable" && before.text === "$")) return undefined;
  return next.text.slice(1);
}

function isAdjacent(a: Token, b: Token): boolean {
  return a.offset + a.text.length === b.offset;
}

/** What stands for the input where an operand would. */
function operandOf(name: string, binding: Binding): { value: string; definition: string } {
  if (typeof binding !== "string") return { value: String(binding), definition: "" };
  if (!binding.includes("{{")) return { value: JSON.stringify(binding), definition: "" };
  const expression = soleExpressionOf(binding);
  if (expression !== undefined) return { value: `(${expression})`, definition: "" };
  const definition = `{{define ${JSON.stringify(`note input ${name}`)}}}${binding}{{end}}`;
  return { value: `(note ${JSON.stringify(`input ${name}`)} $)`, definition };
}

/** `.spec.size | default 3` of `{{ .spec.size | default 3 }}`, read from the root wherever it stands. */
export function soleExpressionOf(source: string): string | undefined {
  const tokens = lex(source.trim());
  const inner = tokens.slice(1, tokens.findIndex(({ type }) => type === "}}"));
  const [first] = tokens;
  const close = tokens[inner.length + 1];
  if (first?.type !== "{{" || close === undefined || tokens[inner.length + 2]?.type !== "end of template") {
    return undefined;
  }
  const declares = inner.some(({ type }) => type === ":=" || type === "=" || (type !== "nil" && keywords.has(type)));
  if (declares || inner.every(({ type }) => type === "space")) return undefined;
  return inner.map((token, i) => {
    const before = inner[i - 1];
    const begins = before === undefined || !isAdjacent(before, token) || ["space", "(", "|"].includes(before.type);
    if (token.type === "field" && begins) return `$${token.text}`;
    return token.type === "dot" ? "$" : token.text;
  }).join("").trim();
}

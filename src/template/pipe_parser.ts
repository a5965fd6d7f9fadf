import { nearest } from "../base/suggest.ts";
import { IntegerOverflow, parseCharacter, parseComplex, parseNumber, parseText } from "./literals.ts";
import type { Chain, Command, Operand, Pipe, Variable } from "./nodes.ts";
import type { TokenStream } from "./token_stream.ts";
import type { Token, TokenType } from "./tokens.ts";
import type { Value } from "./values.ts";

/** Fields that may follow each other: `.a.b.c` has three. */
const maxPath = 1000;

/** Variables that may be in scope at one place: they are found by search. */
const maxVariables = 1000;

/** The functions that exist, and what to do where a name is none of them. */
export interface FunctionNames {
  has(name: string): boolean;
  hint(name: string): string;
}

/** Parses what stands inside of an action: pipelines, commands, operands. */
export class PipeParser {
  /** Names of the variables in scope. */
  variables = ["$"];
  readonly #stream: TokenStream;
  readonly #functions: FunctionNames;

  constructor(stream: TokenStream, functions: FunctionNames) {
    this.#stream = stream;
    this.#functions = functions;
  }

  pipe(where: string, end: "}}" | ")", inRange = false): Pipe {
    const start = this.#stream.peekWord();
    const [names, assigns] = this.#declarations(where, inRange);
    const commands: Command[] = [];
    for (;;) {
      const word = this.#stream.peekWord();
      if (word.type === end) break;
      if (!startsOperand(word)) this.#stream.unexpected(word, where);
      commands.push(this.#command(commands.length > 0));
    }
    const closing = this.#stream.takeWord();
    if (commands.length === 0) this.#stream.fail(`Missing value for ${where}`, closing);
    return { type: "pipe", offset: start.offset, names, assigns, commands };
  }

  #declarations(where: string, inRange: boolean): [string[], boolean] {
    const names: string[] = [];
    while (this.#stream.peekWord().type === "variable") {
      const back = this.#stream.position;
      const variable = this.#stream.takeWord();
      const after = this.#stream.peekWord();
      if (after.type === "=" || after.type === ":=") {
        this.#stream.takeWord();
        names.push(variable.text);
        this.#declare(variable);
        return [names, after.type === "="];
      }
      if (after.type !== "other" || after.text !== ",") {
        this.#stream.position = back;
        break;
      }
      this.#stream.takeWord();
      names.push(variable.text);
      this.#declare(variable);
      const following = this.#stream.peekWord();
      if (!inRange || names.length > 1) this.#stream.fail(`Too many variables in ${where}`, after);
      if (following.type !== "variable" && following.type !== "}}" && following.type !== ")") {
        this.#stream.fail("A range can only set variables", following);
      }
    }
    return [names, false];
  }

  #declare(variable: Token): void {
    if (this.variables.push(variable.text) > maxVariables) {
      this.#stream.fail(`More than ${maxVariables} variables in scope`, variable);
    }
  }

  #command(later: boolean): Command {
    const offset = this.#stream.peekWord().offset;
    const operands: Operand[] = [];
    for (;;) {
      this.#stream.skipSpace();
      const operand = this.#operand();
      if (operand) operands.push(operand);
      const token = this.#stream.peek();
      if (token.type === "}}" || token.type === ")") break;
      if (token.type !== "space" && token.type !== "|") this.#stream.unexpected(token, "an operand");
      this.#stream.take();
      if (token.type === "|") break;
    }
    const [first, ...rest] = operands;
    if (!first) this.#stream.fail("Empty command", { offset });
    if (
      later && (first.type === "constant" || first.type === "overflow" || first.type === "dot" || first.type === "nil")
    ) {
      this.#stream.fail("Only a function, field or variable can stand behind a pipe", first);
    }
    return { offset, operands: [first, ...rest] };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (!term || this.#stream.peek().type !== "field") return term;
    const path: string[] = [];
    const offset = this.#stream.peek().offset;
    while (this.#stream.peek().type === "field") {
      if (path.push(this.#stream.take().text.slice(1)) > maxPath) {
        this.#stream.fail(`More than ${maxPath} fields in a row`, { offset });
      }
    }
    switch (term.type) {
      case "field":
        return { ...term, path: [...term.path, ...path] };
      case "variable":
        return { ...term, path: [...term.path, ...path] };
      case "pipe":
      case "function":
        return { type: "chain", offset, base: term, path } satisfies Chain;
      default:
        return this.#stream.fail("A literal has no fields", { offset });
    }
  }

  #term(): Operand | undefined {
    const token = this.#stream.peek();
    const { offset } = token;
    if (!startsOperand(token)) return undefined;
    this.#stream.take();
    switch (token.type) {
      case "identifier":
        this.#checkFunction(token);
        return { type: "function", offset, name: token.text };
      case "dot":
        return { type: "dot", offset };
      case "nil":
        return { type: "nil", offset };
      case "variable":
        return this.#variable(token);
      case "field":
        return { type: "field", offset, path: [token.text.slice(1)] };
      case "bool":
        return { type: "constant", offset, value: token.text === "true" };
      case "string":
      case "raw string":
        return { type: "constant", offset, value: this.#stream.literal(token, parseText) };
      case "character":
        return { type: "constant", offset, value: this.#stream.literal(token, parseCharacter), isCharacter: true };
      case "complex":
        return { type: "constant", offset, value: this.#stream.literal(token, parseComplex) };
      case "(":
        return this.#stream.nested(token, () => this.pipe("parentheses", ")"));
      default:
        return this.#number(token);
    }
  }

  #number(token: Token): Operand {
    const value = this.#stream.literal<Value | IntegerOverflow>(token, parseNumber);
    if (value instanceof IntegerOverflow) return { type: "overflow", offset: token.offset, text: value.text };
    return { type: "constant", offset: token.offset, value };
  }

  #checkFunction(token: Token): void {
    if (this.#functions.has(token.text)) return;
    this.#stream.fail(`Function "${token.text}" is not defined`, token, this.#functions.hint(token.text));
  }

  #variable(token: Token): Variable {
    if (!this.variables.includes(token.text)) {
      const near = nearest(token.text, this.variables.filter((name) => name !== "$"));
      const hint = near === undefined
        ? `set it before, in the same value: {{ ${token.text} := … }}`
        : `did you mean "${near}"?`;
      this.#stream.fail(`Variable "${token.text}" is not defined`, token, hint);
    }
    return { type: "variable", offset: token.offset, name: token.text, path: [] };
  }
}

const operandStarts: ReadonlySet<TokenType> = new Set<TokenType>([
  "bool",
  "character",
  "complex",
  "dot",
  "field",
  "identifier",
  "number",
  "nil",
  "raw string",
  "string",
  "variable",
  "(",
]);

function startsOperand(token: Token): boolean {
  return operandStarts.has(token.type);
}

import { TemplateSyntaxError } from "./errors.ts";
import { lex } from "./lexer.ts";
import { IntegerOverflow, LiteralError, parseCharacter, parseComplex, parseNumber, parseText } from "./literals.ts";
import type { Branch, Call, Chain, Command, Node, Operand, Pipe, Range, Tree, Variable } from "./nodes.ts";
import { positionAt } from "./position.ts";
import type { Token, TokenType } from "./tokens.ts";
import type { Value } from "./values.ts";

/** Nested parentheses and blocks that a template may have; keeps recursion over the tree far from the end of the stack. */
export const maxNesting = 200;

/** Fields that may follow each other: `.a.b.c` has three. */
const maxPath = 1000;

/** Variables that may be in scope at one place: they are found by search. */
const maxVariables = 1000;

/** The functions that exist, and the nearest one to a name that does not. */
export interface FunctionNames {
  has(name: string): boolean;
  suggest(name: string): string | undefined;
}

/** Parses a template. Throws `TemplateSyntaxError`. */
export function parse(source: string, functions: FunctionNames): Tree {
  return new Parser(source, functions).run();
}

/** How a list of nodes ended. */
type Terminator = "end" | "else" | "else if" | "else with";

class Parser {
  readonly #source: string;
  readonly #functions: FunctionNames;
  readonly #tokens: Token[];
  #next = 0;
  #definitions = new Map<string, readonly Node[]>();
  #variables = ["$"];
  #ranges = 0;
  #nesting = 0;

  constructor(source: string, functions: FunctionNames) {
    this.#source = source;
    this.#functions = functions;
    this.#tokens = lex(source);
  }

  run(): Tree {
    const root: Node[] = [];
    while (this.#peek().type !== "end of template") {
      if (this.#peek().type === "{{" && this.#peekWord(1).type === "define") {
        this.#take();
        this.#definition(this.#takeWord());
        continue;
      }
      const item = this.#item();
      if (typeof item === "string") this.#fail(`Unexpected {{${item}}}`, this.#tokens[this.#next - 1]!);
      root.push(item);
    }
    return { root, definitions: this.#definitions };
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.type === "error") this.#fail(token.text, token, token.hint);
    this.#next++;
    return token;
  }

  /** The first token that is no space, `skip` tokens from here. */
  #peekWord(skip = 0): Token {
    let at = this.#next + skip;
    while (this.#tokens[at]?.type === "space") at++;
    return this.#tokens[Math.min(at, this.#tokens.length - 1)]!;
  }

  #takeWord(): Token {
    while (this.#peek().type === "space") this.#next++;
    return this.#take();
  }

  #fail(message: string, at: { offset: number }, hint?: string): never {
    const { line, column } = positionAt(this.#source, at.offset);
    throw new TemplateSyntaxError(message, line, column, at.offset, hint);
  }

  #unexpected(token: Token, where: string): never {
    if (token.type === "error") this.#fail(token.text, token, token.hint);
    const shown = token.type === "end of template"
      ? "end of the template"
      : token.type === "space"
      ? "space"
      : `"${token.text.length > 20 ? token.text.slice(0, 20) + "…" : token.text}"`;
    this.#fail(`Unexpected ${shown} in ${where}`, token);
  }

  #expect(type: TokenType, where: string): Token {
    const token = this.#takeWord();
    if (token.type !== type) this.#unexpected(token, where);
    return token;
  }

  #nested<T>(at: { offset: number }, parse: () => T): T {
    if (++this.#nesting > maxNesting) this.#fail(`Nested more than ${maxNesting} deep`, at);
    const result = parse();
    this.#nesting--;
    return result;
  }

  /** The body of a `define` or `block`: a template of its own, with no variables but `$`. */
  #separateBody(where: string, opening: Token): readonly Node[] {
    const [variables, ranges] = [this.#variables, this.#ranges];
    [this.#variables, this.#ranges] = [["$"], 0];
    const [body, terminator] = this.#list(opening);
    if (terminator !== "end") this.#fail(`Unexpected {{${terminator}}} in ${where}`, this.#tokens[this.#next - 1]!);
    [this.#variables, this.#ranges] = [variables, ranges];
    return body;
  }

  #definition(keyword: Token): void {
    const name = this.#templateName("a define clause");
    this.#expect("}}", "a define clause");
    const body = this.#nested(keyword, () => this.#separateBody("a define clause", keyword));
    this.#define(name, body, keyword);
  }

  #define(name: string, body: readonly Node[], at: Token): void {
    const known = this.#definitions.get(name);
    if (known === undefined || isEmpty(known)) this.#definitions.set(name, body);
    else if (!isEmpty(body)) this.#fail(`Template "${name}" is defined twice`, at);
  }

  #templateName(where: string): string {
    const token = this.#takeWord();
    if (token.type !== "string" && token.type !== "raw string") this.#unexpected(token, where);
    return this.#literal(token, parseText);
  }

  /** Nodes up to an `end` or `else`. */
  #list(opening: { offset: number }): [Node[], Terminator] {
    const list: Node[] = [];
    while (this.#peekWord().type !== "end of template") {
      const item = this.#item();
      if (typeof item === "string") return [list, item];
      list.push(item);
    }
    return this.#fail("Missing {{end}}", opening, "if, with, range, define and block each need one");
  }

  #item(): Node | Terminator {
    const token = this.#takeWord();
    if (token.type === "text") return { type: "text", offset: token.offset, text: token.text };
    if (token.type !== "{{") this.#unexpected(token, "a template");
    const word = this.#peekWord();
    switch (word.type) {
      case "if":
      case "with":
      case "range":
        this.#takeWord();
        return this.#nested(word, () => this.#control(word));
      case "template":
        this.#takeWord();
        return this.#call(word);
      case "block":
        this.#takeWord();
        return this.#nested(word, () => this.#block(word));
      case "break":
      case "continue":
        this.#takeWord();
        this.#expect("}}", `{{${word.type}}}`);
        if (this.#ranges === 0) this.#fail(`{{${word.type}}} outside of {{range}}`, word);
        return { type: word.type, offset: word.offset };
      case "end":
        this.#takeWord();
        this.#expect("}}", "{{end}}");
        return "end";
      case "else":
        this.#takeWord();
        return this.#else();
      case "define":
        return this.#fail("Unexpected {{define}} inside of another action", word, "define templates at the top level");
      default:
        return { type: "action", offset: word.offset, pipe: this.#pipe("an action", "}}") };
    }
  }

  #else(): Terminator {
    const word = this.#peekWord();
    if (word.type === "if") return "else if";
    if (word.type === "with") return "else with";
    this.#expect("}}", "{{else}}");
    return "else";
  }

  #control(keyword: Token): Branch | Range {
    const type = keyword.type as "if" | "with" | "range";
    const mark = this.#variables.length;
    const pipe = this.#pipe(`{{${type}}}`, "}}", type === "range");
    if (type === "range") this.#ranges++;
    const [body, terminator] = this.#list(keyword);
    if (type === "range") this.#ranges--;
    const otherwise = terminator === "end" ? undefined : this.#otherwise(keyword, terminator);
    this.#variables.length = mark;
    return { type, offset: keyword.offset, pipe, body, otherwise };
  }

  #otherwise(keyword: Token, terminator: Terminator): readonly Node[] {
    if (terminator !== "else") {
      const word = this.#takeWord();
      if (word.type !== keyword.type) this.#unexpected(word, `the {{else}} of {{${keyword.text}}}`);
      // The chain shares one {{end}}, which the last link takes.
      return [this.#nested(word, () => this.#control(word))];
    }
    const [list, last] = this.#list(keyword);
    if (last !== "end") this.#fail(`Expected {{end}}, found {{${last}}}`, this.#tokens[this.#next - 1]!);
    return list;
  }

  #call(keyword: Token): Call {
    const name = this.#templateName("a template clause");
    if (this.#peekWord().type === "}}") {
      this.#takeWord();
      return { type: "template", offset: keyword.offset, name };
    }
    return { type: "template", offset: keyword.offset, name, pipe: this.#pipe("a template clause", "}}") };
  }

  #block(keyword: Token): Call {
    const name = this.#templateName("a block clause");
    const pipe = this.#pipe("a block clause", "}}");
    this.#define(name, this.#separateBody("a block clause", keyword), keyword);
    return { type: "template", offset: keyword.offset, name, pipe };
  }

  #pipe(where: string, end: "}}" | ")", inRange = false): Pipe {
    const start = this.#peekWord();
    const [names, assigns] = this.#declarations(where, inRange);
    const commands: Command[] = [];
    for (;;) {
      const word = this.#peekWord();
      if (word.type === end) break;
      if (!startsOperand(word)) this.#unexpected(word, where);
      commands.push(this.#command(commands.length > 0));
    }
    const closing = this.#takeWord();
    if (commands.length === 0) this.#fail(`Missing value for ${where}`, closing);
    return { type: "pipe", offset: start.offset, names, assigns, commands };
  }

  #declarations(where: string, inRange: boolean): [string[], boolean] {
    const names: string[] = [];
    while (this.#peekWord().type === "variable") {
      const back = this.#next;
      const variable = this.#takeWord();
      const after = this.#peekWord();
      if (after.type === "=" || after.type === ":=") {
        this.#takeWord();
        names.push(variable.text);
        this.#declare(variable);
        return [names, after.type === "="];
      }
      if (after.type !== "other" || after.text !== ",") {
        this.#next = back;
        break;
      }
      this.#takeWord();
      names.push(variable.text);
      this.#declare(variable);
      const following = this.#peekWord();
      if (!inRange || names.length > 1) this.#fail(`Too many variables in ${where}`, after);
      if (following.type !== "variable" && following.type !== "}}" && following.type !== ")") {
        this.#fail("A range can only set variables", following);
      }
    }
    return [names, false];
  }

  #declare(variable: Token): void {
    if (this.#variables.push(variable.text) > maxVariables) {
      this.#fail(`More than ${maxVariables} variables in scope`, variable);
    }
  }

  #command(later: boolean): Command {
    const offset = this.#peekWord().offset;
    const operands: Operand[] = [];
    for (;;) {
      while (this.#peek().type === "space") this.#next++;
      const operand = this.#operand();
      if (operand) operands.push(operand);
      const token = this.#peek();
      if (token.type === "}}" || token.type === ")") break;
      if (token.type !== "space" && token.type !== "|") this.#unexpected(token, "an operand");
      this.#next++;
      if (token.type === "|") break;
    }
    const [first, ...rest] = operands;
    if (!first) this.#fail("Empty command", { offset });
    if (
      later && (first.type === "constant" || first.type === "overflow" || first.type === "dot" || first.type === "nil")
    ) {
      this.#fail("Only a function, field or variable can stand behind a pipe", first);
    }
    return { offset, operands: [first, ...rest] };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (!term || this.#peek().type !== "field") return term;
    const path: string[] = [];
    const offset = this.#peek().offset;
    while (this.#peek().type === "field") {
      if (path.push(this.#take().text.slice(1)) > maxPath) {
        this.#fail(`More than ${maxPath} fields in a row`, { offset });
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
        return this.#fail("A literal has no fields", { offset });
    }
  }

  #term(): Operand | undefined {
    const token = this.#peek();
    const { offset } = token;
    if (!startsOperand(token)) return undefined;
    this.#next++;
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
        return { type: "constant", offset, value: this.#literal(token, parseText) };
      case "character":
        return { type: "constant", offset, value: this.#literal(token, parseCharacter) };
      case "complex":
        return { type: "constant", offset, value: this.#literal(token, parseComplex) };
      case "(":
        return this.#nested(token, () => this.#pipe("parentheses", ")"));
      default:
        return this.#number(token);
    }
  }

  #number(token: Token): Operand {
    const value = this.#literal<Value | IntegerOverflow>(token, parseNumber);
    if (value instanceof IntegerOverflow) return { type: "overflow", offset: token.offset, text: value.text };
    return { type: "constant", offset: token.offset, value };
  }

  #checkFunction(token: Token): void {
    if (this.#functions.has(token.text)) return;
    const near = this.#functions.suggest(token.text);
    this.#fail(
      `Function "${token.text}" is not defined`,
      token,
      near === undefined ? undefined : `did you mean "${near}"?`,
    );
  }

  #variable(token: Token): Variable {
    if (!this.#variables.includes(token.text)) this.#fail(`Variable "${token.text}" is not defined`, token);
    return { type: "variable", offset: token.offset, name: token.text, path: [] };
  }

  #literal<T>(token: Token, read: (text: string) => T): T {
    try {
      return read(token.text);
    } catch (error) {
      if (error instanceof LiteralError) this.#fail(error.message, token);
      throw error;
    }
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

/** Nothing but white space: such a definition gives way to another of its name. */
function isEmpty(body: readonly Node[]): boolean {
  return body.every((node) => node.type === "text" && node.text.trim() === "");
}

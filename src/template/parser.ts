import { parseText } from "./literals.ts";
import type { Branch, Call, Node, Range, Tree } from "./nodes.ts";
import { type FunctionNames, PipeParser } from "./pipe_parser.ts";
import { TokenStream } from "./token_stream.ts";
import type { Token } from "./tokens.ts";

/** Parses a template. Throws `TemplateSyntaxError`. */
export function parse(source: string, functions: FunctionNames): Tree {
  return new Parser(source, functions).run();
}

/** How a list of nodes ended. */
type Terminator = "end" | "else" | "else if" | "else with";

class Parser {
  readonly #stream: TokenStream;
  readonly #pipes: PipeParser;
  readonly #definitions = new Map<string, readonly Node[]>();
  #ranges = 0;

  constructor(source: string, functions: FunctionNames) {
    this.#stream = new TokenStream(source);
    this.#pipes = new PipeParser(this.#stream, functions);
  }

  run(): Tree {
    const root: Node[] = [];
    while (this.#stream.peek().type !== "end of template") {
      if (this.#stream.peek().type === "{{" && this.#stream.peekWord(1).type === "define") {
        this.#stream.take();
        this.#definition(this.#stream.takeWord());
        continue;
      }
      const item = this.#item();
      if (typeof item === "string") this.#stream.fail(`Unexpected {{${item}}}`, this.#stream.last);
      root.push(item);
    }
    return { root, definitions: this.#definitions };
  }

  /** The body of a `define` or `block`: a template of its own, with no variables but `$`. */
  #separateBody(where: string, opening: Token): readonly Node[] {
    const [variables, ranges] = [this.#pipes.variables, this.#ranges];
    [this.#pipes.variables, this.#ranges] = [["$"], 0];
    const [body, terminator] = this.#list(opening);
    if (terminator !== "end") this.#stream.fail(`Unexpected {{${terminator}}} in ${where}`, this.#stream.last);
    [this.#pipes.variables, this.#ranges] = [variables, ranges];
    return body;
  }

  #definition(keyword: Token): void {
    const name = this.#templateName("a define clause");
    this.#stream.expect("}}", "a define clause");
    const body = this.#stream.nested(keyword, () => this.#separateBody("a define clause", keyword));
    this.#define(name, body, keyword);
  }

  #define(name: string, body: readonly Node[], at: Token): void {
    const known = this.#definitions.get(name);
    if (known === undefined || isEmpty(known)) this.#definitions.set(name, body);
    else if (!isEmpty(body)) this.#stream.fail(`Template "${name}" is defined twice`, at);
  }

  #templateName(where: string): string {
    const token = this.#stream.takeWord();
    if (token.type !== "string" && token.type !== "raw string") this.#stream.unexpected(token, where);
    return this.#stream.literal(token, parseText);
  }

  /** Nodes up to an `end` or `else`. */
  #list(opening: { offset: number }): [Node[], Terminator] {
    const list: Node[] = [];
    while (this.#stream.peekWord().type !== "end of template") {
      const item = this.#item();
      if (typeof item === "string") return [list, item];
      list.push(item);
    }
    return this.#stream.fail("Missing {{end}}", opening, "if, with, range, define and block each need one");
  }

  #item(): Node | Terminator {
    const token = this.#stream.takeWord();
    if (token.type === "text") return { type: "text", offset: token.offset, text: token.text };
    if (token.type !== "{{") this.#stream.unexpected(token, "a template");
    const word = this.#stream.peekWord();
    switch (word.type) {
      case "if":
      case "with":
      case "range":
        this.#stream.takeWord();
        return this.#stream.nested(word, () => this.#control(word));
      case "template":
        this.#stream.takeWord();
        return this.#call(word);
      case "block":
        this.#stream.takeWord();
        return this.#stream.nested(word, () => this.#block(word));
      case "break":
      case "continue":
        this.#stream.takeWord();
        this.#stream.expect("}}", `{{${word.type}}}`);
        if (this.#ranges === 0) this.#stream.fail(`{{${word.type}}} outside of {{range}}`, word);
        return { type: word.type, offset: word.offset };
      case "end":
        this.#stream.takeWord();
        this.#stream.expect("}}", "{{end}}");
        return "end";
      case "else":
        this.#stream.takeWord();
        return this.#else();
      case "define":
        return this.#stream.fail(
          "Unexpected {{define}} inside of another action",
          word,
          "define templates at the top level",
        );
      default:
        return { type: "action", offset: word.offset, pipe: this.#pipes.pipe("an action", "}}") };
    }
  }

  #else(): Terminator {
    const word = this.#stream.peekWord();
    if (word.type === "if") return "else if";
    if (word.type === "with") return "else with";
    this.#stream.expect("}}", "{{else}}");
    return "else";
  }

  #control(keyword: Token): Branch | Range {
    const type = keyword.type as "if" | "with" | "range";
    const mark = this.#pipes.variables.length;
    const pipe = this.#pipes.pipe(`{{${type}}}`, "}}", type === "range");
    if (type === "range") this.#ranges++;
    const [body, terminator] = this.#list(keyword);
    if (type === "range") this.#ranges--;
    const otherwise = terminator === "end" ? undefined : this.#otherwise(keyword, terminator);
    this.#pipes.variables.length = mark;
    return { type, offset: keyword.offset, pipe, body, otherwise };
  }

  #otherwise(keyword: Token, terminator: Terminator): readonly Node[] {
    if (terminator !== "else") {
      const word = this.#stream.takeWord();
      if (word.type !== keyword.type) this.#stream.unexpected(word, `the {{else}} of {{${keyword.text}}}`);
      // The chain shares one {{end}}, which the last link takes.
      return [this.#stream.nested(word, () => this.#control(word))];
    }
    const [list, last] = this.#list(keyword);
    if (last !== "end") this.#stream.fail(`Expected {{end}}, found {{${last}}}`, this.#stream.last);
    return list;
  }

  #call(keyword: Token): Call {
    const name = this.#templateName("a template clause");
    if (this.#stream.peekWord().type === "}}") {
      this.#stream.takeWord();
      return { type: "template", offset: keyword.offset, name };
    }
    return { type: "template", offset: keyword.offset, name, pipe: this.#pipes.pipe("a template clause", "}}") };
  }

  #block(keyword: Token): Call {
    const name = this.#templateName("a block clause");
    const pipe = this.#pipes.pipe("a block clause", "}}");
    this.#define(name, this.#separateBody("a block clause", keyword), keyword);
    return { type: "template", offset: keyword.offset, name, pipe };
  }
}

/** Nothing but white space: such a definition gives way to another of its name. */
function isEmpty(body: readonly Node[]): boolean {
  return body.every((node) => node.type === "text" && node.text.trim() === "");
}

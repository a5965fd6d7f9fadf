import { shortenMiddle } from "../base/shorten.ts";
import { TemplateSyntaxError } from "./errors.ts";
import { lex } from "./lexer.ts";
import { LiteralError } from "./literals.ts";
import { positionAt } from "./position.ts";
import type { Token, TokenType } from "./tokens.ts";

/**
 * Nested parentheses and blocks that a template may have; keeps recursion over the tree far from the end of the stack.
 */
const maxNesting = 200;

/** The tokens of a template while they are parsed; it fails by `TemplateSyntaxError` at a token. */
export class TokenStream {
  /** Index of the next token; may be set back. */
  position = 0;
  readonly #source: string;
  readonly #tokens: Token[];
  #nesting = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = lex(source);
  }

  /** The token taken last. */
  get last(): Token {
    return this.#tokens[this.position - 1]!;
  }

  peek(): Token {
    return this.#tokens[Math.min(this.position, this.#tokens.length - 1)]!;
  }

  take(): Token {
    const token = this.peek();
    if (token.type === "error") this.fail(token.text, token, token.hint);
    this.position++;
    return token;
  }

  /** The first token that is not a space, `skip` tokens from here. */
  peekWord(skip = 0): Token {
    let at = this.position + skip;
    while (this.#tokens[at]?.type === "space") at++;
    return this.#tokens[Math.min(at, this.#tokens.length - 1)]!;
  }

  skipSpace(): void {
    while (this.peek().type === "space") this.position++;
  }

  takeWord(): Token {
    this.skipSpace();
    return this.take();
  }

  fail(message: string, at: { offset: number }, hint?: string): never {
    const { line, column } = positionAt(this.#source, at.offset);
    throw new TemplateSyntaxError(message, line, column, at.offset, hint);
  }

  unexpected(token: Token, where: string): never {
    if (token.type === "error") this.fail(token.text, token, token.hint);
    const shown = token.type === "end of template"
      ? "end of the template"
      : token.type === "space"
      ? "space"
      : `"${shortenMiddle(token.text, 20)}"`;
    this.fail(`Unexpected ${shown} in ${where}`, token);
  }

  expect(type: TokenType, where: string): Token {
    const token = this.takeWord();
    if (token.type !== type) this.unexpected(token, where);
    return token;
  }

  nested<T>(at: { offset: number }, parse: () => T): T {
    if (++this.#nesting > maxNesting) this.fail(`Nested more than ${maxNesting} deep`, at);
    const result = parse();
    this.#nesting--;
    return result;
  }

  literal<T>(token: Token, read: (text: string) => T): T {
    try {
      return read(token.text);
    } catch (error) {
      if (error instanceof LiteralError) this.fail(error.message, token, error.hint);
      throw error;
    }
  }
}

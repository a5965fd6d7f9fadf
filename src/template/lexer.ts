import { keywords, type Token, type TokenType } from "./tokens.ts";

const wordUnit = /[\p{L}\p{Nd}_]/u;

/** Splits a template into tokens. Never throws: what cannot be read is an "error" token, and the last one. */
export function lex(source: string): Token[] {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #failed = false;
  #parens = 0;
  /** Where the action at hand begins, and how many tokens there were before it. */
  #open = { offset: 0, tokens: 0 };

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    while (!this.#failed && this.#text()) {
      if (this.#leftDelimiter()) { while (this.#insideAction()); }
    }
    if (!this.#failed) this.#emit("end of template", this.#source.length);
    return this.#tokens;
  }

  #emit(type: TokenType, start: number, end = this.#at): true {
    this.#tokens.push({ type, text: this.#source.slice(start, end), offset: start });
    return true;
  }

  #fail(text: string, offset: number, hint?: string): false {
    this.#tokens.push({ type: "error", text, offset, hint });
    this.#failed = true;
    return false;
  }

  /** Text up to the next action; false at the end of the template. */
  #text(): boolean {
    const start = this.#at;
    const open = this.#source.indexOf("{{", start);
    let end = open < 0 ? this.#source.length : open;
    this.#at = end;
    if (open >= 0 && this.#trimsLeft(open + 2)) {
      while (end > start && isSpace(this.#source.charCodeAt(end - 1))) {
        end--;
      }
    }
    if (end > start) this.#emit("text", start, end);
    return open >= 0;
  }

  /** Reads `{{`; true inside an action, false after a comment or an error. */
  #leftDelimiter(): boolean {
    const start = this.#at;
    this.#at += this.#trimsLeft(start + 2) ? 4 : 2;
    if (this.#source.startsWith("/*", this.#at)) return this.#comment(start);
    this.#parens = 0;
    this.#open = { offset: start, tokens: this.#tokens.length };
    return this.#emit("{{", start, start + 2);
  }

  #comment(start: number): false {
    const end = this.#source.indexOf("*/", this.#at + 2);
    if (end < 0) return this.#fail("Unclosed comment", start, 'end it with "*/}}"');
    this.#at = end + 2;
    const close = this.#closing();
    if (close === 0) {
      return this.#fail("Comment ends before the closing braces", end, 'nothing may stand between "*/" and "}}"');
    }
    this.#skipClosing(close);
    return false;
  }

  /** Length of the right delimiter here: 0 (none), 2, or 4 with a trim marker. */
  #closing(at = this.#at): 0 | 2 | 4 {
    if (this.#source.startsWith("}}", at)) return 2;
    return isSpace(this.#source.charCodeAt(at)) && this.#source.startsWith("-}}", at + 1) ? 4 : 0;
  }

  #skipClosing(length: 2 | 4): void {
    this.#at += length;
    if (length === 4) { while (isSpace(this.#source.charCodeAt(this.#at))) this.#at++; }
  }

  #trimsLeft(at: number): boolean {
    return this.#source[at] === "-" && isSpace(this.#source.charCodeAt(at + 1));
  }

  /** Reads one token of an action; false when the action is over. */
  #insideAction(): boolean {
    const start = this.#at;
    const close = this.#closing();
    if (close > 0) {
      if (this.#parens > 0) return this.#fail("Unclosed left parenthesis", start);
      this.#emit("}}", start + close - 2, start + close);
      this.#skipClosing(close as 2 | 4);
      return false;
    }
    if (start >= this.#source.length || this.#source.startsWith("{{", start)) return this.#unclosed();
    const unit = this.#source.charCodeAt(start);
    if (isSpace(unit)) return this.#space();
    this.#at++;
    switch (this.#source[start]) {
      case "=":
        return this.#emit("=", start);
      case "|":
        return this.#emit("|", start);
      case ":":
        if (this.#source[this.#at++] === "=") return this.#emit(":=", start);
        return this.#failInAction('Expected ":="', start);
      case "(":
        this.#parens++;
        return this.#emit("(", start);
      case ")":
        if (--this.#parens < 0) return this.#failInAction("Unexpected right parenthesis", start);
        return this.#emit(")", start);
      case '"':
        return this.#quoted('"', "string", start);
      case "'":
        return this.#quoted("'", "character", start);
      case "`":
        return this.#rawString(start);
      case "$":
        return this.#fieldOrVariable("variable", start);
      case ".":
        if (!isDigit(this.#source.charCodeAt(this.#at))) return this.#fieldOrVariable("field", start);
        return this.#number(start);
    }
    if (unit === 0x2b || unit === 0x2d || isDigit(unit)) return this.#number(start);
    this.#at = start;
    if (this.#wordLength() > 0) return this.#identifier();
    if (unit > 0x20 && unit < 0x7f) {
      this.#at++;
      return this.#emit("other", start);
    }
    return this.#failInAction(`Unrecognized character ${this.#shown(start)} in an action`, start);
  }

  /** What is wrong inside an action; where that is never closed, that is what is wrong. */
  #failInAction(text: string, offset: number, hint?: string): false {
    const close = this.#source.indexOf("}}", offset);
    const next = this.#source.indexOf("{{", offset);
    return close < 0 || (next >= 0 && next < close) ? this.#unclosed() : this.#fail(text, offset, hint);
  }

  /** What stands between this `{{` and the next, or the end, is not an action: it is not read as one. */
  #unclosed(): false {
    this.#tokens.length = this.#open.tokens;
    return this.#fail("Unclosed action", this.#open.offset, 'an action ends with "}}"');
  }

  /** A run of spaces, less the one that belongs to a following `-}}`. */
  #space(): boolean {
    const start = this.#at;
    while (isSpace(this.#source.charCodeAt(this.#at)) && this.#closing() !== 4) this.#at++;
    if (this.#at > start) this.#emit("space", start);
    return true;
  }

  #quoted(quote: string, type: "string" | "character", start: number): boolean {
    for (; this.#at < this.#source.length; this.#at++) {
      const char = this.#source[this.#at];
      if (char === "\\" && this.#source[this.#at + 1] !== "\n") this.#at++;
      else if (char === "\n" || char === "\\") break;
      else if (char === quote) {
        this.#at++;
        return this.#emit(type, start);
      }
    }
    const hint = type === "string" ? "text over several lines goes into backquotes" : "text goes into double quotes";
    return this.#fail(`Unterminated ${type === "string" ? "quoted text" : "character constant"}`, start, hint);
  }

  #rawString(start: number): boolean {
    const end = this.#source.indexOf("`", this.#at);
    if (end < 0) return this.#fail("Unterminated backquoted text", start);
    this.#at = end + 1;
    return this.#emit("raw string", start);
  }

  /** Units of the letter, digit or underscore here; 0 when there is none. */
  #wordLength(): 0 | 1 | 2 {
    const unit = this.#source.charCodeAt(this.#at);
    if (unit < 0x80) {
      const lower = unit | 0x20;
      return (lower >= 0x61 && lower <= 0x7a) || isDigit(unit) || unit === 0x5f ? 1 : 0;
    }
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined || !wordUnit.test(String.fromCodePoint(code))) return 0;
    return code > 0xffff ? 2 : 1;
  }

  #word(): void {
    for (let length; (length = this.#wordLength()) > 0;) this.#at += length;
  }

  #identifier(): boolean {
    const start = this.#at;
    this.#word();
    if (!this.#terminated()) return this.#badCharacter();
    const word = this.#source.slice(start, this.#at);
    if (keywords.has(word)) return this.#emit(word as TokenType, start);
    return this.#emit(word === "true" || word === "false" ? "bool" : "identifier", start);
  }

  #fieldOrVariable(type: "field" | "variable", start: number): boolean {
    if (this.#terminated()) return this.#emit(type === "field" ? "dot" : "variable", start);
    this.#word();
    return this.#terminated() ? this.#emit(type, start) : this.#badCharacter();
  }

  /** Whether a name may end here. */
  #terminated(): boolean {
    const unit = this.#source[this.#at];
    if (unit === undefined || ".,|:()".includes(unit)) return true;
    return isSpace(unit.charCodeAt(0)) || this.#source.startsWith("}}", this.#at);
  }

  #badCharacter(): false {
    const dash = this.#source[this.#at] === "-";
    const hint = dash ? 'a key with a dash is read with index: {{ index .metadata.labels "my-key" }}' : undefined;
    return this.#failInAction(`Bad character ${this.#shown(this.#at)} in a name`, this.#at, hint);
  }

  #shown(at: number): string {
    const code = this.#source.codePointAt(at) ?? 0;
    const hex = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    return code > 0x20 && code !== 0x7f ? `${hex} '${String.fromCodePoint(code)}'` : hex;
  }

  #number(start: number): boolean {
    this.#at = start;
    if (!this.#scanNumber()) return this.#badNumber(start);
    const sign = this.#source[this.#at];
    if (sign !== "+" && sign !== "-") return this.#emit("number", start);
    if (!this.#scanNumber() || this.#source[this.#at - 1] !== "i") return this.#badNumber(start);
    return this.#emit("complex", start);
  }

  #badNumber(start: number): false {
    return this.#failInAction(`Bad number "${this.#source.slice(start, this.#at)}"`, start);
  }

  /** Takes what looks like a number, and more than is one: the parser judges its value. */
  #scanNumber(): boolean {
    this.#accept("+-");
    let digits = "0123456789_";
    if (this.#accept("0")) {
      if (this.#accept("xX")) digits = "0123456789abcdefABCDEF_";
      else if (this.#accept("oO")) digits = "01234567_";
      else if (this.#accept("bB")) digits = "01_";
    }
    while (this.#accept(digits));
    if (this.#accept(".")) { while (this.#accept(digits)); }
    if ((digits.length === 11 && this.#accept("eE")) || (digits.length === 23 && this.#accept("pP"))) {
      this.#accept("+-");
      while (this.#accept("0123456789_"));
    }
    this.#accept("i");
    const next = this.#wordLength();
    this.#at += next;
    return next === 0;
  }

  #accept(valid: string): boolean {
    const unit = this.#source[this.#at];
    if (unit === undefined || !valid.includes(unit)) return false;
    this.#at++;
    return true;
  }
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0d || unit === 0x0a;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

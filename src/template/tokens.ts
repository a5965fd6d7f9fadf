/** The token types of the lexer. Keywords carry their own word as type. */
export type TokenType =
  | "error"
  | "end of template"
  | "text"
  | "{{"
  | "}}"
  | "space"
  | "("
  | ")"
  | "|"
  | "="
  | ":="
  | "other"
  | "bool"
  | "number"
  | "complex"
  | "character"
  | "string"
  | "raw string"
  | "dot"
  | "field"
  | "variable"
  | "identifier"
  | Keyword;

const keywordList = [
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "nil",
  "range",
  "template",
  "with",
] as const;

export type Keyword = typeof keywordList[number];

export const keywords: ReadonlySet<string> = new Set(keywordList);

export interface Token {
  readonly type: TokenType;
  /** As written; for an "error" token the message. */
  readonly text: string;
  /** Index into the source, in UTF-16 units. */
  readonly offset: number;
  readonly hint?: string;
}

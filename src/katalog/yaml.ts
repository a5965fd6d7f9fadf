/**
 * Reads YAML with the place of every key and value. The only reader of YAML in the project, and bounded in everything
 * that a file controls: size, tokens, depth, what aliases expand to, and the number of findings.
 */
import { Composer, type Document, isAlias, isMap, isPair, isScalar, isSeq, Lexer, Parser, type Scalar } from "yaml";
import type { Finding, Position } from "../base/finding.ts";
import { decode, type ReadLimits } from "./decode.ts";
import { LineIndex } from "./line_index.ts";
import { isNull, itemPath, keyPath, type MapEntry, type MapNode, type Node, type ScalarNode } from "./node.ts";
import { resolvePlain } from "./scalar.ts";
import type { SourceFile } from "./source.ts";
import { syntaxFinding, type UnclosedAt, unquotedTemplate } from "./yaml_errors.ts";

export interface YamlFile {
  /** The documents that have content; none when there are errors of syntax. */
  readonly documents: readonly Node[];
  readonly findings: readonly Finding[];
}

/** More findings than these say nothing new; errors of syntax follow from each other even sooner. */
const maxFindings = { all: 20, syntax: 5 } as const;

/** Reads all documents of a file. Never throws, whatever the bytes. */
export function readYaml(file: SourceFile, limits: ReadLimits): YamlFile {
  const text = decode(file, limits);
  if (typeof text !== "string") return { documents: [], findings: [text] };
  return new Reader(file.path, text, limits).read();
}

/** Ends the reading early. */
class Stop extends Error {}

class Reader {
  readonly #file: string;
  readonly #text: string;
  readonly #lines: LineIndex;
  readonly #limits: ReadLimits;
  readonly #findings: Finding[] = [];
  /** Anchors of the document so far, with the number of values that each stands for. */
  readonly #anchors = new Map<string, { readonly node: Node; readonly size: number } | "open">();
  #size = 0;
  /** Quotes and brackets that are open at their end. */
  readonly #open: UnclosedAt = {};
  #syntaxErrors = 0;

  constructor(file: string, text: string, limits: ReadLimits) {
    this.#file = file;
    this.#text = text;
    this.#lines = new LineIndex(text);
    this.#limits = limits;
  }

  read(): YamlFile {
    let documents: Node[] = [];
    try {
      const composed = this.#compose();
      if (this.#findings.length === 0) {
        documents = composed.filter((document) => document.contents !== null && !isEmpty(document))
          .map((document) => this.#convertDocument(document));
      }
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
    const failed = this.#findings.some((finding) => finding.severity === "error");
    return { documents: failed ? [] : documents, findings: this.#findings };
  }

  #compose(): Document.Parsed[] {
    const tokens = this.#parse();
    // Scalars stay text here: what they mean to Kubernetes is decided in scalar.ts. Keys are compared below, because
    // the library does it in quadratic time.
    const composer = new Composer({ schema: "failsafe", uniqueKeys: false, logLevel: "silent" });
    // Each error costs a stack trace, and a hostile file has one a character: stop at the first few.
    (composer as unknown as { onError: ErrorHandler }).onError = (source, code, message, warning) => {
      if (warning === true) return;
      const offset = typeof source === "number" ? source : "offset" in source ? source.offset : source[0]!;
      this.#addSyntax(offset, code, message);
    };
    const documents: Document.Parsed[] = [];
    for (const token of tokens) {
      if (token.type === "error") this.#addSyntax(token.offset, "UNEXPECTED_TOKEN", token.message);
      else documents.push(...composer.next(token));
    }
    documents.push(...composer.end());
    const { quote } = this.#open;
    // The library takes the escaped quote at the end of a text for its end.
    if (quote !== undefined) this.#addSyntax(quote, "MISSING_CHAR", "Missing closing 'quote");
    return documents;
  }

  #parse() {
    const parser = new Parser();
    const tokens = [];
    const brackets: number[] = [];
    let count = 0;
    let offset = 0;
    for (const lexeme of new Lexer().lex(this.#text)) {
      if (lexeme === "{" || lexeme === "[") brackets.push(offset);
      else if (lexeme === "}" || lexeme === "]") brackets.pop();
      else if (lexeme === "\x18") this.#open.bracket ??= brackets.at(-1);
      else if (isOpenQuote(lexeme)) this.#open.quote ??= offset;
      tokens.push(...parser.next(lexeme));
      if (!isMarker(lexeme)) offset += lexeme.length;
      if (++count > this.#limits.tokens) {
        this.#refuse(
          this.#at(offset),
          `The file holds more than ${this.#limits.tokens} words of YAML`,
          "split it into several files",
        );
      }
      if (parser.stack.length > this.#limits.depth + 1 && depthOf(parser) > this.#limits.depth) {
        this.#refuse(this.#at(offset - lexeme.length), `Nested deeper than ${this.#limits.depth} levels`);
      }
    }
    this.#open.bracket ??= brackets.at(-1);
    tokens.push(...parser.end());
    return tokens;
  }

  #convertDocument(document: Document.Parsed): Node {
    this.#anchors.clear();
    this.#size = 0;
    return this.#convert(document.contents, "", this.#at(document.range[0]));
  }

  /** `fallback` is the place of a value that is not there. */
  #convert(node: unknown, path: string, fallback: Position): Node {
    if (isAlias(node)) return this.#convertAlias(node.source, this.#at(node.range![0]), path);
    if (++this.#size > this.#limits.nodes) this.#tooMany(fallback);
    const before = this.#size - 1;
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, "open");
    const converted = this.#convertContent(node, path, fallback);
    if (anchor !== undefined) this.#anchors.set(anchor, { node: converted, size: this.#size - before });
    return converted;
  }

  #convertContent(node: unknown, path: string, fallback: Position): Node {
    if (isMap(node)) {
      const at = this.#at(node.range![0]);
      this.#checkTag(node.tag, "map", at, path);
      return this.#convertMap(node.items, at, path);
    }
    if (isSeq(node)) {
      const at = this.#at(node.range![0]);
      this.#checkTag(node.tag, "seq", at, path);
      const items = node.items.map((item, i) =>
        // `[a: 1]` is a list of one map.
        isPair(item) ? this.#convertMap([item], at, itemPath(path, i)) : this.#convert(item, itemPath(path, i), at)
      );
      return { type: "list", at, items };
    }
    return this.#convertScalar(isScalar(node) ? node : undefined, path, fallback);
  }

  #convertAlias(name: string, at: Position, path: string): Node {
    const target = this.#anchors.get(name);
    if (target === undefined || target === "open") {
      this.#add({
        severity: "error",
        ...at,
        path,
        message: target === "open"
          ? `The alias *${name} stands inside the value it names`
          : `No anchor &${name} before this`,
        ...(target === "open" ? {} : { hint: 'put a text that begins with "*" in quotes' }),
      });
      return this.#convertScalar(undefined, path, at);
    }
    this.#size += target.size;
    if (this.#size > this.#limits.nodes) this.#tooMany(at);
    return target.node;
  }

  #convertMap(items: readonly unknown[], at: Position, path: string): MapNode {
    const entries = new Map<string, MapEntry>();
    const merged: MapEntry[] = [];
    for (const item of items) {
      if (!isPair(item)) continue;
      const key = isAlias(item.key) ? this.#convert(item.key, path, at) : item.key;
      const text = isScalar(key) ? key.source ?? "" : isNodeScalar(key) ? key.text : undefined;
      const keyAt = isRanged(item.key) ? this.#at(item.key.range[0]) : at;
      if (text === undefined || item.key === null) {
        this.#add(unquotedTemplate({ file: this.#file, text: this.#text, lines: this.#lines }, keyAt, path));
        continue;
      }
      const value = this.#convert(item.value, keyPath(path, text), keyAt);
      if (text === "<<" && isScalar(key) && key.type === "PLAIN") {
        merged.push({ keyAt, value });
        continue;
      }
      const first = entries.get(text);
      if (first !== undefined) {
        this.#add({
          severity: "error",
          ...keyAt,
          path: keyPath(path, text),
          message: `The key "${text}" is given twice`,
          hint: `it is already in line ${first.keyAt.line}; keep one of them`,
        });
      } else entries.set(text, { keyAt, value });
    }
    for (const entry of merged) this.#merge(entries, entry, path);
    return { type: "map", at, entries };
  }

  /** `<<: *base` and `<<: [*a, *b]`: keys of the map itself win, then those of earlier maps. */
  #merge(entries: Map<string, MapEntry>, { keyAt, value }: MapEntry, path: string): void {
    for (const source of value.type === "list" ? value.items : [value]) {
      if (source.type === "map") {
        for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
      } else {
        this.#add({ severity: "error", ...keyAt, path: keyPath(path, "<<"), message: "Only a map can be merged" });
      }
    }
  }

  #convertScalar(scalar: Scalar | undefined, path: string, fallback: Position): ScalarNode {
    const range = scalar?.range;
    const text = scalar?.source ?? "";
    const style = scalar === undefined ? "plain" : styleOf(scalar);
    const empty = style === "plain" && text === "";
    const at = empty || range === undefined || range === null ? fallback : this.#at(range[0]);
    const start = range?.[0] ?? 0;
    const plain = style === "plain" && scalar?.tag === undefined
      ? resolvePlain(text)
      : { value: text, ambiguous: false };
    const source = {
      file: this.#file,
      text: this.#text,
      lines: this.#lines,
      start,
      end: range?.[1] ?? 0,
      style,
    } as const;
    const node: ScalarNode = { type: "scalar", at, text, ...plain, source };
    return scalar?.tag === undefined ? node : this.#applyTag(node, scalar.tag, path);
  }

  /** `!!int "3"`: the tag says what the text is. */
  #applyTag(node: ScalarNode, tag: string, path: string): ScalarNode {
    const type = standardTag(tag);
    if (type === "str" || tag === "!") return { ...node, value: node.text };
    const { value } = resolvePlain(node.text);
    const fits = (type === "int" && (typeof value === "bigint" || Number.isInteger(value))) ||
      (type === "float" && typeof value === "number") || (type === "bool" && typeof value === "boolean") ||
      (type === "null" && value === null);
    if (fits) return { ...node, value };
    const known = type === "int" || type === "float" || type === "bool" || type === "null";
    this.#add({
      severity: "error",
      ...node.at,
      path,
      message: known ? `"${node.text}" is not of the type !!${type}` : `The tag ${shortTag(tag)} is not supported`,
      hint: "remove the tag",
    });
    return node;
  }

  #checkTag(tag: string | undefined, expected: "map" | "seq", at: Position, path: string): void {
    if (tag === undefined || tag === "!" || standardTag(tag) === expected) return;
    this.#add({
      severity: "error",
      ...at,
      path,
      message: `The tag ${shortTag(tag)} is not supported here`,
      hint: "remove the tag",
    });
  }

  #tooMany(at: Position): never {
    this.#refuse(
      at,
      `The file comes to more than ${this.#limits.nodes} values once its aliases are written out`,
      "use fewer aliases inside each other",
    );
  }

  #at(offset: number): Position {
    return { file: this.#file, ...this.#lines.locate(offset) };
  }

  /** One finding a line: the others are consequences of the first. */
  #addSyntax(offset: number, code: string, message: string): void {
    // The library catches what is thrown through it, and reports it once more.
    if (++this.#syntaxErrors > maxFindings.all) throw new Stop();
    const source = { file: this.#file, text: this.#text, lines: this.#lines };
    const finding = syntaxFinding(source, { offset, code, message }, this.#open);
    if (!this.#findings.some(({ line }) => line === finding.line)) this.#add(finding);
    // What the parser says after a tab is about the indentation that it took the line to have.
    if (code === "TAB_AS_INDENT" || this.#findings.length >= maxFindings.syntax) this.#syntaxErrors = maxFindings.all;
  }

  #add(finding: Finding): void {
    const again = this.#findings.some((other) => other.line === finding.line && other.message === finding.message);
    if (!again) this.#findings.push(finding);
    if (this.#findings.length >= maxFindings.all) throw new Stop();
  }

  #refuse(at: Position, message: string, hint?: string): never {
    this.#findings.length = 0;
    this.#findings.push({ severity: "error", ...at, path: "", message, ...(hint === undefined ? {} : { hint }) });
    throw new Stop();
  }
}

type ErrorHandler = (
  source: number | readonly number[] | { readonly offset: number },
  code: string,
  message: string,
  warning?: boolean,
) => void;

/** What the lexer puts between the pieces of the text: begin of document, scalar and error. */
function isMarker(lexeme: string): boolean {
  return lexeme === "\x02" || lexeme === "\x18" || lexeme === "\x1f";
}

/** How many lists and maps are open. */
function depthOf({ stack }: Parser): number {
  return stack.filter(({ type }) => type === "flow-collection" || type === "block-map" || type === "block-seq").length;
}

/** Whether a quoted scalar has no end. The lexer ends one at its quote, so only the last of a file can be without. */
function isOpenQuote(lexeme: string): boolean {
  const quote = lexeme[0];
  if (quote === '"') return !/^"(?:[^"\\]|\\[^])*"$/.test(lexeme);
  // The quotes at the end: each two of them are one that is escaped.
  return quote === "'" && (lexeme === "'" || /'*$/.exec(lexeme.slice(1))![0].length % 2 === 0);
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document;
  return isScalar(contents) && contents.type === "PLAIN" && contents.source === "" && contents.anchor === undefined;
}

function isNodeScalar(key: unknown): key is ScalarNode {
  return typeof key === "object" && key !== null && (key as Node).type === "scalar" && !isNull(key as Node);
}

function isRanged(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === "object" && node !== null && Array.isArray((node as { range?: unknown }).range);
}

function styleOf(scalar: Scalar): "plain" | "single" | "double" | "block" {
  switch (scalar.type) {
    case "QUOTE_SINGLE":
      return "single";
    case "QUOTE_DOUBLE":
      return "double";
    case "BLOCK_LITERAL":
    case "BLOCK_FOLDED":
      return "block";
    default:
      return "plain";
  }
}

function standardTag(tag: string): string | undefined {
  return /^tag:yaml\.org,2002:(\w+)$/.exec(tag)?.[1];
}

function shortTag(tag: string): string {
  const standard = standardTag(tag);
  return standard === undefined ? tag : `!!${standard}`;
}

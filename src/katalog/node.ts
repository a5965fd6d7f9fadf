import { type Json, type JsonMap, setOwn } from "../base/json.ts";
import type { Position } from "../base/finding.ts";
import type { LineIndex } from "./line_index.ts";

/** One value of a YAML document, with its place in the file. Nodes never change: a move makes new maps. */
export type Node = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly type: "scalar";
  /** The first character; for an absent value (`key:`) the key. */
  readonly at: Position;
  /** The text as a reader means it: unquoted as it was written (`1.10`, `yes`), quoted without its quotes. */
  readonly text: string;
  /** What the scalar is to Kubernetes' own tools. */
  readonly value: null | boolean | number | bigint | string;
  /** The reader of YAML 1.1 and the one of YAML 1.2 do not agree on it (`yes`, `012`). */
  readonly ambiguous: boolean;
  readonly source: ScalarSource;
}

/** Where a scalar stands in the text of its file. */
export interface ScalarSource {
  readonly file: string;
  readonly text: string;
  readonly lines: Pick<LineIndex, "locate">;
  /** From the first character, quote or block header included, to behind the last. */
  readonly start: number;
  readonly end: number;
  readonly style: "plain" | "single" | "double" | "block";
}

export interface ListNode {
  readonly type: "list";
  readonly at: Position;
  readonly items: readonly Node[];
}

export interface MapNode {
  readonly type: "map";
  readonly at: Position;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly keyAt: Position;
  readonly value: Node;
}

/** The value under `key` of a map; `undefined` for every other node, and for a key without a value (`key:`). */
export function childOf(node: Node | undefined, key: string): Node | undefined {
  const child = node?.type === "map" ? node.entries.get(key)?.value : undefined;
  return child === undefined || isNull(child) ? undefined : child;
}

/** The node that keys lead to. */
export function nodeAt(node: Node | undefined, ...keys: readonly string[]): Node | undefined {
  return keys.reduce<Node | undefined>(childOf, node);
}

/** The text of a scalar; `undefined` for everything else. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.type === "scalar" && node.value !== null ? node.text : undefined;
}

/** The value of a scalar that is true or false. */
export function flagOf(node: Node | undefined): boolean | undefined {
  return node?.type === "scalar" && typeof node.value === "boolean" ? node.value : undefined;
}

/** The items of a list; none for everything else. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.type === "list" ? node.items : [];
}

/** The entries of a map; none for everything else. */
export function entriesOf(node: Node | undefined): Iterable<[string, MapEntry]> {
  return node?.type === "map" ? node.entries : [];
}

export function isNull(node: Node): boolean {
  return node.type === "scalar" && node.value === null;
}

/** `file:line:column`, the form that plans carry. */
export function placeOf(at: Position): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** A path some keys further: `spec.crds`, `labels["example.org/tier"]`. */
export function keyPath(path: string, ...keys: readonly string[]): string {
  return keys.reduce((at, key) => {
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${at}[${JSON.stringify(key)}]`;
    return at === "" ? key : `${at}.${key}`;
  }, path);
}

/** A path one item further: `deployments[0]`. */
export function itemPath(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** The plain value, scalars as Kubernetes' tools read them. */
export function toJson(node: Node): Json {
  switch (node.type) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toJson);
    case "map": {
      const map: JsonMap = {};
      for (const [key, entry] of node.entries) setOwn(map, key, toJson(entry.value));
      return map;
    }
  }
}

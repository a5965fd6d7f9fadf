import { type Document, isMap, isScalar, isSeq, Pair, parseDocument, Scalar, visit, YAMLMap, type YAMLSeq } from "yaml";
import { documentMoves, type Form, type Move, moves } from "../../katalog/mod.ts";

type Entry = Pair<Scalar, unknown>;

/**
 * The text of a Katalog in the one layout, by the table of moves: comments stay with what they are written above, and
 * nothing else is changed but indentation and blank lines. The Katalog must load without an error. `undefined`: it is in
 * that layout already. Throws `RewriteError`.
 */
export function rewriteLayout(text: string): string | undefined {
  // As the loader reads it: `<<` is a key like any other, long integers are kept as they are written.
  const document = parseDocument(text, { merge: false, intAsBigInt: true, keepSourceTokens: false });
  const crds = document.getIn(["spec", "crds"]);
  if (!isMap(crds)) return undefined;
  givesKeysTheirComments(document);
  let changes = 0;
  if (isMap(document.contents)) {
    for (const move of documentMoves) changes += carryOut(move, document.contents as YAMLMap, document);
  }
  for (const { value } of crds.items) {
    // An alias stands for an entry that is rewritten where it is written out.
    if (isMap(value)) { for (const move of moves) changes += carryOut(move, value as YAMLMap, document); }
  }
  if (changes === 0) return undefined;
  try {
    return document.toString({ lineWidth: 0, indentSeq: indentsLists(text), indent: indentOf(text) });
  } catch (cause) {
    throw new RewriteError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** In the one layout it cannot be written: an alias would come before its anchor. */
export class RewriteError extends Error {
  override name = "RewriteError";
}

/** What stands above the first key of a map is parsed as a comment of the map, and would stay when the key moves. */
function givesKeysTheirComments(document: Document): void {
  visit(document, {
    Map(_key, map) {
      const first = map.items[0]?.key;
      if (map.flow === true || !isScalar(first)) return;
      addComment(first, map.commentBefore);
      map.commentBefore = null;
    },
  });
}

function addComment(key: Scalar, comment: string | null | undefined): void {
  key.commentBefore = [comment, key.commentBefore].filter((each) => typeof each === "string").join("\n") || null;
}

/** Returns the number of changes. */
function carryOut(move: Move, entry: YAMLMap, document: Document): number {
  switch (move.kind) {
    case "keys":
      return move.keys.filter((key) => moveKey(entry, segments(move.at), key, segments(move.to), document, move.as))
        .length;
    case "block":
      return moveBlock(entry, move, document);
    case "rename":
      return nodesAt(entry, move.at).filter(({ value }) => rename(value, move.from, move.to)).length;
    case "form":
      return nodesAt(entry, move.at).filter((holder) => reform(holder, move.form, document)).length;
  }
}

function moveBlock(entry: YAMLMap, { at, to }: Move & { kind: "block" }, document: Document): number {
  const home = segments(at);
  const block = entry.getIn(home);
  if (!isMap(block)) return 0;
  const holder = home.length === 1 ? entry : entry.getIn(home.slice(0, -1)) as YAMLMap;
  const own = findPair(holder, home.at(-1)!)!;
  let first = true;
  for (const [target, keys] of Object.entries(to)) {
    for (const key of keys) {
      const pair = findPair(block as YAMLMap, key);
      if (pair === undefined) continue;
      // What is said of the block is said of what it began with.
      if (first) addComment(pair.key, own.key.commentBefore);
      first = false;
      moveKey(entry, home, key, segments(target), document);
    }
  }
  if (block.items.length === 0) remove(holder, own);
  return 1;
}

/** True where the key was there and its new place is free. */
function moveKey(
  entry: YAMLMap,
  from: readonly string[],
  key: string,
  to: readonly string[],
  document: Document,
  as = key,
): boolean {
  const source = from.length === 0 ? entry : entry.getIn(from);
  const pair = isMap(source) ? findPair(source as YAMLMap, key) : undefined;
  if (pair === undefined) return false;
  let target = entry;
  for (const segment of to) {
    const there = findPair(target, segment);
    if (there === undefined) target.add(new Pair(new Scalar(segment), new YAMLMap(document.schema)));
    else if (!isMap(there.value)) there.value = new YAMLMap(document.schema);
    target = target.get(segment) as YAMLMap;
  }
  if (findPair(target, as) !== undefined) return false;
  remove(source as YAMLMap, pair);
  if (as !== key) {
    pair.key.value = as;
    delete pair.key.source;
  }
  target.add(pair);
  return true;
}

function rename(node: unknown, from: string, to: string): boolean {
  const pair = isMap(node) ? findPair(node as YAMLMap, from) : undefined;
  if (pair === undefined) return false;
  pair.key.value = to;
  delete pair.key.source;
  return true;
}

function reform(holder: Holder, form: Form, document: Document): boolean {
  const formed = form === "pairs" ? mapOfPairs(holder.value, document) : listOfVariables(holder.value, document);
  if (formed === undefined) return false;
  holder.set(formed);
  return true;
}

/** `[{key: tier, value: web}]` becomes `{tier: web}`; `undefined`: it is no such list. */
function mapOfPairs(node: unknown, document: Document): YAMLMap | undefined {
  if (!isSeq(node) || node.items.length === 0) return undefined;
  const map = document.createNode({}, { flow: node.flow ?? false }) as YAMLMap;
  for (const item of node.items) {
    if (!isMap(item) || item.items.length > 2) return undefined;
    const [key, value] = [item.get("key", true), item.get("value", true)];
    if (!isScalar(key) || value === undefined) return undefined;
    const name = new Scalar(String(key.value));
    name.commentBefore = item.commentBefore ?? key.commentBefore ?? null;
    map.add(new Pair(name, value));
  }
  map.commentBefore = node.commentBefore ?? null;
  map.comment = node.comment ?? null;
  return map;
}

/** `{MODE: {value: fast}}` becomes `[{name: MODE, value: fast}]`; `undefined`: it is no such map. */
function listOfVariables(node: unknown, document: Document): YAMLSeq | undefined {
  if (!isMap(node) || node.items.length === 0) return undefined;
  const list = document.createNode([], { flow: node.flow ?? false }) as YAMLSeq;
  for (const { key, value } of node.items as Entry[]) {
    const item = isMap(value) ? value as YAMLMap : new YAMLMap(document.schema);
    if (!isMap(value)) item.add(new Pair(new Scalar("value"), value));
    item.items.unshift(new Pair(new Scalar("name"), new Scalar(String(key.value))));
    item.commentBefore = key.commentBefore ?? null;
    list.add(item);
  }
  list.commentBefore = node.commentBefore ?? null;
  list.comment = node.comment ?? null;
  return list;
}

/** A node, and the way to put another one in its place. */
interface Holder {
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

/** All nodes at paths with `*` for any key or item, from a map on. */
function nodesAt(root: YAMLMap, paths: readonly string[]): Holder[] {
  return paths.flatMap((path) =>
    segments(path).reduce<Holder[]>(
      (holders, segment) => holders.flatMap(({ value }) => below(value, segment)),
      [{ value: root, set: () => {} }],
    )
  );
}

function below(node: unknown, segment: string): Holder[] {
  if (isSeq(node)) {
    if (segment !== "*") return [];
    return node.items.map((value, index) => ({ value, set: (next) => void (node.items[index] = next) }));
  }
  if (!isMap(node)) return [];
  return (node as YAMLMap).items.filter((pair) => segment === "*" || nameOf(pair as Entry) === segment)
    .map((pair) => ({ value: pair.value, set: (next) => void (pair.value = next) }));
}

function findPair(map: YAMLMap, name: string): Entry | undefined {
  return (map.items as Entry[]).find((pair) => nameOf(pair) === name);
}

/** By itself: `YAMLMap.delete` looks for a key, and two may be the same text. */
function remove(map: YAMLMap, pair: Entry): void {
  map.items.splice(map.items.indexOf(pair), 1);
}

function nameOf({ key }: Entry): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

function segments(path: string): string[] {
  return path === "" ? [] : path.split(".");
}

/** Is the first list below a key written further in than the key? */
function indentsLists(text: string): boolean {
  const found = /^( *)(?:- +)?[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- /m.exec(text);
  return found === null || found[2]!.length > found[1]!.length;
}

/** Number of spaces by which the first map in a map is indented. */
function indentOf(text: string): number {
  const found = /^[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*( +)[^\s-]/m.exec(text);
  return Math.min(Math.max(found?.[1]?.length ?? 2, 1), 8);
}

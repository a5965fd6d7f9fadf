import type { Position } from "../base/finding.ts";
import { nearest } from "../base/suggest.ts";
import { formOf } from "./forms.ts";
import { isNull, itemPath, keyPath, type MapEntry, type MapNode, type Node } from "./node.ts";
import { documentMoves, type Move, moves } from "./moves.ts";
import type { Report } from "./report.ts";

/** Carries out the table of moves: the same document in the one layout, with a warning for each use of another one. */
export function applyMoves(root: Node, report: Report): Node {
  const document = root.type !== "map"
    ? root
    : documentMoves.reduce<MapNode>((moved, move) => applyMove(moved, move, "", report), root);
  return update(document, ["spec", "crds", "*"], "", (entry, path) => {
    if (entry.type !== "map") return entry;
    return moves.reduce<MapNode>((moved, move) => applyMove(moved, move, path, report), entry);
  });
}

function applyMove(entry: MapNode, move: Move, path: string, report: Report): MapNode {
  switch (move.kind) {
    case "keys":
      return moveKeys(entry, move, path, report);
    case "block":
      return moveBlock(entry, move, path, report);
    case "rename":
      return updateAll(entry, move.at, path, (node, at) => rename(node, move.from, move.to, at, report));
    case "form":
      return updateAll(entry, move.at, path, (node, at) => formOf(node, move.form, at, report));
  }
}

function moveKeys(entry: MapNode, move: Move & { kind: "keys" }, path: string, report: Report): MapNode {
  let moved = entry;
  for (const key of move.keys) {
    const from = [...segments(move.at), key];
    const target = [...segments(move.to), move.as ?? key];
    const found = find(moved, from);
    if (found === undefined) continue;
    const placed = place(remove(moved, from), target, found, pathOf(path, from), pathOf(path, target), report);
    if (placed === undefined) continue;
    moved = placed.root;
    if (!placed.free) continue;
    report.warn(found.keyAt, pathOf(path, from), `"${key}" has moved to ${target.join(".")}`, "write it there");
  }
  return moved;
}

function moveBlock(entry: MapNode, move: Move & { kind: "block" }, path: string, report: Report): MapNode {
  const home = segments(move.at);
  const block = find(entry, home);
  if (block === undefined || block.value.type !== "map") return entry;
  let moved = remove(entry, home);
  const left = new Map(block.value.entries);
  const said: string[] = [];
  for (const [to, keys] of Object.entries(move.to)) {
    const found = keys.filter((key) => left.has(key));
    for (const key of found) {
      const target = [...segments(to), key];
      const from = pathOf(path, [...home, key]);
      moved = place(moved, target, left.get(key)!, from, pathOf(path, target), report)?.root ?? moved;
      left.delete(key);
    }
    if (found.length > 0) said.push(`${found.join(", ")} to ${to === "" ? "the entry of the CRD" : to}`);
  }
  const old = pathOf(path, home);
  report.warn(
    block.keyAt,
    old,
    `"${home.at(-1)}" has moved${said.length > 0 ? `: ${said.join("; ")}` : ""}`,
    said.length > 0 ? "move the keys there" : "remove it",
  );
  const known = Object.values(move.to).flat();
  for (const [key, { keyAt }] of left) {
    if (move.later?.includes(key)) {
      report.error(keyAt, keyPath(old, key), `"${key}" is not supported yet`);
      continue;
    }
    const near = nearest(key, known);
    report.error(
      keyAt,
      keyPath(old, key),
      `Unknown key "${key}"`,
      near === undefined ? undefined : `did you mean "${near}"?`,
    );
  }
  return moved;
}

function rename(node: Node, from: string, to: string, path: string, report: Report): Node {
  if (node.type !== "map") return node;
  const old = node.entries.get(from);
  if (old === undefined) return node;
  if (node.entries.has(to)) {
    report.error(
      old.keyAt,
      keyPath(path, from),
      `"${from}" is the old name of "${to}", and both are given`,
      `keep "${to}"`,
    );
    return remove(node, [from]);
  }
  report.warn(old.keyAt, keyPath(path, from), `"${from}" is now called "${to}"`, `write "${to}"`);
  // In the place of the old key, so that the order stays.
  return { ...node, entries: new Map([...node.entries].map(([key, entry]) => [key === from ? to : key, entry])) };
}

/** Puts an entry to its new place, if that is free; `undefined` where something else than a map is in the way. */
function place(
  root: MapNode,
  target: readonly string[],
  entry: MapEntry,
  from: string,
  path: string,
  report: Report,
): { readonly root: MapNode; readonly free: boolean } | undefined {
  const there = find(root, target);
  if (there !== undefined) {
    report.error(
      entry.keyAt,
      from,
      `"${target.at(-1)}" is given here and in its new place, line ${there.keyAt.line}`,
      `keep ${path}`,
    );
    return { root, free: false };
  }
  const inserted = insert(root, target, entry);
  return inserted === undefined ? undefined : { root: inserted, free: true };
}

function insert(map: MapNode, [key, ...rest]: readonly string[], entry: MapEntry): MapNode | undefined {
  if (key === undefined) return undefined;
  if (rest.length === 0) return { ...map, entries: new Map(map.entries).set(key, entry) };
  const child = map.entries.get(key);
  const inner = child === undefined || isNull(child.value) ? emptyMap(entry.keyAt) : child.value;
  if (inner.type !== "map") return undefined;
  const value = insert(inner, rest, entry);
  if (value === undefined) return undefined;
  return { ...map, entries: new Map(map.entries).set(key, { keyAt: child?.keyAt ?? entry.keyAt, value }) };
}

function emptyMap(at: Position): MapNode {
  return { type: "map", at, entries: new Map() };
}

function find(map: MapNode, [key, ...rest]: readonly string[]): MapEntry | undefined {
  const entry = key === undefined ? undefined : map.entries.get(key);
  if (rest.length === 0 || entry === undefined) return entry;
  return entry.value.type === "map" ? find(entry.value, rest) : undefined;
}

function remove(map: MapNode, [key, ...rest]: readonly string[]): MapNode {
  const entries = new Map(map.entries);
  const entry = key === undefined ? undefined : entries.get(key);
  if (key === undefined || entry === undefined) return map;
  if (rest.length === 0) entries.delete(key);
  else if (entry.value.type === "map") entries.set(key, { ...entry, value: remove(entry.value, rest) });
  return { ...map, entries };
}

function updateAll(
  entry: MapNode,
  places: readonly string[],
  path: string,
  change: (node: Node, path: string) => Node,
): MapNode {
  return places.reduce<MapNode>((node, at) => update(node, segments(at), path, change) as MapNode, entry);
}

/** Changes the nodes at a path with `*`, and makes new maps and lists only where something changed. */
function update(
  node: Node,
  path: readonly string[],
  at: string,
  change: (node: Node, path: string) => Node,
): Node {
  const [key, ...rest] = path;
  if (key === undefined) return change(node, at);
  if (node.type === "list" && key === "*") {
    const items = node.items.map((item, i) => update(item, rest, itemPath(at, i), change));
    return items.every((item, i) => item === node.items[i]) ? node : { ...node, items };
  }
  if (node.type !== "map") return node;
  let entries: Map<string, MapEntry> | undefined;
  for (const [name, entry] of node.entries) {
    if (key !== "*" && key !== name) continue;
    const value = update(entry.value, rest, keyPath(at, name), change);
    if (value !== entry.value) (entries ??= new Map(node.entries)).set(name, { ...entry, value });
  }
  return entries === undefined ? node : { ...node, entries };
}

function segments(path: string): string[] {
  return path === "" ? [] : path.split(".");
}

function pathOf(path: string, keys: readonly string[]): string {
  return keyPath(path, ...keys);
}

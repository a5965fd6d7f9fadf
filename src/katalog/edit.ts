import type { MapEntry, MapNode, Node } from "./node.ts";

/** Nodes never change: each of these makes new maps. */

/** The map with each value replaced. */
export function mapValues(map: MapNode, change: (value: Node, key: string) => Node): MapNode {
  const entries = [...map.entries].map(([key, entry]): [string, MapEntry] => [
    key,
    { ...entry, value: change(entry.value, key) },
  ]);
  return { ...map, entries: new Map(entries) };
}

/** With `value` at the end of `path`; maps on the way are made where there are none. */
export function setNode(root: Node, path: readonly string[], value: Node): Node {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const map: MapNode = root.type === "map" ? root : { type: "map", at: value.at, entries: new Map() };
  const entry = map.entries.get(key);
  const inner = entry?.value ?? { type: "map", at: value.at, entries: new Map<string, MapEntry>() };
  const entries = new Map(map.entries);
  entries.set(key, { keyAt: entry?.keyAt ?? value.at, value: setNode(inner, rest, value) });
  return { ...map, entries };
}

export function withoutKey(map: MapNode, key: string): MapNode {
  const entries = new Map(map.entries);
  entries.delete(key);
  return { ...map, entries };
}

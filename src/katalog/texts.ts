import { mapValues } from "./edit.ts";
import { itemPath, keyPath, type Node, type ScalarNode } from "./node.ts";

/** The same tree with the texts that `change` gives; `key` is that of the nearest map. */
export function mapTexts(
  node: Node,
  path: string,
  change: (node: ScalarNode, path: string, key: string) => string | undefined,
  key = "",
): Node {
  switch (node.type) {
    case "list":
      return { ...node, items: node.items.map((item, i) => mapTexts(item, itemPath(path, i), change, key)) };
    case "map":
      return mapValues(node, (value, inner) => mapTexts(value, keyPath(path, inner), change, inner));
    case "scalar": {
      if (node.value === null) return node;
      const text = change(node, path, key);
      // A text that was made stands nowhere, so positions within it are that of the whole.
      return text === undefined || text === node.text ? node : { ...node, text, value: text, ambiguous: false };
    }
  }
}

/** Two lists as one; `undefined` where there is neither. */
export function joinLists(first: Node | undefined, second: Node | undefined): Node | undefined {
  if (first?.type !== "list") return second ?? first;
  if (second?.type !== "list") return second === undefined ? first : second;
  return { ...second, items: [...first.items, ...second.items] };
}

import type { RecordShape, Shape } from "../base/shape.ts";
import { itemPath, keyPath, type MapNode, type Node } from "./node.ts";

/** Calls `visit` for every map of a document that a record shape describes, outer ones first. */
export function visitRecords(
  node: Node,
  shape: Shape,
  path: string,
  visit: (shape: RecordShape, node: MapNode, path: string) => void,
): void {
  switch (shape.type) {
    case "record":
      if (node.type !== "map") return;
      visit(shape, node, path);
      for (const [key, { value }] of node.entries) {
        const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
        if (field !== undefined && field.support === undefined) visitRecords(value, field, keyPath(path, key), visit);
      }
      return;
    case "map":
      if (node.type !== "map") return;
      for (const [key, { value }] of node.entries) visitRecords(value, shape.values, keyPath(path, key), visit);
      return;
    case "list":
      if (node.type !== "list") return;
      return node.items.forEach((item, i) => visitRecords(item, shape.items, itemPath(path, i), visit));
    case "union": {
      const chosen = node.type === "scalar" ? shape.scalar : node.type === "list" ? shape.list : shape.map;
      if (chosen !== undefined) visitRecords(node, chosen, path, visit);
      return;
    }
    case "text":
    case "number":
    case "flag":
    case "duration":
    case "tree":
      return;
    default:
      shape satisfies never;
  }
}

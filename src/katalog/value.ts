import { type Json, type JsonMap, setOwn } from "../base/json.ts";
import type { RecordShape, Shape } from "../base/shape.ts";
import { takesNull } from "./check_fields.ts";
import { isNull, keyPath, type Node, placeOf, type ScalarNode, toJson } from "./node.ts";

/**
 * The plain value of a node that its shape allows: texts as they were written, the rest typed. Keys without a value
 * are left out. `onTemplate` is called with each text that holds a template, and its path within the node.
 */
export function valueOf(
  node: Node,
  shape: Shape,
  onTemplate: (path: string, node: ScalarNode) => void = () => {},
  path = "",
): Json {
  if (node.type === "scalar" && node.text.includes("{{")) {
    onTemplate(path, node);
    return node.text;
  }
  switch (shape.type) {
    case "text":
    case "duration":
      return node.type === "scalar" ? node.text : toJson(node);
    case "number":
    case "flag":
      return toJson(node);
    case "list":
      return node.type === "list"
        ? node.items.map((item, i) => valueOf(item, shape.items, onTemplate, `${path}[${i}]`))
        : [];
    case "map":
      return mapOf(node, () => shape.values, onTemplate, path);
    case "record":
      return mapOf(node, (key) => fieldOf(shape, key), onTemplate, path);
    case "tree":
      return treeOf(node, shape, onTemplate, path);
    case "union": {
      if (isNull(node)) return null;
      const chosen = node.type === "scalar" ? shape.scalar : node.type === "list" ? shape.list : shape.map;
      return chosen === undefined ? toJson(node) : valueOf(node, chosen, onTemplate, path);
    }
  }
}

function fieldOf(shape: RecordShape, key: string): Shape | undefined {
  return Object.hasOwn(shape.fields, key) ? shape.fields[key] : shape.rest;
}

function mapOf(
  node: Node,
  shapeOf: (key: string) => Shape | undefined,
  onTemplate: (path: string, node: ScalarNode) => void,
  path: string,
): JsonMap {
  const map: JsonMap = {};
  if (node.type !== "map") return map;
  for (const [key, { value }] of node.entries) {
    const shape = shapeOf(key);
    if (shape === undefined || (isNull(value) && !takesNull(shape))) continue;
    setOwn(map, key, valueOf(value, shape, onTemplate, keyPath(path, key)));
  }
  return map;
}

function treeOf(
  node: Node,
  shape: Shape,
  onTemplate: (path: string, node: ScalarNode) => void,
  path: string,
): Json {
  switch (node.type) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map((item, i) => valueOf(item, shape, onTemplate, `${path}[${i}]`));
    case "map":
      return mapOf(node, () => shape, onTemplate, path);
  }
}

/** The place of each template in a node, by its path within it. */
export function templatePlaces(node: Node, shape: Shape): Record<string, string> {
  const places: JsonMap = {};
  valueOf(node, shape, (path, scalar) => setOwn(places, path, placeOf(scalar.at)));
  return places as Record<string, string>;
}

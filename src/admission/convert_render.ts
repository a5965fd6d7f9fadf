import { isMap, type Json, type JsonMap, setOwn } from "../base/json.ts";
import { keyPath } from "../base/key_path.ts";
import { type CompiledText, RenderError, type Templates, valueOf } from "../template/compiled_text.ts";
import { references } from "../template/mod.ts";
import { newPathTree, nodeOf, type PathTree } from "./convert_paths.ts";
import { anything, type FieldSchema, schemaOfKey } from "./convert_schema.ts";
import { typed, TypeProblem } from "./convert_value.ts";

/** What the target's field is made of: one node of the tree `spec` of a path, its templates parsed. */
export type ValueTemplate =
  | { readonly type: "literal"; readonly value: Json; readonly at: string }
  | { readonly type: "text"; readonly text: CompiledText }
  | { readonly type: "list"; readonly items: readonly ValueTemplate[] }
  | { readonly type: "map"; readonly entries: readonly (readonly [string, ValueTemplate])[] };

/** Parses the texts of a tree. `positions` is by path within the tree, `at` the place of the whole. */
export function compileTree(
  tree: Json,
  positions: Readonly<Record<string, string>>,
  at: string,
  templates: Templates,
  path = "",
): ValueTemplate {
  if (typeof tree === "string" && tree.includes("{{")) {
    // White space round the only expression of a text (`|`) is of the YAML, not of the value.
    const place = Object.hasOwn(positions, path) ? positions[path]! : at;
    return { type: "text", text: templates.compile({ text: tree.trim(), at: place }) };
  }
  if (Array.isArray(tree)) {
    return {
      type: "list",
      items: tree.map((item, i) => compileTree(item, positions, at, templates, `${path}[${i}]`)),
    };
  }
  if (isMap(tree) && Object.keys(tree).length > 0) {
    return {
      type: "map",
      entries: Object.entries(tree).map(([key, value]) =>
        [key, compileTree(value, positions, at, templates, keyPath(path, key))] as const
      ),
    };
  }
  return { type: "literal", value: tree, at };
}

/**
 * The value, typed by the target's schema. `undefined`: absent, as are a map and a list all of whose values are absent
 * (ruling 97). A text with more than one expression is trimmed, and absent where it is empty. `path` names the field in
 * errors. Throws `RenderError`.
 */
export function renderTree(
  tree: ValueTemplate,
  data: JsonMap,
  schema: FieldSchema,
  path: string,
): Json | undefined {
  switch (tree.type) {
    case "literal":
      return place(tree.value, schema, path, tree.at);
    case "text": {
      const value = valueOf(tree.text, data);
      const plain = typeof value === "string" && !tree.text.template.soleExpression ? value.trim() || undefined : value;
      return plain === undefined ? undefined : place(plain, schema, path, tree.text.at);
    }
    case "list": {
      const items = tree.items.map((item, i) => renderTree(item, data, schema.items ?? anything, `${path}[${i}]`))
        .filter((item) => item !== undefined);
      return items.length === 0 ? undefined : items;
    }
    case "map": {
      const map: JsonMap = {};
      for (const [key, value] of tree.entries) {
        const item = renderTree(value, data, schemaOfKey(schema, key) ?? anything, keyPath(path, key));
        if (item !== undefined) setOwn(map, key, item);
      }
      return Object.keys(map).length === 0 ? undefined : map;
    }
    default:
      return tree satisfies never;
  }
}

function place(value: Json, schema: FieldSchema, path: string, at: string): Json | undefined {
  try {
    return typed(value, schema);
  } catch (error) {
    if (error instanceof TypeProblem) throw new RenderError(at, `${path}: ${error.message}`);
    throw error;
  }
}

/** The fields of the source that the templates of a tree read. */
export function readsOf(tree: ValueTemplate, reads: PathTree = newPathTree()): PathTree {
  switch (tree.type) {
    case "literal":
      break;
    case "text":
      for (const { path, whole } of references(tree.text.template)) {
        const node = nodeOf(reads, path);
        if (whole) node.whole = true;
        else node.tested = true;
      }
      break;
    case "list":
      for (const item of tree.items) readsOf(item, reads);
      break;
    case "map":
      for (const [, item] of tree.entries) readsOf(item, reads);
      break;
    default:
      tree satisfies never;
  }
  return reads;
}

/** The fields of the target that a tree writes, whether its templates give a value or not. */
export function writesOf(tree: ValueTemplate, path: readonly string[], writes: PathTree = newPathTree()): PathTree {
  if (tree.type === "map") { for (const [key, item] of tree.entries) writesOf(item, [...path, key], writes); }
  else if (!(tree.type === "literal" && isMap(tree.value))) nodeOf(writes, path).whole = true;
  return writes;
}

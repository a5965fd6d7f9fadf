import type { Shape } from "../base/shape.ts";
import { printFieldPath } from "../base/field_path.ts";
import type { CrdContext } from "./crd_context.ts";
import { type GivenField, givenFields } from "./field_types.ts";
import { itemPath, keyPath, type Node } from "./node.ts";
import { typeNames } from "./open_api.ts";
import { entryShapes } from "./schema_box.ts";

/** Finds fields of the CR that stand for a whole list or map of a child, and are something else by the CRD's schema. */
export function wholeFieldsFitTheirChildren(crd: CrdContext): void {
  const { children, report } = crd;
  const fieldAt = givenFields(crd);
  const visit = (node: Node, shape: Shape, path: string): void => {
    if (node.type === "scalar") {
      const wanted = shape.type === "list"
        ? "array"
        : shape.type === "map" || shape.type === "record"
        ? "object"
        : undefined;
      const given = wanted === undefined ? undefined : fieldAt(node);
      if (given === undefined || given.type === wanted) return;
      const expected = wanted === "array" ? "a list" : "a map";
      report.partialError(
        node.at,
        path,
        `Expected ${expected}, found ${describeGiven(given)}`,
        hintFor(given, wanted!),
      );
    } else if (node.type === "map") {
      for (const [key, { value }] of node.entries) {
        const field = shape.type === "record" && Object.hasOwn(shape.fields, key)
          ? shape.fields[key]
          : shape.type === "map"
          ? shape.values
          : undefined;
        if (field !== undefined && field.support === undefined) visit(value, field, keyPath(path, key));
      }
    } else if (shape.type === "list") node.items.forEach((item, i) => visit(item, shape.items, itemPath(path, i)));
  };
  for (const { shorthand, node, path } of children) {
    const shape = entryShapes.get(shorthand);
    if (shape !== undefined) visit(node, shape, path);
  }
}

/** `spec.env, which the CRD has as a map`. */
export function describeGiven({ path, type }: GivenField): string {
  return `${printFieldPath(path)}, which is ${typeNames[type] ?? type} by the schema of the CRD`;
}

/** What makes the wanted type of it. */
export function hintFor({ path, type }: GivenField, wanted: string): string | undefined {
  const field = `.${printFieldPath(path)}`;
  if (wanted !== "array") return undefined;
  if (type === "object") return `a list of its entries is {{ mapEntries ${field} "name" "value" }}`;
  return type === "string" ? `a list of its parts is {{ split ${field} "," }}` : undefined;
}

import { compareText, type Position } from "../base/finding.ts";
import type { Dependency } from "./model.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type Node, textOf } from "./node.ts";

/** One name under `dependsOn`, as it is written. */
export interface NamedDependency {
  readonly name: string;
  /** Of the name. */
  readonly at: Position;
  /** Within the entry: `dependsOn[0]`, `dependsOn.db`. */
  readonly path: string;
  /** As written; `undefined` where none is given. */
  readonly condition: string | undefined;
}

/** What an entry of `spec.crds` depends on, in each of the forms: a list of names, or a map of name to condition. */
export function namedDependencies(entry: Node): NamedDependency[] {
  const node = childOf(entry, "dependsOn");
  const named: NamedDependency[] = [];
  itemsOf(node).forEach((item, i) => {
    const name = textOf(item);
    if (name !== undefined) named.push({ name, at: item.at, path: itemPath("dependsOn", i), condition: undefined });
  });
  for (const [name, { keyAt, value }] of entriesOf(node)) {
    const condition = textOf(value.type === "map" ? childOf(value, "condition") : value);
    named.push({ name, at: keyAt, path: keyPath("dependsOn", name), condition });
  }
  return named;
}

/** `dependsOn` of an entry, checked before; sorted, since its order means nothing. */
export function buildDependencies(entry: Node): Dependency[] {
  return namedDependencies(entry)
    .map(({ name, condition }): Dependency => ({
      box: name,
      condition: condition === "started" ? "started" : "healthy",
    }))
    .sort((a, b) => compareText(a.box, b.box));
}

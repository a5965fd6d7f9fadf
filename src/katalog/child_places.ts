import { defaultName, shorthands } from "../resources/mod.ts";
import type { DeclaredChild } from "./crd_context.ts";
import { childOf, itemPath, keyPath, type Node, textOf } from "./node.ts";

/** One namespace that an entry names for its children. */
export interface ChildPlace {
  /** As written, a template perhaps; `undefined`: that of the CR. */
  readonly namespace: string | undefined;
  /** Where it is written. */
  readonly node: Node | undefined;
  readonly path: string;
}

/** The namespaces that an entry names: each of `toNamespaces`, or the one of `namespace`. */
export function placesOf({ shorthand, node, metadata, metadataPath, namespace }: DeclaredChild): ChildPlace[] {
  const targets = shorthand === "custom" ? undefined : childOf(node, "toNamespaces");
  if (targets === undefined) {
    return [{ namespace, node: childOf(metadata, "namespace"), path: keyPath(metadataPath, "namespace") }];
  }
  const path = keyPath(metadataPath, "toNamespaces");
  const items = targets.type === "list" ? targets.items : [targets];
  return items.flatMap((item, index) => {
    const text = textOf(item)?.trim();
    if (text === undefined || text === "") return [];
    return [{ namespace: text, node: item, path: targets.type === "list" ? itemPath(path, index) : path }];
  });
}

/** The name of the children of an entry without a name, a template; `undefined`: a name must be given (ruling 18). */
export function defaultNameOf({ shorthand, node }: DeclaredChild): string | undefined {
  const known = shorthands.get(shorthand);
  return known === undefined
    ? undefined
    : defaultName(known, "{{ .metadata.name }}", (field) => childOf(node, field) !== undefined);
}

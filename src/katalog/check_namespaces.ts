import { isOwnNamespace } from "../resources/mod.ts";
import { defaultNameOf, placesOf } from "./child_places.ts";
import type { CrdContext, DeclaredChild } from "./crd_context.ts";
import { childOf, keyPath } from "./node.ts";
import { canBeEqual, canMatch, mustMatch, type PossibleText, possibleText } from "./possible_text.ts";

/** Who may write a CR may not thereby choose where the operator writes (rulings 26 and 49). */
export function namespacesAreNotChosenByCrs(crd: CrdContext): void {
  const { children, known, namespaces, report } = crd;
  if (known === undefined) return;
  for (const child of children) {
    const { type, node, path } = child;
    if (type?.kind === "Namespace" && type.group === "") namespaceIsAllowed(child, crd);
    if (type?.namespaced !== true) continue;
    for (const place of placesOf(child)) {
      const { namespace, node: at } = place;
      if (at === undefined || namespace === undefined) {
        if (known.type.namespaced) continue;
        report.warn(
          node.at,
          path,
          `The CR is cluster-scoped, so this ${type.kind} goes to the namespace "default"`,
          "say which namespace",
        );
        continue;
      }
      const possible = possibleText(namespace);
      if (mustMatch(namespaces.restricted, possible)) {
        report.error(
          at.at,
          place.path,
          `No child may be in the namespace "${namespace}": it is in restrictedNamespaces`,
          "use another namespace, or take this one off the list",
        );
      } else if (!possible.literal && !isOwnNamespace(namespace) && !canBeAllowed(possible, crd)) {
        report.error(
          at.at,
          place.path,
          "The namespace of a child must not be chosen by the CR",
          "write the namespace out, leave it away for the CR's own, list what it may be in allowedNamespaces, " +
            "or make a Namespace of this name in the same box",
        );
      }
    }
  }
}

/** A Namespace that the box makes is none that is restricted. */
function namespaceIsAllowed(child: DeclaredChild, { namespaces, report }: CrdContext): void {
  const name = child.name ?? defaultNameOf(child);
  if (name === undefined || child.block === "onDelete" || !mustMatch(namespaces.restricted, possibleText(name))) return;
  const at = childOf(child.metadata, "name") ?? child.node;
  const hint = "use another name, or take this one off the list";
  const path = keyPath(child.metadataPath, "name");
  report.error(at.at, path, `The Namespace "${name}" must not be made: it is in restrictedNamespaces`, hint);
}

/** Inside `allowedNamespaces`, or a Namespace that the box itself makes. */
function canBeAllowed(namespace: PossibleText, { namespaces, children }: CrdContext): boolean {
  if (canMatch(namespaces.allowed, namespace)) return true;
  return children.some((child) => {
    const { type, block } = child;
    const name = child.name ?? defaultNameOf(child);
    return block !== "onDelete" && type?.kind === "Namespace" && type.group === "" && name !== undefined &&
      canBeEqual(possibleText(name), namespace);
  });
}

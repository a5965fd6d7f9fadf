import { placesOf } from "./child_places.ts";
import type { CrdContext } from "./crd_context.ts";
import { keyPath, type Node, nodeAt } from "./node.ts";
import { canBeEqual, canMatch, mustMatch, type PossibleText, possibleText } from "./possible_text.ts";
import type { Report } from "./report.ts";

/** Who may write a CR may not thereby choose where the operator writes (rulings 26 and 49). */
export function namespacesAreNotChosenByCrs(crd: CrdContext): void {
  const { children, known, namespaces, report } = crd;
  if (known === undefined) return;
  for (const child of children) {
    const { type, node, path } = child;
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

/** Inside `allowedNamespaces`, or a Namespace that the box itself makes. */
function canBeAllowed(namespace: PossibleText, { namespaces, children }: CrdContext): boolean {
  if (canMatch(namespaces.allowed, namespace)) return true;
  return children.some(({ type, name, block }) =>
    block !== "onDelete" && type?.kind === "Namespace" && type.group === "" && name !== undefined &&
    canBeEqual(possibleText(name), namespace)
  );
}

function isOwnNamespace(text: string): boolean {
  return /^\{\{-?\s*\.metadata\.namespace\s*-?\}\}$/.test(text);
}

/** Honest about the part of the lists that is not carried out: where the CRs themselves may stand. */
export function namespaceListsAreForChildren({ entry, path, report }: CrdContext): void {
  warnOfLists(entry, path, report);
}

/** The same of the lists for a whole Katalog. */
export function warnOfKatalogLists(root: Node, report: Report): void {
  warnOfLists(nodeAt(root, "security", "namespaceProtection"), "security.namespaceProtection", report);
}

function warnOfLists(node: Node | undefined, path: string, report: Report): void {
  if (node?.type !== "map") return;
  for (const key of ["allowedNamespaces", "restrictedNamespaces"]) {
    const list = node.entries.get(key);
    if (list?.value.type !== "list" || list.value.items.length === 0) continue;
    report.warn(
      list.keyAt,
      keyPath(path, key),
      `"${key}" holds for the namespaces of children; the namespaces of CRs are not checked yet`,
    );
  }
}

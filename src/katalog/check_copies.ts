import { isOwnNamespace, shorthands } from "../resources/mod.ts";
import { placesOf } from "./child_places.ts";
import type { CrdContext, DeclaredChild } from "./crd_context.ts";
import { childOf, keyPath, type Node, textOf } from "./node.ts";
import { canMatch, mustMatch, possibleText } from "./possible_text.ts";

/** What is checked of entries that copy another object, or stand in several namespaces. */
export const copyChecks: readonly ((crd: CrdContext) => void)[] = [
  sourcesAreNotChosenByCrs,
  copiesAreOfOthers,
  targetsAreSaid,
];

interface Copy {
  readonly child: DeclaredChild;
  readonly source: Node;
  readonly sourcePath: string;
  /** As they are written, templates perhaps. `namespace`: `undefined` for that of the CR. */
  readonly name: string;
  readonly namespace: string | undefined;
}

function copiesIn({ children }: CrdContext): Copy[] {
  return children.flatMap((child): Copy[] => {
    const field = shorthands.get(child.shorthand)?.copies;
    const source = field === undefined ? undefined : childOf(child.node, field);
    const name = textOf(source)?.trim();
    if (child.block === "onDelete" || source === undefined || name === undefined) return [];
    const namespace = textOf(childOf(child.node, "fromNamespace"))?.trim();
    return [{ child, source, sourcePath: keyPath(child.path, field!), name, namespace }];
  });
}

/** Who may write a CR may not thereby choose what the operator reads (rulings 26 and 49). */
function sourcesAreNotChosenByCrs(crd: CrdContext): void {
  const { known, namespaces, report } = crd;
  for (const { child, source, sourcePath, name, namespace } of copiesIn(crd)) {
    const { type, node, path } = child;
    if (type === undefined) continue;
    if (namespace === undefined || isOwnNamespace(namespace)) {
      if (type.kind === "Secret" && isUnconfined(name) && placesOf(child).some((place) => !isOwn(place.namespace))) {
        report.warn(
          source.at,
          sourcePath,
          "The CR chooses which Secret beside it is copied into another namespace: a user who may write it can get any " +
            "of them there",
          "write the name out, or give it a fixed beginning or end",
          "source-from-cr",
        );
      }
      if (known?.type.namespaced !== false) continue;
      const hint = "say which, with fromNamespace";
      report.warn(source.at, sourcePath, `The CR is cluster-scoped, so the source is in the namespace "default"`, hint);
      continue;
    }
    const at = childOf(node, "fromNamespace")!.at;
    const place = keyPath(path, "fromNamespace");
    const possible = possibleText(namespace);
    if (!possible.literal && mustMatch(namespaces.restricted, possible)) {
      const hint = "write the namespace out, or take this one off the list";
      report.error(at, place, `The CR may not choose this namespace: it is in restrictedNamespaces`, hint);
    } else if (!possible.literal && !canMatch(namespaces.allowed, possible)) {
      const hint =
        "write the namespace out, leave it away for the CR's own, or list what it may be in allowedNamespaces";
      report.error(at, place, "The namespace of a source must not be chosen by the CR", hint);
    } else if (type.kind === "Secret" && isUnconfined(name)) {
      report.warn(
        source.at,
        sourcePath,
        `The CR chooses which Secret of the namespace "${namespace}" is copied: a user who may write it can get any of them`,
        "write the name out, or give it a fixed beginning or end",
        "source-from-cr",
      );
    }
  }
}

/** A template may render to any name at all. */
function isUnconfined(name: string): boolean {
  const { literal, start, end } = possibleText(name);
  return !literal && start === "" && end === "";
}

/** An object that is its own source would be taken over, and go with the CR. */
function copiesAreOfOthers(crd: CrdContext): void {
  for (const { child, source, sourcePath, name, namespace } of copiesIn(crd)) {
    if (child.name !== name) continue;
    const own = (text: string | undefined) => isOwn(text) ? "" : text;
    if (!placesOf(child).some((place) => own(place.namespace) === own(namespace))) continue;
    crd.report.error(
      source.at,
      sourcePath,
      `The ${child.type?.kind} "${name}" is copied to itself`,
      "give the copy a name",
    );
  }
}

/** `toNamespaces` says where the children stand, and nothing else does. */
function targetsAreSaid({ children, report }: CrdContext): void {
  for (const { shorthand, block, node, path } of children) {
    if (shorthands.get(shorthand)?.copies === undefined || block === "onDelete") continue;
    const targets = childOf(node, "toNamespaces");
    if (targets === undefined) continue;
    if (targets.type === "list" && targets.items.length === 0) {
      const hint = "name some, or remove the entry";
      report.error(targets.at, keyPath(path, "toNamespaces"), "Without a namespace the entry makes nothing", hint);
    }
    const namespace = childOf(node, "namespace");
    if (namespace === undefined) continue;
    const hint = "remove it, or add it to toNamespaces";
    report.warn(namespace.at, keyPath(path, "namespace"), '"namespace" has no effect beside "toNamespaces"', hint);
  }
}

function isOwn(namespace: string | undefined): boolean {
  return namespace === undefined || isOwnNamespace(namespace);
}

import { parseTemplate, references, TemplateSyntaxError } from "../template/mod.ts";
import { isOwnNamespace } from "../resources/mod.ts";
import { isRun } from "./check_on_delete.ts";
import { defaultNameOf, placesOf } from "./child_places.ts";
import type { CrdContext, DeclaredChild } from "./crd_context.ts";
import { childOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";

/**
 * Warns of children whose names do not distinguish two CRs: the second CR would find the name taken (ruling 61).
 *
 * Not warned of: children that are only created, since an existing one satisfies them all; names that hold a field of
 * the CR, which may be unique (an element of `forEach` is not); and `adopt` beside the CR, where the author expects the
 * object to be there and a controller reference keeps a second CR away.
 */
export function namesTellCrsApart({ children, known, entry, report }: CrdContext): void {
  if (known === undefined) return;
  for (const child of children) {
    const { type, node, path, metadata, metadataPath } = child;
    if (type === undefined || !isKept(child)) continue;
    const [found] = placesOf(child).flatMap(({ namespace }) => {
      const place = type.namespaced ? namespace : undefined;
      const isNear = known.type.namespaced && type.namespaced && (place === undefined || isOwnNamespace(place));
      if (isNear && adopts(child, entry)) return [];
      const missing = missingIn({ ...child, namespace }, entry, known.type.namespaced, isNear);
      return missing === undefined ? [] : [{ missing, isNear }];
    });
    if (found === undefined) continue;
    const { missing, isNear } = found;
    const at = childOf(metadata, "name");
    const which = missing.length === 2
      ? `Two ${known.type.kind} objects`
      : missing[0] === "namespace"
      ? `Two ${known.type.kind} objects of one name, in two namespaces,`
      : `Two ${known.type.kind} objects${known.type.namespaced && isNear ? " of one namespace" : ""}`;
    report.warn(
      (at ?? node).at,
      at === undefined ? path : keyPath(metadataPath, "name"),
      `${which} would use the same ${type.kind}: its name does not distinguish them`,
      at === undefined
        ? `give it a name such as "{{ .metadata.namespace }}-{{ .metadata.name }}"`
        : `add ${missing.map((field) => `{{ .metadata.${field} }}`).join(" and ")} to the name`,
    );
  }
}

/** Kept as declared, or run: an object that another CR made is in the way. */
function isKept(child: DeclaredChild): boolean {
  const { block, node } = child;
  if (block === "onDelete") return isRun(child);
  if (block === "onReconcile") return true;
  const reconcile = childOf(node, "reconcile");
  return reconcile?.type === "scalar" && reconcile.value === true;
}

function adopts({ node }: DeclaredChild, entry: Node): boolean {
  const adopt = childOf(node, "adopt") ?? nodeAt(entry, "operatorBox", "adopt");
  return adopt?.type === "scalar" && adopt.value === true;
}

/** What of a CR's identity the name and the namespace of a child lack; `undefined` where nothing does. */
function missingIn(
  child: DeclaredChild,
  entry: Node,
  ownerIsNamespaced: boolean,
  isNear: boolean,
): ("name" | "namespace")[] | undefined {
  const { name, namespace, type } = child;
  const written = name ?? defaultNameOf(child) ?? "";
  const read = [written, type?.namespaced === true ? namespace ?? "" : ""].flatMap(readPaths);
  const as = textOf(nodeAt(child.node, "forEach", "as"));
  if (read.some((path) => path[0] !== as && tellsApart(path))) return undefined;
  const reads = (field: string) => read.some((path) => path[0] === "metadata" && path[1] === field);
  const selector = childOf(entry, "fieldSelector");
  const fixed = (key: string) => textOf(childOf(selector, key)) !== undefined;
  const missing: ("name" | "namespace")[] = [];
  if (!reads("name") && !fixed("metadata.name")) missing.push("name");
  const oneNamespace = !ownerIsNamespaced || isNear || childOf(entry, "namespace") !== undefined ||
    fixed("metadata.namespace");
  if (!oneNamespace && !reads("namespace")) missing.push("namespace");
  return missing.length === 0 ? undefined : missing;
}

/** What two CRs have alike, or may easily have. */
const common = new Set(["apiVersion", "kind", "children", "item", "value", "index"]);

/** Fields that may be unique, or are; the whole CR or its whole metadata. */
function tellsApart([root, field]: readonly string[]): boolean {
  if (root === "metadata") return field !== "name" && field !== "namespace";
  return root === undefined || !common.has(root);
}

function readPaths(text: string): (readonly string[])[] {
  if (!text.includes("{{")) return [];
  try {
    return references(parseTemplate(text)).map(({ path }) => path);
  } catch (error) {
    // Errors in it are reported where templates are checked.
    if (error instanceof TemplateSyntaxError) return [[]];
    throw error;
  }
}

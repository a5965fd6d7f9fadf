import { nearest } from "../base/suggest.ts";
import { applyMoves } from "./apply_moves.ts";
import { checkMaturity } from "./check_lifecycle.ts";
import { checkShape } from "./check_shape.ts";
import { setNode, withoutKey } from "./edit.ts";
import {
  childOf,
  entriesOf,
  itemPath,
  itemsOf,
  keyPath,
  type MapEntry,
  type MapNode,
  type Node,
  nodeAt,
  textOf,
} from "./node.ts";
import type { Parts } from "./read_part.ts";
import type { Report } from "./report.ts";
import { komposerImports } from "./schema_composition.ts";

/** Katalogs of a Komposer that imports files, and no others: a Komposer imports no Komposer. */
export function komposed(root: MapNode, parts: Parts, report: Report): Node[] {
  const imports = childOf(root, "imports");
  const katalogs: Node[] = [];
  const imported: { root: Node; named: Node; path: string }[] = [];
  if (imports !== undefined) {
    checkShape(imports, komposerImports, "imports", report);
    itemsOf(childOf(imports, "files")).forEach((named, i) => {
      const at = itemPath("imports.files", i);
      const document = parts.document(named, at);
      if (document === undefined) return;
      const kind = textOf(childOf(document, "kind"));
      if (kind !== "Katalog") {
        const hint = kind === "Komposer" ? "list the Katalogs that it imports" : "list Katalogs alone";
        return void report.error(
          named.at,
          at,
          `${document.at.file} is no Katalog, but of kind ${kind ?? "none"}`,
          hint,
        );
      }
      const katalog = applyMoves(document, report);
      katalogs.push(katalog);
      imported.push({ root: katalog, named, path: at });
    });
  } else {report.error(
      root.at,
      "imports",
      'Missing "imports"',
      "list Katalogs under imports.files, or write kind: Katalog",
    );}
  checkMaturity(root, imported, report);
  const own = applyMoves(withoutKey(root, "imports"), report);
  const overridden = withOverrides(katalogs, nodeAt(own, "spec", "crds"), report);
  const kind = childOf(own, "kind")!;
  const asKatalog = setNode(own, ["kind"], { ...kind, text: "Katalog", value: "Katalog" } as Node);
  // Its security and gateway go before those of what it imports: the first document that says a thing counts.
  return [
    setNode(asKatalog, ["spec", "crds"], { type: "map", at: root.at, entries: new Map() }),
    ...overridden.map((katalog) => named(katalog, own)),
  ];
}

/** All of it is one Katalog, with the name of the Komposer. */
function named(katalog: Node, komposer: Node): Node {
  const metadata = childOf(komposer, "metadata");
  return metadata === undefined ? katalog : setNode(katalog, ["metadata"], metadata);
}

/** Fields of entries that the Komposer sets, over those of the Katalogs that declare them. */
function withOverrides(katalogs: readonly Node[], overrides: Node | undefined, report: Report): Node[] {
  const known = katalogs.flatMap((katalog) => [...entriesOf(nodeAt(katalog, "spec", "crds"))].map(([name]) => name));
  for (const [name, { keyAt }] of entriesOf(overrides)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? `imported are: ${known.join(", ") || "none"}` : `did you mean "${near}"?`;
    report.error(keyAt, keyPath("spec.crds", name), `No imported Katalog has the entry "${name}"`, hint);
  }
  return katalogs.map((katalog) => {
    let merged = katalog;
    for (const [name] of entriesOf(nodeAt(katalog, "spec", "crds"))) {
      const override = childOf(overrides, name);
      if (override === undefined) continue;
      merged = setNode(merged, ["spec", "crds", name], over(nodeAt(katalog, "spec", "crds", name), override));
    }
    return merged;
  });
}

/** Maps key by key; everything else is replaced. */
function over(base: Node | undefined, override: Node): Node {
  if (base?.type !== "map" || override.type !== "map") return override;
  const entries = new Map<string, MapEntry>(base.entries);
  for (const [key, entry] of override.entries) {
    entries.set(key, { ...entry, value: over(base.entries.get(key)?.value, entry.value) });
  }
  return { ...base, entries };
}

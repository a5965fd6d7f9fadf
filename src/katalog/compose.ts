import { sentinelNames } from "../conditions/mod.ts";
import { applyMoves } from "./apply_moves.ts";
import { checkShape } from "./check_shape.ts";
import { mapValues, setNode, withoutKey } from "./edit.ts";
import { Includes } from "./includes.ts";
import { Motifs } from "./motif.ts";
import { childOf, itemPath, itemsOf, keyPath, type MapNode, type Node, nodeAt, textOf } from "./node.ts";
import { declaredNotes, type NoteHome, withNotes } from "./notes.ts";
import type { Parts } from "./read_part.ts";
import type { Report } from "./report.ts";
import { notesShape, wideImport } from "./schema_composition.ts";
import { profilesShape } from "./schema_profiles.ts";

/** A document as if it stood in one file, and the lists of profiles that hold for it. */
export interface Composed {
  readonly root: Node;
  readonly profiles: readonly { readonly node: Node | undefined; readonly path: string }[];
}

/**
 * Puts a document together: included files, imported Motifs and notes written out, so that nothing after knows of them.
 * `root` has been moved into the one layout.
 */
export function compose(root: Node, parts: Parts, report: Report): Composed {
  if (root.type !== "map") return { root, profiles: [] };
  const includes = new Includes(parts, report);
  const motifs = new Motifs(parts, report);
  const whole = includes.document(root) as MapNode;
  const wide = itemsOf(nodeAt(whole, "spec", "imports")).flatMap((item, i): Node[] => {
    const at = itemPath("spec.imports", i);
    checkShape(item, wideImport, at, report);
    const motif = motifs.read(item, at);
    return motif === undefined ? [] : [includes.document(motif)];
  });
  const notes = notesOf(whole, wide, report);
  const profiles = [{ node: childOf(whole, "profiles"), path: "profiles" }];
  for (const motif of wide) {
    const node = childOf(motif, "profiles");
    if (node !== undefined) checkShape(node, profilesShape, "profiles", report);
    profiles.push({ node, path: `profiles of ${motif.at.file}` });
  }
  const crds = nodeAt(whole, "spec", "crds");
  const composed = crds?.type !== "map" ? whole : setNode(
    whole,
    ["spec", "crds"],
    mapValues(crds, (entry, name) => {
      const path = keyPath("spec.crds", name);
      return withSentinels(withNotes(motifs.entry(includes.entry(entry, path), path), notes));
    }),
  );
  // What Motifs are written in may be an older layout, too.
  const moved = applyMoves(composed, report);
  return {
    root: withoutImports(moved),
    profiles: profiles.map(({ node, path }) => ({
      node: node === undefined ? undefined : withNotes(node, notes),
      path,
    })),
  };
}

function notesOf(root: Node, wide: readonly Node[], report: Report): ReadonlyMap<string, string> {
  const homes: NoteHome[] = [root, ...wide].map((document, i) => {
    const node = childOf(document, "notes");
    if (node !== undefined) checkShape(node, notesShape, "notes", report);
    return { functions: childOf(node, "functions"), path: "notes.functions", imported: i > 0 };
  });
  return declaredNotes(homes, report);
}

/** Within gates, each sentinel is a function; in those of `preReconcile`, each that is declared. */
function withSentinels(entry: Node): Node {
  const gates = nodeAt(entry, "operatorBox", "preReconcile");
  const declared = itemsOf(childOf(gates, "sentinels")).map(textOf).filter((name) => name !== undefined);
  const places: readonly [string, readonly string[]][] = [
    ["preReconcile", declared],
    ["watch", sentinelNames],
    ["watchEvents", sentinelNames],
  ];
  return places.reduce((node, [key, names]) => {
    const place = nodeAt(node, "operatorBox", key);
    const texts = new Map(names.map((name) => [name, `{{ .sentinels.${name} }}`]));
    return place === undefined ? node : setNode(node, ["operatorBox", key], withNotes(place, texts));
  }, entry);
}

/** What has been put in its place is said no more. */
function withoutImports(root: Node): Node {
  const spec = childOf(root, "spec");
  const rest = spec?.type === "map" && spec.entries.has("imports")
    ? setNode(root, ["spec"], withoutKey(spec, "imports"))
    : root;
  return rest.type === "map" && rest.entries.has("notes") ? withoutKey(rest, "notes") : rest;
}

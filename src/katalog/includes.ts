import { setNode, withoutKey } from "./edit.ts";
import { childOf, entriesOf, itemPath, keyPath, type MapEntry, type MapNode, type Node, nodeAt } from "./node.ts";
import type { Parts } from "./read_part.ts";
import type { Report } from "./report.ts";
import { joinLists } from "./texts.ts";

/** How what a file holds is joined with what is written beside its name. */
type Joining = "list" | "map" | "named";

interface Home {
  /** The map that may have the key `include`. */
  readonly at: readonly string[];
  /** The key at the root of the file. */
  readonly key: string;
  readonly joining: Joining;
}

/** Of the document. */
const ofDocument: readonly Home[] = [
  { at: ["notes"], key: "functions", joining: "named" },
  { at: ["profiles"], key: "profiles", joining: "map" },
];

/** Of an entry of `spec.crds`, in the one layout. */
const ofEntry: readonly Home[] = [
  { at: ["validation"], key: "rules", joining: "list" },
  { at: ["mutation"], key: "rules", joining: "list" },
  { at: ["conversion"], key: "paths", joining: "list" },
  { at: ["operatorBox", "status"], key: "fields", joining: "list" },
  { at: ["operatorBox", "reconciler"], key: "reconciler", joining: "map" },
];

/** Lists of which an item may be a file with others. */
const itemLists: readonly { readonly at: readonly string[]; readonly key: string }[] = [
  { at: ["validation", "external"], key: "calls" },
  { at: ["mutation", "external"], key: "calls" },
  { at: ["operatorBox", "onCreate", "external"], key: "calls" },
  { at: ["operatorBox", "onReconcile", "external"], key: "calls" },
  { at: ["operatorBox", "watch"], key: "watch" },
];

/** Puts the contents of the files that `include` names in its place. They are read once, and include nothing themselves. */
export class Includes {
  constructor(readonly parts: Parts, readonly report: Report) {}

  document(root: Node): Node {
    return ofDocument.reduce((node, home) => this.#home(node, home, ""), root);
  }

  entry(entry: Node, path: string): Node {
    const included = ofEntry.reduce((node, home) => this.#home(node, home, path), entry);
    return itemLists.reduce((node, { at, key }) => this.#items(node, at, key, path), included);
  }

  #home(node: Node, { at, key, joining }: Home, path: string): Node {
    const home = nodeAt(node, ...at);
    const named = childOf(home, "include");
    if (home?.type !== "map" || named === undefined) return node;
    const where = keyPath(path, ...at, "include");
    const found = this.#contents(named, key, where);
    const rest = withoutKey(home, "include");
    return setNode(node, at, found === undefined ? rest : joined(rest, key, found, joining));
  }

  #items(node: Node, at: readonly string[], root: string, path: string): Node {
    const list = nodeAt(node, ...at);
    if (list?.type !== "list") return node;
    const items = list.items.flatMap((item, i) => {
      const named = childOf(item, "include");
      if (named === undefined) return [item];
      const where = itemPath(keyPath(path, ...at), i);
      const others = [...entriesOf(item)].filter(([key]) => key !== "include");
      for (const [key, { keyAt }] of others) {
        this.report.error(keyAt, keyPath(where, key), `"include" and "${key}" exclude each other`, "keep one of them");
      }
      const found = this.#contents(named, root, keyPath(where, "include"));
      return found?.type === "list" ? found.items : [];
    });
    return setNode(node, at, { ...list, items });
  }

  /** What stands under `key` in the file. An older layout calls `reconciler` `reconcile`. */
  #contents(named: Node, key: string, path: string): Node | undefined {
    const document = this.parts.document(named, path);
    if (document === undefined) return undefined;
    const keys = key === "reconciler" ? ["reconciler", "reconcile"] : [key];
    const found = keys.map((each) => childOf(document, each)).find((each) => each !== undefined);
    if (found === undefined) {
      // Another file than was meant, a private one perhaps: nothing of it is printed.
      this.report.error(
        document.at,
        "",
        `Expected the key "${key}" at the root of an included file`,
        `included at ${path}`,
      );
      return undefined;
    }
    for (const [other, { keyAt }] of entriesOf(document)) {
      if (keys.includes(other)) continue;
      this.report.error(
        keyAt,
        other,
        `Unknown key "${other}" in an included file`,
        `its root has the key "${key}" alone`,
      );
    }
    return found;
  }
}

function joined(home: MapNode, key: string, found: Node, joining: Joining): Node {
  if (joining === "map") return under(found, home);
  const own = childOf(home, key);
  const first = joining === "named" ? withoutNames(found, own) : found;
  const list = joinLists(first, own);
  return list === undefined ? home : setNode(home, [key], list);
}

/** Inline wins where both have a name. */
function withoutNames(found: Node, own: Node | undefined): Node {
  if (found.type !== "list" || own?.type !== "list") return found;
  const nameOf = (item: Node) => {
    const name = childOf(item, "name");
    return name?.type === "scalar" ? name.text : undefined;
  };
  const taken = new Set(own.items.map(nameOf));
  return { ...found, items: found.items.filter((item) => !taken.has(nameOf(item))) };
}

/** Maps key by key, what is written inline winning; lists one after the other. */
function under(found: Node, own: MapNode): Node {
  if (found.type !== "map") return found;
  const entries = new Map<string, MapEntry>(found.entries);
  for (const [key, entry] of own.entries) {
    const there = entries.get(key)?.value;
    if (there?.type === "list" && entry.value.type === "list") {
      entries.set(key, { ...entry, value: joinLists(there, entry.value)! });
    } else if (there?.type === "map" && entry.value.type === "map") {
      entries.set(key, { ...entry, value: under(there, entry.value) });
    } else entries.set(key, entry);
  }
  return { ...own, entries };
}

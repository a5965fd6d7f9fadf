import { nearest } from "../base/suggest.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { isMap } from "../base/json.ts";
import { builtInProfileNames, type ProfileClass, profileOf, type Profiles, profileSpots } from "../resources/mod.ts";
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
import type { Report } from "./report.ts";
import { entryShapes } from "./schema_box.ts";
import { type AnyProfileClass, profileClasses } from "./schema_profiles.ts";
import { mapValues, setNode, withoutKey } from "./edit.ts";

/** The profiles that one document declares: their nodes, by class and name. */
export type DeclaredProfiles = ReadonlyMap<AnyProfileClass, ReadonlyMap<string, MapNode>>;

/** What everybody has for `operatorBox.reconciler`. */
const reconcilerProfiles: Readonly<Record<string, JsonMap>> = {
  "high-throughput": { workers: 10, resync: "5m", queue: { maxDepth: 1000 } },
  conservative: { workers: 2, resync: "1m", queue: { maxDepth: 100 } },
  development: { workers: 1, resync: "30s", queue: { maxDepth: 50 } },
};

const blocks = ["onCreate", "onReconcile", "onDelete"];

/**
 * Reads `profiles` of documents whose shape has been checked. A name comes once in a class, whatever declares it.
 * `wherever`: where each list stands, such as `profiles`.
 */
export function declaredProfiles(
  homes: readonly { readonly node: Node | undefined; readonly path: string }[],
  report: Report,
): DeclaredProfiles {
  const declared = new Map<AnyProfileClass, Map<string, MapNode>>();
  for (const { node, path } of homes) {
    for (const of of profileClasses) {
      itemsOf(childOf(node, of)).forEach((item, index) => {
        const name = textOf(childOf(item, "name"));
        if (name === undefined || item.type !== "map") return;
        const known = declared.get(of) ?? new Map<string, MapNode>();
        declared.set(of, known);
        const at = itemPath(keyPath(path, of), index);
        const first = known.get(name);
        if (first !== undefined) {
          const where = `${first.at.file}:${first.at.line}`;
          report.error(
            item.at,
            at,
            `The profile "${name}" of ${of} is already declared in ${where}`,
            "give one of them another name",
          );
          return;
        }
        if (builtIn(of, name) !== undefined) {
          report.warn(
            item.at,
            at,
            `The profile "${name}" replaces the one of this name that everybody has`,
            "another name keeps both",
          );
        }
        known.set(name, item);
      });
    }
  }
  return declared;
}

/**
 * The document with the fields of each profile in place of its name, so that nothing after knows profiles; but for names
 * that are templates, which each CR decides.
 */
export function expandProfiles(root: Node, declared: DeclaredProfiles, report: Report): Node {
  const crds = nodeAt(root, "spec", "crds");
  if (root.type !== "map" || crds?.type !== "map") return root;
  const expanded = mapValues(
    crds,
    (entry, name) => new Expansion(declared, report).crd(entry, keyPath("spec.crds", name)),
  );
  return setNode(root, ["spec", "crds"], expanded);
}

/** The declared profiles as an entry whose name is a template may need them; `undefined`: there is no such entry. */
export function profilesForTemplates(
  entry: Node,
  declared: DeclaredProfiles,
  toFields: (node: Node) => JsonMap,
): Profiles | undefined {
  const classes = new Set<ProfileClass>();
  for (const [shorthand, item] of entriesIn(entry)) {
    for (const spot of profileSpots(shorthand)) {
      if (textOf(childOf(nodeAt(item, ...spot.at), "profile"))?.includes("{{") === true) classes.add(spot.class);
    }
  }
  const needed = [...classes].sort().filter((of) => declared.has(of));
  if (needed.length === 0) return undefined;
  return Object.fromEntries(
    needed.map((
      of,
    ) => [of, Object.fromEntries([...declared.get(of)!].map(([name, node]) => [name, toFields(fieldsOf(node))]))]),
  );
}

function* entriesIn(entry: Node): Iterable<[string, Node]> {
  for (const block of blocks) {
    const node = nodeAt(entry, "operatorBox", block);
    for (const each of [node, ...itemsOf(childOf(node, "groups"))]) {
      for (const [shorthand, { value }] of entriesOf(each)) {
        if (entryShapes.has(shorthand)) { for (const item of itemsOf(value)) yield [shorthand, item]; }
      }
    }
  }
}

class Expansion {
  constructor(readonly declared: DeclaredProfiles, readonly report: Report) {}

  crd(entry: Node, path: string): Node {
    const box = childOf(entry, "operatorBox");
    if (box?.type !== "map") return entry;
    const at = keyPath(path, "operatorBox");
    const done = mapValues(box, (value, key) => {
      if (key === "reconciler") return this.#reconciler(value, keyPath(at, key));
      return blocks.includes(key) ? this.#block(value, keyPath(at, key)) : value;
    });
    return setNode(entry, ["operatorBox"], done);
  }

  #block(block: Node, path: string): Node {
    if (block.type !== "map") return block;
    return mapValues(block, (value, key) => {
      const at = keyPath(path, key);
      if (key === "groups" && value.type === "list") {
        return { ...value, items: value.items.map((item, index) => this.#block(item, itemPath(at, index))) };
      }
      if (!entryShapes.has(key) || value.type !== "list") return value;
      return { ...value, items: value.items.map((item, index) => this.#entry(key, item, itemPath(at, index))) };
    });
  }

  #entry(shorthand: string, entry: Node, path: string): Node {
    let expanded = entry;
    for (const spot of profileSpots(shorthand)) {
      const home = spot.at.length === 0 ? expanded : nodeAt(expanded, ...spot.at);
      const named = childOf(home, "profile");
      const name = textOf(named)?.trim();
      if (home?.type !== "map" || named === undefined || name === undefined || name === "" || name.includes("{{")) {
        continue;
      }
      const fields = this.#find(spot.class, name, named, keyPath(path, ...spot.at, "profile"));
      expanded = setNode(expanded, spot.at, withoutKey(home, "profile"));
      if (fields === undefined) continue;
      const into = spot.into.length === 0 ? expanded : nodeAt(expanded, ...spot.into);
      expanded = setNode(expanded, spot.into, under(fields, into));
    }
    return expanded;
  }

  /** Inline settings win, one by one: those of the queue too. */
  #reconciler(node: Node, path: string): Node {
    const named = childOf(node, "profile");
    const name = textOf(named);
    if (node.type !== "map" || named === undefined || name === undefined) return node;
    const fields = this.#find("reconciler", name, named, keyPath(path, "profile"));
    if (fields === undefined) return node;
    const own = withoutKey(node, "profile");
    const merged = under(fields, own);
    const queue = under(childOf(fields, "queue"), childOf(own, "queue"));
    return queue.entries.size === 0 ? merged : setNode(merged, ["queue"], queue);
  }

  #find(of: AnyProfileClass, name: string, named: Node, path: string): MapNode | undefined {
    const own = this.declared.get(of)?.get(name);
    if (own !== undefined) return fieldsOf(own);
    const everybodys = builtIn(of, name);
    if (everybodys !== undefined) return nodeOf(everybodys, named) as MapNode;
    const known = [...this.declared.get(of)?.keys() ?? [], ...builtInNames(of)];
    const near = nearest(name, known);
    const hint = near !== undefined
      ? `did you mean "${near}"?`
      : known.length === 0
      ? `declare it under profiles.${of}`
      : `known here: ${known.join(", ")}`;
    this.report.error(named.at, path, `There is no profile "${name}" of ${of}`, hint);
    return undefined;
  }
}

function builtIn(of: AnyProfileClass, name: string): JsonMap | undefined {
  if (of !== "reconciler") return profileOf(of, name, undefined);
  const key = name.toLowerCase();
  return Object.hasOwn(reconcilerProfiles, key) ? reconcilerProfiles[key] : undefined;
}

function builtInNames(of: AnyProfileClass): readonly string[] {
  return of === "reconciler" ? Object.keys(reconcilerProfiles) : builtInProfileNames(of);
}

function fieldsOf(profile: MapNode): MapNode {
  return withoutKey(withoutKey(profile, "name"), "description");
}

/** What is written wins; a map without keys says nothing. */
function under(profile: Node | undefined, own: Node | undefined): MapNode {
  const entries = new Map<string, MapEntry>(entriesOf(profile));
  for (const [key, entry] of entriesOf(own)) {
    const saysNothing = entry.value.type === "map" && entry.value.entries.size === 0;
    if (!saysNothing || !entries.has(key)) entries.set(key, entry);
  }
  const at = own?.at ?? profile?.at;
  return { type: "map", at: at!, entries };
}

/** A value that stands nowhere: it is placed where it is named. */
function nodeOf(value: Json, named: Node): Node {
  const { at } = named;
  if (Array.isArray(value)) return { type: "list", at, items: value.map((item) => nodeOf(item, named)) };
  if (isMap(value)) {
    const entries = Object.entries(value).map((
      [key, item],
    ): [string, MapEntry] => [key, { keyAt: at, value: nodeOf(item, named) }]);
    return { type: "map", at, entries: new Map(entries) };
  }
  if (named.type !== "scalar") throw new TypeError("A profile is named by a text");
  return { ...named, text: String(value), value, ambiguous: false };
}

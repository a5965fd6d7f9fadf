import { nearest } from "../base/suggest.ts";
import { type Binding, bindInputs, soleExpressionOf } from "../template/mod.ts";
import { checkShape } from "./check_shape.ts";
import { setNode, withoutKey } from "./edit.ts";
import {
  childOf,
  entriesOf,
  flagOf,
  itemPath,
  itemsOf,
  keyPath,
  type MapNode,
  type Node,
  nodeAt,
  textOf,
} from "./node.ts";
import type { Parts } from "./read_part.ts";
import type { Report } from "./report.ts";
import { motifImport, motifShape } from "./schema_composition.ts";
import { joinLists, mapTexts } from "./texts.ts";

/** Motifs that import each other go no deeper. */
const maxDepth = 10;

/** Imports of one Katalog, those of Motifs that are imported included: each may multiply those below it. */
const maxImports = 1_000;

/** What a Motif adds to an entry of `spec.crds`, its inputs bound. */
interface MotifParts {
  readonly onCreate: ReadonlyMap<string, Node>;
  readonly onReconcile: ReadonlyMap<string, Node>;
  readonly fields: Node | undefined;
  readonly validation: Node | undefined;
  readonly mutation: Node | undefined;
}

/** Reads Motifs, and joins them with the entries that import them. */
export class Motifs {
  readonly #checked = new Set<Node>();
  #imports = 0;

  constructor(readonly parts: Parts, readonly report: Report) {}

  /** The Motif that `item` of a list of imports names; `undefined` where it is reported. */
  read(item: Node, path: string): MapNode | undefined {
    const named = childOf(item, "motif");
    if (named === undefined) return undefined;
    const at = keyPath(path, "motif");
    const motif = this.parts.document(named, at);
    if (motif === undefined) return undefined;
    if (motif.type !== "map" || textOf(childOf(motif, "kind")) !== "Motif") {
      this.report.error(named.at, at, `${motif.at.file} is no Motif`, "begin it with apiVersion and kind: Motif");
      return undefined;
    }
    if (!this.#checked.has(motif)) {
      this.#checked.add(motif);
      checkShape(motif, motifShape, "", this.report);
      this.#checkInputs(motif);
    }
    return motif;
  }

  #checkInputs(motif: MapNode): void {
    const names = new Set<string>();
    itemsOf(childOf(motif, "inputs")).forEach((input, i) => {
      const at = itemPath("inputs", i);
      const name = textOf(childOf(input, "name"));
      if (name !== undefined && names.has(name)) {
        this.report.error(input.at, at, `The input "${name}" is declared twice`, "remove one of them");
      }
      if (name !== undefined) names.add(name);
      const fallback = childOf(input, "default");
      if (fallback === undefined || !/\{\{[^}]*\.inputs\b/.test(textOf(fallback) ?? "")) return;
      this.report.error(
        fallback.at,
        keyPath(at, "default"),
        "A default cannot read .inputs: it is evaluated where the object is, as what an importer binds",
        "read both where they are used, as {{ .inputs.size | default .inputs.count }}",
      );
    });
  }

  /** The entry with everything that its `imports` add, which are gone then. What the entry has itself wins. */
  entry(entry: Node, path: string): Node {
    const imports = childOf(entry, "imports");
    if (entry.type !== "map" || imports === undefined) return entry;
    let joined: Node = withoutKey(entry, "imports");
    itemsOf(imports).forEach((item, i) => {
      const at = itemPath(keyPath(path, "imports"), i);
      checkShape(item, motifImport, at, this.report);
      this.#warnOfWide(item, at);
      for (const parts of this.#instances(item, at, (node) => node, [])) joined = this.#join(joined, parts);
    });
    if (imports.type !== "list") {
      checkShape(imports, { type: "list", items: motifImport }, keyPath(path, "imports"), this.report);
    }
    return joined;
  }

  #warnOfWide(item: Node, path: string): void {
    const motif = this.read(item, path);
    for (const key of ["notes", "profiles"]) {
      if (childOf(motif, key) === undefined) continue;
      const message = `The ${key} of the Motif have no effect here: they are those of a whole Katalog`;
      this.report.warn(item.at, path, message, "import it under spec.imports too");
    }
  }

  /** Inner Motifs come before the one that imports them. */
  #instances(item: Node, path: string, outer: (node: Node) => Node, way: readonly string[]): MotifParts[] {
    const motif = this.read(item, path);
    if (motif === undefined) return [];
    const { file } = motif.at;
    this.#imports++;
    if (this.#imports > maxImports) {
      if (this.#imports > maxImports + 1) return [];
      const message = `More than ${maxImports} imports of Motifs, those of Motifs included`;
      this.report.error(childOf(item, "motif")!.at, path, message, "import each of them once");
      return [];
    }
    if (way.includes(file) || way.length >= maxDepth) {
      const hint = "remove one of the imports";
      this.report.error(
        childOf(item, "motif")!.at,
        path,
        `The Motif imports itself: ${[...way, file].join(" → ")}`,
        hint,
      );
      return [];
    }
    const bindings = this.#bindings(motif, outer(item), path);
    const bind = (node: Node) => this.#bound(node, bindings);
    const inner = itemsOf(childOf(motif, "imports")).flatMap((each, i) =>
      this.#instances(each, itemPath("imports", i), bind, [...way, file])
    );
    return [...inner, this.#partsOf(motif, bind)];
  }

  #bindings(motif: MapNode, item: Node, path: string): Map<string, Binding> {
    const bindings = new Map<string, Binding>();
    const given = childOf(item, "with");
    itemsOf(childOf(motif, "inputs")).forEach((input) => {
      const name = textOf(childOf(input, "name"));
      if (name === undefined) return;
      const value = childOf(given, name) ?? childOf(input, "default");
      if (value === undefined && flagOf(childOf(input, "required")) === true) {
        this.report.error(item.at, path, `The Motif needs the input "${name}"`, `bind it: with: {${name}: …}`);
      }
      bindings.set(name, bindingOf(value));
    });
    for (const [name, { keyAt }] of entriesOf(given)) {
      if (bindings.has(name)) continue;
      const near = nearest(name, bindings.keys());
      const known = [...bindings.keys()].join(", ");
      const hint = near !== undefined ? `did you mean "${near}"?` : known === "" ? "it has none" : `it has: ${known}`;
      this.report.error(keyAt, keyPath(path, "with", name), `The Motif has no input "${name}"`, hint);
    }
    return bindings;
  }

  #bound(node: Node, bindings: ReadonlyMap<string, Binding>): Node {
    return mapTexts(node, "", (scalar, path, key) => {
      const missing = (name: string) => {
        const near = nearest(name, bindings.keys());
        const hint = near === undefined ? "declare it under inputs" : `did you mean "${near}"?`;
        this.report.error(scalar.at, path, `The Motif has no input "${name}"`, hint);
      };
      const plain = /^\.?inputs\.(\w+)$/.exec(scalar.text.trim());
      if (plain === null || key !== "field") return bindInputs(scalar.text, bindings, missing);
      const name = plain[1]!;
      if (!bindings.has(name)) missing(name);
      return pathOf(scalar.text, bindings.get(name));
    });
  }

  #partsOf(motif: MapNode, bind: (node: Node) => Node): MotifParts {
    const bound = (node: Node | undefined) => node === undefined ? undefined : bind(node);
    const resources = bound(childOf(motif, "resources"));
    const onCreate = childOf(resources, "onCreate");
    const onReconcile = childOf(resources, "onReconcile");
    for (const key of ["when", "or", "external", "groups", "ordered", "timeout", "onDelete"]) {
      const found = childOf(resources, key) ?? childOf(onCreate, key) ?? childOf(onReconcile, key);
      if (found === undefined) continue;
      this.report.error(
        found.at,
        keyPath("resources", key),
        `"${key}" is not supported here`,
        "write it on each entry, or in the Katalog",
      );
    }
    return {
      onCreate: listsOf(onCreate),
      onReconcile: new Map([...listsOf(resources), ...listsOf(onReconcile)]),
      fields: bound(nodeAt(motif, "status", "fields")),
      validation: bound(nodeAt(motif, "admission", "validation", "rules")),
      mutation: bound(nodeAt(motif, "admission", "mutation", "rules")),
    };
  }

  #join(entry: Node, parts: MotifParts): Node {
    let joined = entry;
    const add = (at: readonly string[], more: Node | undefined): void => {
      if (more === undefined) return;
      // What comes later wins where both write one thing: the entry's own.
      const list = joinLists(more, nodeAt(joined, ...at));
      if (list !== undefined) joined = setNode(joined, at, list);
    };
    for (const block of ["onCreate", "onReconcile"] as const) {
      for (const [kind, list] of parts[block]) {
        const at = ["operatorBox", block, kind];
        const own = nodeAt(joined, ...at);
        const fresh = withoutNamed(list, own);
        joined = setNode(joined, at, joinLists(own, fresh) ?? fresh);
      }
    }
    add(["operatorBox", "status", "fields"], parts.fields);
    add(["validation", "rules"], parts.validation);
    add(["mutation", "rules"], parts.mutation);
    return joined;
  }
}

function listsOf(block: Node | undefined): Map<string, Node> {
  const lists = new Map<string, Node>();
  for (const [key, { value }] of entriesOf(block)) {
    if (key !== "onCreate" && key !== "onReconcile") lists.set(key, value);
  }
  return lists;
}

/** Entries of a Motif that have the name of one of the entry's own are left out. */
function withoutNamed(list: Node, own: Node | undefined): Node {
  if (list.type !== "list" || own?.type !== "list") return list;
  const nameOf = (item: Node) => textOf(childOf(item, "name")) ?? textOf(nodeAt(item, "metadata", "name"));
  const taken = new Set(own.items.map(nameOf).filter((name) => name !== undefined));
  return { ...list, items: list.items.filter((item) => !taken.has(nameOf(item) ?? "")) };
}

function bindingOf(node: Node | undefined): Binding {
  if (node?.type !== "scalar" || node.value === null) return undefined;
  const { value, text } = node;
  return typeof value === "number" || typeof value === "boolean" ? value : text;
}

/**
 * What stands for the dot path of an input: the path of the field that it is bound to, which is a list or a map perhaps;
 * else a template. Left as it is, it reads nothing.
 */
function pathOf(written: string, binding: Binding): string {
  if (binding === undefined) return written;
  if (typeof binding !== "string" || !binding.includes("{{")) return `{{ ${JSON.stringify(String(binding))} }}`;
  const path = /^\$((?:\.[A-Za-z_]\w*)+)$/.exec(soleExpressionOf(binding) ?? "");
  return path === null ? binding : path[1]!.slice(1);
}

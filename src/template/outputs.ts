import type { LibraryFunction } from "./functions/function.ts";
import { library } from "./functions/library.ts";
import type { Command, FunctionName, Node, Operand, Pipe, Tree } from "./nodes.ts";

/** What of the data may reach the output of a template. */
export interface Outputs {
  /**
   * Paths from the root whose values, or what was made of them, may be printed; sorted. A key `[]` is any item of a list
   * or map. What is only compared, counted or tested is not among them.
   */
  readonly paths: readonly (readonly string[])[];
  /** Whatever the data, the output begins or ends with a text of the template that has a letter or a digit. */
  readonly fixed: boolean;
}

/** Results that are numbers, booleans, digests or words of the library's own: no argument can be read from them. */
const computed: ReadonlySet<string> = new Set([
  ...["not", "eq", "ne", "lt", "le", "gt", "ge", "empty", "notEmpty"],
  ...["typeOf", "typeMap", "typeList", "typeString", "typeNumber", "typeBool", "typeNull", "isScalar", "isComposite"],
  ...["Empty", "isEmpty", "toInt", "toFloat", "toBool", "len", "hasPrefix", "hasSuffix", "contains", "sha256sum"],
  ...["listHas", "listLen", "add", "sub", "mul", "div", "mod", "min", "max", "clamp", "abs"],
  ...["generation", "observedGeneration", "isSynced", "isTerminating", "resourceExists", "hasCondition"],
  ...["getLabelInt", "hasLabel", "getAnnotationInt", "hasAnnotation", "labelMatches", "hasStatus"],
  ...["resourceUID", "resourceVersion", "creationTimestamp"],
  ...["allReplicasReady", "replicasReady", "desiredReplicas", "readyReplicas", "availableReplicas", "updatedReplicas"],
  "rolloutComplete",
]);

/** Of these the first argument alone is in the result; the others say which part of it, or how long it may be. */
const ofFirst: ReadonlySet<string> = new Set([
  ...["index", "slice", "get", "mapGet", "mapOmit", "mapPick", "listGet", "split", "trim", "trimPrefix", "trimSuffix"],
  ...["truncate", "truncateName", "repeat", "getLabel", "getAnnotation", "getStatus"],
  ...["conditionReason", "conditionMessage"],
]);

/** Of these every argument but the first is. */
const ofOthers: ReadonlySet<string> = new Set(["boolDefault", "getIntOr", "getBoolOr", "lookup"]);

/** Functions that the tables above name, for a test: each must be one of the library. */
export const classifiedFunctions: readonly string[] = [...computed, ...ofFirst, ...ofOthers];

type Paths = readonly (readonly string[])[];

/** As in `references.ts`. */
const maxBodies = 200;
const maxPath = 50;
const maxPaths = 200;

const root: Paths = [[]];

/** What of the data a template may print. When in doubt a path is among them. */
export function outputsOf(tree: Tree): Outputs {
  const reader = new Reader(tree);
  reader.list(tree.root, root);
  return { paths: reader.result(), fixed: hasFixedEnd(tree) };
}

class Reader {
  readonly #tree: Tree;
  readonly #found = new Map<string, readonly string[]>();
  readonly #bodies = new Set<string>();
  #variables: { name: string; paths: Paths }[] = [{ name: "$", paths: root }];

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  result(): Paths {
    return [...this.#found].sort(([a], [b]) => a < b ? -1 : 1).map(([, path]) => path);
  }

  #print(paths: Paths): void {
    for (const path of paths) {
      // Beyond the bound everything may be printed.
      const kept = this.#found.size < maxPaths ? path : [];
      this.#found.set(JSON.stringify(kept), kept);
    }
  }

  list(nodes: readonly Node[], dot: Paths): void {
    for (const node of nodes) this.#node(node, dot);
  }

  #node(node: Node, dot: Paths): void {
    switch (node.type) {
      case "text":
      case "break":
      case "continue":
        return;
      case "action": {
        const paths = this.#pipe(node.pipe, dot);
        if (node.pipe.names.length === 0) this.#print(paths);
        return;
      }
      case "template":
        return this.#template(node.name, node.pipe ? this.#pipe(node.pipe, dot) : []);
      case "if":
      case "with":
        return this.#scoped(() => {
          const paths = this.#pipe(node.pipe, dot);
          this.#scoped(() => this.list(node.body, node.type === "if" ? dot : paths));
          if (node.otherwise) this.list(node.otherwise, dot);
        });
      case "range":
        return this.#scoped(() => {
          const { names, commands } = node.pipe;
          const items = this.#below(this.#pipe({ ...node.pipe, names: [], commands }, dot), ["[]"]);
          this.#scoped(() => {
            // With two names the first one is an index, or a key of a map, which is as much the author's as its value.
            for (const name of names) this.#variables.push({ name, paths: items });
            this.list(node.body, items);
          });
          if (node.otherwise) this.list(node.otherwise, dot);
        });
    }
  }

  #scoped(body: () => void): void {
    const mark = this.#variables.length;
    body();
    this.#variables.length = mark;
  }

  #template(name: string, dot: Paths): void {
    const body = this.#tree.definitions.get(name);
    const key = JSON.stringify([name, dot]);
    if (!body || this.#bodies.has(key)) return;
    if (this.#bodies.size >= maxBodies) return this.#print(dot);
    this.#bodies.add(key);
    const outer = this.#variables;
    this.#variables = [{ name: "$", paths: dot }];
    this.list(body, dot);
    this.#variables = outer;
  }

  #pipe(pipe: Pipe, dot: Paths): Paths {
    let paths: Paths = [];
    pipe.commands.forEach((command, i) => paths = this.#command(command, dot, i > 0 ? paths : undefined));
    for (const name of pipe.names) {
      if (!pipe.assigns) {
        this.#variables.push({ name, paths });
        continue;
      }
      // The variable may be printed before this place, in the next turn of a loop.
      this.#print(paths);
      const variable = this.#variables.findLast((each) => each.name === name);
      if (variable !== undefined) variable.paths = union([variable.paths, paths]);
    }
    return paths;
  }

  #command({ operands: [first, ...args] }: Command, dot: Paths, piped: Paths | undefined): Paths {
    return first.type === "function" ? this.#call(first, args, dot, piped) : this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: Paths): Paths {
    switch (operand.type) {
      case "nil":
      case "constant":
      case "overflow":
        return [];
      case "dot":
        return dot;
      case "field":
        return this.#below(dot, operand.path);
      case "variable":
        return this.#below(this.#variables.findLast(({ name }) => name === operand.name)?.paths ?? [], operand.path);
      case "function":
        return this.#call(operand, [], dot, undefined);
      case "chain":
        return this.#below(this.#operand(operand.base, dot), operand.path);
      case "pipe":
        return this.#pipe(operand, dot);
    }
  }

  #call({ name }: FunctionName, args: readonly Operand[], dot: Paths, piped: Paths | undefined): Paths {
    const given = args.map((arg) => this.#operand(arg, dot));
    if (piped) given.push(piped);
    if (computed.has(name)) return [];
    const { returns, passes, below } = readsOf(library.get(name), args, given.length);
    const subject = given[0] ?? [];
    if (returns) return this.#below(subject, returns);
    if (passes) return union(passes.map((i) => given[i] ?? []));
    if (below) return union(below.map((path) => this.#below(subject, path)));
    if (ofFirst.has(name)) return subject;
    return union(ofOthers.has(name) ? given.slice(1) : given);
  }

  #below(paths: Paths, keys: readonly string[]): Paths {
    if (keys.length === 0) return paths;
    return paths.map((path) => [...path, ...keys].slice(0, maxPath));
  }
}

function union(alternatives: readonly Paths[]): Paths {
  return [...new Map(alternatives.flat().map((path) => [JSON.stringify(path), path])).values()];
}

function readsOf(target: LibraryFunction | undefined, args: readonly Operand[], count: number) {
  return target?.reads?.(Array.from({ length: count }, (_, i) => textOf(args[i]))) ?? {};
}

function textOf(operand: Operand | undefined): string | undefined {
  return operand?.type === "constant" && typeof operand.value === "string" ? operand.value : undefined;
}

/** White space at the ends of a value is cut off, and signs alone say nothing. */
function says(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

function hasFixedEnd({ root }: Tree): boolean {
  // What prints nothing is not an end.
  const printing = root.filter((node) =>
    node.type === "text" ? node.text.trim() !== "" : node.type !== "action" || node.pipe.names.length === 0
  );
  return isFixed(printing[0], "start") || isFixed(printing.at(-1), "end");
}

function isFixed(node: Node | undefined, end: "start" | "end"): boolean {
  switch (node?.type) {
    case "text":
      return says(node.text);
    case "action":
      return isFixedCommand(node.pipe, end);
    case "if":
    case "with": {
      const pick = (nodes: readonly Node[] | undefined) => nodes?.at(end === "start" ? 0 : -1);
      return isFixed(pick(node.body), end) && isFixed(pick(node.otherwise), end);
    }
    default:
      return false;
  }
}

/** `printf "web-%s" .x`, and what keeps its beginning. */
function isFixedCommand({ commands: [command, ...piped] }: Pipe, end: "start" | "end"): boolean {
  const [first, argument] = command?.operands ?? [];
  if (first?.type !== "function") return piped.length === 0 && says(textOf(first) ?? "");
  const format = textOf(argument);
  if (format === undefined || (first.name !== "printf" && first.name !== "concat")) return false;
  const keeps = piped.every(({ operands: [by] }) =>
    by.type === "function" && (by.name === "toLower" || by.name === "slugify" || by.name === "truncateName")
  );
  if (!keeps) return false;
  if (first.name === "concat") return end === "start" && says(format);
  const literal = end === "start" ? format.split("%", 1)[0]! : /%[^%]*?[a-zA-Z]([^%]*)$/.exec(format)?.[1] ?? "";
  return says(literal) && (end === "start" || piped.length === 0);
}

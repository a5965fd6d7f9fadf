import { type LibraryFunction, type Reads } from "./functions/function.ts";
import { library } from "./functions/library.ts";
import type { Command, FunctionName, Node, Operand, Pipe, Tree } from "./nodes.ts";

/** A field path, from the root of the data, that a template reads. */
export interface Reference {
  readonly path: readonly string[];
  /**
   * The value itself is used, so everything below it is read. Otherwise only whether it is there, and whether it is
   * empty.
   */
  readonly whole: boolean;
}

/** Where a value may come from: paths from the root. None: it is computed, and what it was made of is noted already. */
type Origins = readonly (readonly string[])[];

/** Bodies of `define` that are looked at, each once per origin of its dot; more would be a template made to be slow. */
const maxBodies = 200;
/** Keys of a path; what lies deeper counts as the value there. */
const maxPath = 50;
/** Places that one value may come from. */
const maxAlternatives = 64;

/** The paths that a template reads, sorted; what lies below a path that is read whole is left out. */
export function referencesOf(tree: Tree): Reference[] {
  const reader = new Reader(tree);
  reader.list(tree.root, [[]]);
  return reader.result();
}

class Reader {
  readonly #tree: Tree;
  readonly #found = new Map<string, Reference>();
  readonly #bodies = new Set<string>();
  /** Templates being analysed: one that calls itself reads its dot at an unknown depth. */
  readonly #active = new Set<string>();
  #variables: { name: string; origins: Origins }[] = [{ name: "$", origins: [[]] }];

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  result(): Reference[] {
    const all = [...this.#found.values()];
    const wholes = new Set(all.filter(({ whole }) => whole).map(({ path }) => keyOf(path)));
    const covered = ({ path, whole }: Reference) =>
      path.some((_, length) => wholes.has(keyOf(path.slice(0, length)))) || (!whole && wholes.has(keyOf(path)));
    return all.filter((reference) => !covered(reference)).sort((a, b) => keyOf(a.path) < keyOf(b.path) ? -1 : 1);
  }

  #use(origins: Origins, whole: boolean): void {
    for (const path of origins) {
      const key = `${whole}${keyOf(path)}`;
      if (!this.#found.has(key)) this.#found.set(key, { path, whole });
    }
  }

  list(nodes: readonly Node[], dot: Origins): void {
    for (const node of nodes) this.#node(node, dot);
  }

  #node(node: Node, dot: Origins): void {
    switch (node.type) {
      case "text":
      case "break":
      case "continue":
        return;
      case "action": {
        const origins = this.#pipe(node.pipe, dot);
        if (node.pipe.names.length === 0) this.#use(origins, true);
        return;
      }
      case "template":
        return this.#template(node.name, node.pipe ? this.#pipe(node.pipe, dot) : []);
      case "if":
      case "with":
      case "range":
        return this.#scoped(() => {
          const origins = this.#pipe(node.pipe, dot);
          this.#use(origins, node.type === "range");
          // The elements of a range lie below what is read whole already.
          this.#scoped(() => this.list(node.body, node.type === "if" ? dot : node.type === "with" ? origins : []));
          if (node.otherwise) this.list(node.otherwise, dot);
        });
    }
  }

  #scoped(body: () => void): void {
    const mark = this.#variables.length;
    body();
    this.#variables.length = mark;
  }

  #template(name: string, dot: Origins): void {
    const body = this.#tree.definitions.get(name);
    const key = JSON.stringify([name, dot]);
    if (!body || this.#bodies.has(key)) return;
    if (this.#active.has(name) || this.#bodies.size >= maxBodies) return this.#use(dot, true);
    this.#bodies.add(key);
    this.#active.add(name);
    const outer = this.#variables;
    this.#variables = [{ name: "$", origins: dot }];
    this.list(body, dot);
    this.#variables = outer;
    this.#active.delete(name);
  }

  #pipe(pipe: Pipe, dot: Origins): Origins {
    let origins: Origins = [];
    pipe.commands.forEach((command, i) => origins = this.#command(command, dot, i > 0 ? origins : undefined));
    for (const name of pipe.names) {
      if (!pipe.assigns) this.#variables.push({ name, origins });
      // The variable may be read before this place, in the next turn of a loop.
      else this.#use(origins, true);
    }
    return origins;
  }

  #command({ operands: [first, ...args] }: Command, dot: Origins, piped: Origins | undefined): Origins {
    if (first.type === "function") return this.#call(first, args, dot, piped);
    for (const arg of args) this.#use(this.#operand(arg, dot), true);
    this.#use(piped ?? [], true);
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: Origins): Origins {
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
        return this.#below(this.#variables.findLast(({ name }) => name === operand.name)?.origins ?? [], operand.path);
      case "function":
        return this.#call(operand, [], dot, undefined);
      case "chain":
        return this.#below(this.#operand(operand.base, dot), operand.path);
      case "pipe":
        return this.#pipe(operand, dot);
    }
  }

  #call({ name }: FunctionName, args: readonly Operand[], dot: Origins, piped: Origins | undefined): Origins {
    const origins = args.map((arg) => this.#operand(arg, dot));
    if (piped) origins.push(piped);
    const reads = readsOf(library.get(name), args, origins.length);
    const noted = new Set<number>();
    let result: Origins = [];
    const subject = origins[0] ?? [];
    if (reads.below || reads.returns) noted.add(0);
    for (const path of reads.looksAt ?? []) this.#use(this.#below(subject, path), false);
    for (const path of reads.below ?? []) this.#use(this.#below(subject, path), true);
    if (reads.returns) result = this.#below(subject, reads.returns);
    if (reads.passes) result = this.#anyOf(reads.passes.map((i) => origins[i] ?? []));
    for (const i of [...reads.tests ?? [], ...reads.passes ?? []]) {
      noted.add(i);
      this.#use(origins[i] ?? [], false);
    }
    origins.forEach((origin, i) => noted.has(i) || this.#use(origin, true));
    return result;
  }

  #below(origins: Origins, path: readonly string[]): Origins {
    if (path.length === 0) return origins;
    const deeper: (readonly string[])[] = [];
    for (const origin of origins) {
      const whole = [...origin, ...path];
      if (whole.length <= maxPath) deeper.push(whole);
      else this.#use([whole.slice(0, maxPath)], true);
    }
    return deeper;
  }

  /** The union of origins; too many alternatives are read whole instead. */
  #anyOf(alternatives: readonly Origins[]): Origins {
    const union = new Map(alternatives.flat().map((path) => [keyOf(path), path]));
    const origins = [...union.values()];
    if (origins.length <= maxAlternatives) return origins;
    this.#use(origins, true);
    return [];
  }
}

function readsOf(target: LibraryFunction | undefined, args: readonly Operand[], count: number): Reads {
  const constants = Array.from({ length: count }, (_, i) => {
    const arg = args[i];
    return arg?.type === "constant" && typeof arg.value === "string" ? arg.value : undefined;
  });
  return target?.reads?.(constants) ?? {};
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

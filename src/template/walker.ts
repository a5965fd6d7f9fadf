import type { LibraryFunction, Reads } from "./functions/function.ts";
import { definitionOf } from "./notes.ts";
import { library } from "./functions/library.ts";
import type { Command, FunctionName, Node, Operand, Pipe, Range, Tree } from "./nodes.ts";

/** Where a value may come from: paths from the root of the data. None: it is computed. */
export type Paths = readonly (readonly string[])[];

/** What is to be known of a template: what the walker meets, and which values come out of it. */
export interface TemplateReading {
  /** What was met is printed, or goes where the walker does not follow. */
  prints(paths: Paths): void;
  /** What `if`, `with` or `range` decides on. */
  tests(by: "if" | "with" | "range", paths: Paths): void;
  /** The elements of what a `range` is over: its dot, and the values of its variables. */
  elements(paths: Paths): Paths;
  /** A variable is given another value: before this place it may have been read, in the next turn of a loop. */
  assigns(paths: Paths): void;
  /** Arguments of what is no function. */
  drops(paths: Paths): void;
  /** A function: its arguments as they are written, and where the values come from, a piped one last. */
  calls(name: string, args: readonly Operand[], given: readonly Paths[]): Paths;
  /** Fields of a value. */
  below(paths: Paths, keys: readonly string[]): Paths;
  /** Of several values it is not known which. */
  oneOf(alternatives: readonly Paths[]): Paths;
  /** A template that calls itself is looked into again, for the data that it has then; else it counts as printing them. */
  readonly followsRecursion: boolean;
}

/** Bodies of `define` that are looked at, each once per origin of its dot; more would be a template made to be slow. */
const maxBodies = 200;
/** Keys of a path; what lies deeper counts as the value there. */
export const maxPath = 50;

/** Follows the data through a template, once each way that it may take. */
export function walkTemplate(tree: Tree, reading: TemplateReading): void {
  new Walker(tree, reading).list(tree.root, [[]]);
}

/** What is known of the values that a function of the library reads; nothing where it is not one of them. */
export function readsOf(name: string, args: readonly Operand[], count: number): Reads {
  const target: LibraryFunction | undefined = library.get(name);
  return target?.reads?.(Array.from({ length: count }, (_, i) => textOf(args[i]))) ?? {};
}

/** A literal text. */
export function textOf(operand: Operand | undefined): string | undefined {
  return operand?.type === "constant" && typeof operand.value === "string" ? operand.value : undefined;
}

/** Each path once. */
export function union(alternatives: readonly Paths[]): Paths {
  return [...new Map(alternatives.flat().map((path) => [JSON.stringify(path), path])).values()];
}

class Walker {
  readonly #tree: Tree;
  readonly #reading: TemplateReading;
  readonly #bodies = new Set<string>();
  /** Templates that are being looked into. */
  readonly #active = new Set<string>();
  #variables: { readonly name: string; paths: Paths }[] = [{ name: "$", paths: [[]] }];

  constructor(tree: Tree, reading: TemplateReading) {
    this.#tree = tree;
    this.#reading = reading;
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
        if (node.pipe.names.length === 0) this.#reading.prints(paths);
        return;
      }
      case "template":
        return this.#template(node.name, node.pipe ? this.#pipe(node.pipe, dot) : []);
      case "if":
      case "with":
        return this.#scoped(() => {
          const paths = this.#pipe(node.pipe, dot);
          this.#reading.tests(node.type, paths);
          this.#scoped(() => this.list(node.body, node.type === "if" ? dot : paths));
          if (node.otherwise) this.list(node.otherwise, dot);
        });
      case "range":
        return this.#range(node, dot);
    }
  }

  #range({ pipe, body, otherwise }: Range, dot: Paths): void {
    const list = this.#commands(pipe, dot);
    this.#reading.tests("range", list);
    const items = this.#reading.elements(list);
    this.#scoped(() => {
      // With two names the first one is an index, or a key of a map, which is as much the author's as its value.
      for (const name of pipe.names) this.#bind(name, items, pipe.assigns);
      this.list(body, items);
    });
    if (otherwise) this.#scoped(() => this.list(otherwise, dot));
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
    const isAgain = this.#active.has(name);
    if ((isAgain && !this.#reading.followsRecursion) || this.#bodies.size >= maxBodies) {
      return this.#reading.prints(dot);
    }
    this.#bodies.add(key);
    this.#active.add(name);
    const outer = this.#variables;
    this.#variables = [{ name: "$", paths: dot }];
    this.list(body, dot);
    this.#variables = outer;
    if (!isAgain) this.#active.delete(name);
  }

  #pipe(pipe: Pipe, dot: Paths): Paths {
    const paths = this.#commands(pipe, dot);
    for (const name of pipe.names) this.#bind(name, paths, pipe.assigns);
    return paths;
  }

  #commands({ commands }: Pipe, dot: Paths): Paths {
    let paths: Paths = [];
    commands.forEach((command, i) => paths = this.#command(command, dot, i > 0 ? paths : undefined));
    return paths;
  }

  #bind(name: string, paths: Paths, assigns: boolean): void {
    if (!assigns) return void this.#variables.push({ name, paths });
    this.#reading.assigns(paths);
    const variable = this.#variables.findLast((each) => each.name === name);
    if (variable !== undefined) variable.paths = this.#reading.oneOf([variable.paths, paths]);
  }

  #command({ operands: [first, ...args] }: Command, dot: Paths, piped: Paths | undefined): Paths {
    if (first.type === "function") return this.#call(first, args, dot, piped);
    for (const arg of args) this.#reading.drops(this.#operand(arg, dot));
    this.#reading.drops(piped ?? []);
    return this.#operand(first, dot);
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
    if (name === "note") return this.#note(textOf(args[0]), args[1] === undefined ? [] : this.#operand(args[1], dot));
    const given = args.map((arg) => this.#operand(arg, dot));
    if (piped) given.push(piped);
    return this.#reading.calls(name, args, given);
  }

  /** What a note prints counts as printed here, whatever becomes of its result. */
  #note(name: string | undefined, dot: Paths): Paths {
    if (name === undefined) this.#reading.drops(dot);
    else this.#template(definitionOf(name), dot);
    return [];
  }

  #below(paths: Paths, keys: readonly string[]): Paths {
    return keys.length === 0 ? paths : this.#reading.below(paths, keys);
  }
}

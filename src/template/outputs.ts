import type { Node, Operand, Pipe, Tree } from "./nodes.ts";
import { definitionOf } from "./notes.ts";
import { maxPath, type Paths, readsOf, type TemplateReading, textOf, union, walkTemplate } from "./walker.ts";

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

/** Results that are numbers, quantities, durations, booleans, digests or words of the library's own: no argument can be read from them. */
const computed: ReadonlySet<string> = new Set([
  ...["not", "eq", "ne", "lt", "le", "gt", "ge", "empty", "notEmpty"],
  ...["typeOf", "typeMap", "typeList", "typeString", "typeNumber", "typeBool", "typeNull", "isScalar", "isComposite"],
  ...["Empty", "isEmpty", "toInt", "toFloat", "toBool", "len", "hasPrefix", "hasSuffix", "contains", "sha256sum"],
  ...["listHas", "listLen", "add", "sub", "mul", "div", "mod", "min", "max", "clamp", "abs"],
  ...["generation", "observedGeneration", "isSynced", "isTerminating", "resourceExists", "hasCondition"],
  ...["getLabelInt", "hasLabel", "getAnnotationInt", "hasAnnotation", "labelMatches", "hasStatus"],
  ...["resourceUID", "resourceVersion", "creationTimestamp"],
  ...["allReplicasReady", "replicasReady", "desiredReplicas", "readyReplicas", "availableReplicas", "updatedReplicas"],
  ...["parseQuantity", "formatQuantity", "sumQuantity", "subtractQuantity"],
  ...["durationSeconds", "durationAdd", "durationValid", "rolloutComplete"],
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

/** Paths that are kept; beyond them everything may be printed. */
const maxPaths = 200;

/** What of the data a template may print. When in doubt a path is among them. */
export function outputsOf(tree: Tree): Outputs {
  const reading = new OutputReading();
  walkTemplate(tree, reading);
  return { paths: reading.result(), fixed: hasFixedEnd(tree) };
}

/** Notes what is printed, and leaves out what is only looked at. */
class OutputReading implements TemplateReading {
  readonly #found = new Map<string, readonly string[]>();
  /** It ends where paths are as long as they get. */
  readonly followsRecursion = true;

  result(): Paths {
    return [...this.#found].sort(([a], [b]) => a < b ? -1 : 1).map(([, path]) => path);
  }

  prints(paths: Paths): void {
    for (const path of paths) {
      const kept = this.#found.size < maxPaths ? path : [];
      this.#found.set(JSON.stringify(kept), kept);
    }
  }

  tests(): void {}

  elements(paths: Paths): Paths {
    return this.below(paths, ["[]"]);
  }

  assigns(paths: Paths): void {
    this.prints(paths);
  }

  drops(): void {}

  calls(name: string, args: readonly Operand[], given: readonly Paths[]): Paths {
    if (computed.has(name)) return [];
    const { returns, passes, below } = readsOf(name, args, given.length);
    const subject = given[0] ?? [];
    if (returns) return this.below(subject, returns);
    if (passes) return union(passes.map((i) => given[i] ?? []));
    if (below) return union(below.map((path) => this.below(subject, path)));
    if (ofFirst.has(name)) return subject;
    return union(ofOthers.has(name) ? given.slice(1) : given);
  }

  below(paths: Paths, keys: readonly string[]): Paths {
    if (keys.length === 0) return paths;
    return paths.map((path) => [...path, ...keys].slice(0, maxPath));
  }

  oneOf(alternatives: readonly Paths[]): Paths {
    return union(alternatives);
  }
}

/** White space at the ends of a value is cut off, and signs alone say nothing. */
function says(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

function hasFixedEnd(tree: Tree): boolean {
  return (["start", "end"] as const).some((end) => isFixedAt(end, tree.root, tree.definitions));
}

function isFixedAt(end: "start" | "end", nodes: readonly Node[], definitions: Tree["definitions"]): boolean {
  // What prints nothing is not an end.
  const printing = nodes.filter((node) =>
    node.type === "text" ? node.text.trim() !== "" : node.type !== "action" || node.pipe.names.length === 0
  );
  return isFixed(printing.at(end === "start" ? 0 : -1), end, definitions);
}

function isFixed(node: Node | undefined, end: "start" | "end", definitions: Tree["definitions"]): boolean {
  switch (node?.type) {
    case "text":
      return says(node.text);
    case "action":
      return isFixedNote(node.pipe, end, definitions) ?? isFixedCommand(node.pipe, end);
    case "if":
    case "with": {
      const pick = (nodes: readonly Node[] | undefined) => nodes?.at(end === "start" ? 0 : -1);
      return isFixed(pick(node.body), end, definitions) && isFixed(pick(node.otherwise), end, definitions);
    }
    default:
      return false;
  }
}

/** A note alone, as `expandNotes` writes it: `(note "name" $)`; `undefined`: it is something else. */
function isFixedNote({ commands }: Pipe, end: "start" | "end", definitions: Tree["definitions"]): boolean | undefined {
  const [operand, ...more] = commands[0]?.operands ?? [];
  if (commands.length !== 1 || more.length > 0 || operand?.type !== "pipe") return undefined;
  const [by, name] = operand.commands[0]?.operands ?? [];
  if (operand.commands.length !== 1 || by?.type !== "function" || by.name !== "note") return undefined;
  const definition = definitionOf(textOf(name) ?? "");
  const body = definitions.get(definition);
  if (body === undefined) return false;
  // A note that calls itself is reported elsewhere; here it must only come to an end.
  return isFixedAt(end, body, new Map([...definitions].filter(([key]) => key !== definition)));
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

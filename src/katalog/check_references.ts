import { parseFieldPath } from "../base/field_path.ts";
import type { Position } from "../base/finding.ts";
import type { JsonMap } from "../base/json.ts";
import { isMap, ownValue } from "../base/json.ts";
import { nearest } from "../base/suggest.ts";
import { references } from "../template/mod.ts";
import { childrenKeys } from "./children_keys.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, entriesOf, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";
import { positionIn } from "./scalar_position.ts";
import { crdEntry } from "./schema.ts";
import { losePath } from "./schema_path.ts";
import { visitRecords } from "./visit.ts";

/** A path into the data of a pass that the Katalog reads. */
export interface Read {
  readonly path: readonly string[];
  readonly at: Position;
  /** Path of the key in the Katalog. */
  readonly from: string;
  /** It is all that stands there: where it is empty, the value is. */
  readonly alone: boolean;
}

/**
 * Warns of what a pass would find empty for ever: roots that nothing provides, children that the box does not make,
 * fields of spec and status that the CRD does not have. An error where no pass can succeed, because a field of a child
 * needs the value, and where a root is written as in Go.
 */
export function readsLeadSomewhere(crd: CrdContext): void {
  const scope = scopeOf(crd);
  for (const read of readsOf(crd)) checkRead(read, scope, crd);
}

/** Every path that templates, conditions, rules and `forEach` of an entry read. */
export function readsOf(crd: CrdContext): Read[] {
  return [...templateReads(crd), ...fieldReads(crd)];
}

/** Warns of fields that the API server would drop, or that a mutation makes up: the CRD does not have them. */
export function writesAreInTheSchema({ entry, path, known, report }: CrdContext): void {
  const { schema } = known ?? {};
  if (schema === undefined) return;
  const check = (node: Node | undefined, target: readonly string[], from: string): void => {
    const [message, hint] = missing(schema, target) ?? [];
    if (node !== undefined && message !== undefined) report.warn(node.at, from, message, hint);
  };
  itemsOf(nodeAt(entry, "operatorBox", "status", "fields")).forEach((field, i) => {
    const node = childOf(field, "path");
    const target = ["status", ...dotPath((textOf(node) ?? "").replace(/^\.?status\./, ""))];
    check(node, target, `${keyPath(path, "operatorBox", "status", "fields")}[${i}].path`);
  });
  itemsOf(nodeAt(entry, "mutation", "rules")).forEach((rule, i) => {
    const node = childOf(rule, "field");
    const text = textOf(node) ?? "";
    const target = dotPath(text);
    if (target[0] === "spec" && !text.includes("{{")) {
      check(node, target, `${keyPath(path, "mutation", "rules")}[${i}].field`);
    }
  });
}

interface Scope {
  readonly children: readonly string[];
  readonly schema: JsonMap | undefined;
  /** Fields that the Katalog itself fills in. */
  readonly filled: readonly (readonly string[])[];
  /** Paths of keys in the Katalog without whose value a child cannot be made. */
  readonly required: ReadonlySet<string>;
}

function scopeOf(crd: CrdContext): Scope {
  const { children, known, entry } = crd;
  const filled = [
    ...[...entriesOf(nodeAt(entry, "normalize", "spec"))].map((
      [key],
    ) => ["spec", ...dotPath(key.replace(/^\.?(?:spec\.)?/, ""))]),
    ...itemsOf(nodeAt(entry, "mutation", "rules")).map((rule) => dotPath(textOf(childOf(rule, "field")) ?? "")),
    ...itemsOf(nodeAt(entry, "operatorBox", "status", "fields")).map((
      field,
    ) => ["status", ...dotPath((textOf(childOf(field, "path")) ?? "").replace(/^\.?status\./, ""))]),
    ["status", "conditions"],
    ["status", "observedGeneration"],
  ];
  return { children: childrenKeys(children), schema: known?.schema, filled, required: requiredOf(crd) };
}

function requiredOf({ entry, path, children }: CrdContext): Set<string> {
  const required = new Set<string>();
  visitRecords(entry, crdEntry, path, (shape, _node, at) => {
    // Rules and status fields do with an empty value.
    if (!children.some((child) => at === child.path || at.startsWith(`${child.path}.`))) return;
    for (const key of shape.required ?? []) required.add(keyPath(at, key));
  });
  return required;
}

/** One action that reads one field, and nothing else. */
const readAlone = /^\{\{-?\s*\$?\.[\p{L}\p{Nd}_.]+\s*-?\}\}$/u;

function templateReads({ report, path }: CrdContext): Read[] {
  // Templates of conversion read another version of the object.
  const isOfPass = (from: string): boolean => from.startsWith(`${path}.`) && !from.startsWith(`${path}.conversion.`);
  return report.templates.filter((found) => isOfPass(found.path)).flatMap((
    { template, node, path: from },
  ) =>
    references(template).filter((reference) => reference.path.length > 0).map((reference) => {
      const written = node.text.indexOf(`.${reference.path.join(".")}`);
      const alone = readAlone.test(node.text.trim());
      return { path: reference.path, at: written < 0 ? node.at : positionIn(node, written), from, alone };
    })
  );
}

/** Dot paths: `field` of conditions, rules and `forEach`. */
function fieldReads({ entry, path }: CrdContext): Read[] {
  const reads: Read[] = [];
  visitRecords(entry, crdEntry, path, (shape, node, at) => {
    const field = Object.hasOwn(shape.fields, "field") ? childOf(node, "field") : undefined;
    // A mutation writes its field.
    const writes = Object.hasOwn(shape.fields, "override");
    const text = textOf(field);
    if (field === undefined || text === undefined || text.includes("{{") || writes) return;
    reads.push({ path: dotPath(text), at: field.at, from: keyPath(at, "field"), alone: false });
  });
  return reads;
}

/** What policies and webhooks of others call the object before a change. */
const former = new Set(["oldSelf", "oldObject", "old"]);

const laterRoots = new Set([
  "health",
  "metrics",
  "request",
  "events",
  "ork",
  "previous",
]);

function checkRead(read: Read, scope: Scope, crd: CrdContext): void {
  const [root, ...rest] = read.path;
  // `.cross` is checked with its sources, `.external` with its calls.
  if (root === undefined || root === "" || root === "cross" || root === "external") return;
  const warn = (message: string, hint?: string): void => {
    if (!read.alone || !scope.required.has(read.from)) return crd.report.warn(read.at, read.from, message, hint);
    crd.report.error(read.at, read.from, `${message}, and the field needs a value`, hint);
  };
  if (crd.known === undefined) return;
  const roots = rootsFor(read, scope, crd);
  if (roots?.includes(root) !== true && /^[A-Z]/.test(root)) {
    return crd.report.error(read.at, read.from, ...goRoot(read.path, roots ?? objectRoots));
  }
  if (roots === undefined) return;
  if (!roots.includes(root)) return warn(...unknownRoot(root, roots, scope));
  if (root === "children") {
    const [kind] = rest;
    if (kind === undefined || scope.children.includes(kind)) return;
    const near = nearest(kind, scope.children);
    const names = scope.children.filter((key, i, all) =>
      all.findIndex((each) => each.toLowerCase() === key.toLowerCase()) === i
    );
    const known = names.length === 0 ? "the box makes no children" : `there is ${names.join(", ")}`;
    return warn(`.children.${kind} is always empty`, near === undefined ? known : `did you mean .children.${near}?`);
  }
  if ((root === "spec" || root === "status") && scope.schema !== undefined) {
    checkSchema(read, scope, scope.schema, warn);
  }
}

const objectRoots = ["metadata", "spec", "status", "apiVersion", "kind"];

/** A root in upper case, as Go's structs and other tools have it. */
function goRoot([root = "", ...rest]: readonly string[], roots: readonly string[]): [message: string, hint: string] {
  const lower = root.slice(0, 1).toLowerCase() + root.slice(1);
  const meant = roots.includes(lower) ? lower : nearest(lower, roots);
  const hint = meant === undefined
    ? `the object is read with ${objectRoots.slice(0, 3).map((name) => `.${name}`).join(", ")}`
    : `did you mean .${[meant, ...rest].join(".")}?`;
  return [`.${root} is always empty: the fields of an object begin with a small letter`, hint];
}

/** The names at the root of a pass's data; `undefined` where the kind is not known well enough. */
function rootsFor({ from }: Read, scope: Scope, { children, known }: CrdContext): string[] | undefined {
  // Gates of watches read another object, and autoscale of the box reads none.
  if (known === undefined || known.builtIn || isOfWatch(from) || isOfAutoscale(from)) return undefined;
  const properties = scope.schema === undefined ? undefined : ownValue(scope.schema, "properties");
  const child = children.find((each) => from.startsWith(`${each.path}.`));
  const forEach = child === undefined ? undefined : childOf(child.node, "forEach");
  const as = textOf(childOf(forEach, "as"));
  return [
    ...objectRoots,
    ...(isOfGate(from) ? ["sentinels"] : []),
    ...(isOfQueue(from) || isOfGate(from) ? [] : ["children", "cross", "external"]),
    ...(forEach === undefined ? [] : ["item", "value", "index"]),
    ...(as === undefined ? [] : [as]),
    ...(child !== undefined && from.startsWith(`${child.path}.readyWhen[`) ? ["child"] : []),
    ...(isMap(properties) ? Object.keys(properties) : []),
  ];
}

/** The queue decides on the CR alone, before there is a pass. */
function isOfQueue(from: string): boolean {
  return from.includes(".operatorBox.reconciler.queue.behaviour.");
}

/** So do gates. */
function isOfGate(from: string): boolean {
  return from.includes(".operatorBox.preReconcile.");
}

function isOfAutoscale(from: string): boolean {
  return from.includes(".operatorBox.autoscale.");
}

function isOfWatch(from: string): boolean {
  return /\.operatorBox\.watch(Events)?[.[]/.test(from);
}

function unknownRoot(root: string, roots: readonly string[], scope: Scope): [message: string, hint?: string] {
  if (root === "children") return [".children is always empty here", "the queue and gates read the CR alone"];
  if (root === "inputs") return [".inputs is always empty here", "a Motif reads its inputs one by one: .inputs.size"];
  if (laterRoots.has(root)) return [`.${root} is always empty: it is not supported yet`];
  if (root === "item" || root === "index" || root === "value") {
    return [`.${root} is always empty here`, "only an entry with forEach has it"];
  }
  const properties = scope.schema === undefined ? undefined : ownValue(scope.schema, "properties");
  const spec = isMap(properties) ? ownValue(properties, "spec") : undefined;
  const fields = isMap(spec) ? ownValue(spec, "properties") : undefined;
  if (isMap(fields) && Object.hasOwn(fields, root)) return [`.${root} is always empty`, `did you mean .spec.${root}?`];
  if (former.has(root)) {
    return [
      `.${root} is always empty: there is the object as it is now alone`,
      "write the rule into the CRD, with oldSelf: x-kubernetes-validations",
    ];
  }
  const near = nearest(root, roots);
  return [`.${root} is always empty: nothing provides it`, near === undefined ? undefined : `did you mean .${near}?`];
}

function checkSchema(read: Read, scope: Scope, schema: JsonMap, warn: (message: string, hint?: string) => void): void {
  const { path } = read;
  const filled = scope.filled.some((own) => own.every((name, i) => i >= path.length || name === path[i]));
  const found = filled ? undefined : missing(schema, path);
  if (found !== undefined) warn(...found);
}

/** What to say about a path that the schema does not have. */
export function missing(schema: JsonMap, path: readonly string[]): [message: string, hint?: string] | undefined {
  const lost = losePath(schema, path);
  if (lost === undefined) return undefined;
  const before = path.slice(0, lost.at).join(".");
  const name = path[lost.at]!;
  if (lost.scalar !== undefined) return [`.${before} is of the type ${lost.scalar} in the CRD: it has no "${name}"`];
  const near = nearest(name, lost.known);
  const few = lost.known.length > 0 && lost.known.length <= 12 ? `there is ${lost.known.join(", ")}` : undefined;
  return [
    `.${[...path.slice(0, lost.at), name].join(".")} is not in the schema of the CRD`,
    near === undefined ? few : `did you mean .${before}.${near}?`,
  ];
}

export function dotPath(text: string): string[] {
  return parseFieldPath(text) ?? [text];
}

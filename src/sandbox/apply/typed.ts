import { equalJson, isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import type { Schema } from "../schema/schema.ts";
import { FieldSet, keyStep, type PathElement, valueStep } from "./field_set.ts";

/** What two objects differ in; no path is in two of the sets. */
export interface Comparison {
  removed: FieldSet;
  modified: FieldSet;
  added: FieldSet;
}

/** A value does not fit its schema's list or map type, such as two items with one key in a keyed list. */
export class TypedError extends Error {
  override name = "TypedError";
}

/** How a value is walked: `undefined` schema means "deduced from the value" (maps granular, lists atomic). */
export type Node = Schema | undefined;

export type Form = "map" | "list" | "scalar";

/** The form under which a schema takes a value (structured-merge-diff `deduceAtom`). */
export function formOf(schema: Node, value: Json | undefined): Form {
  if (schema?.type === "object") return "map";
  if (schema?.type === "array") return "list";
  if (schema !== undefined && schema.type !== "") return "scalar";
  if (Array.isArray(value)) return "list";
  return value === undefined || value === null || isMap(value) ? "map" : "scalar";
}

/** True when a map or list is one value, owned as a whole. */
export function isAtomic(schema: Node, form: Form): boolean {
  if (form === "map") return schema?.atomicMap ?? false;
  return schema === undefined || schema.listType === "atomic";
}

/** The node of a key in a map. */
export function fieldOf(schema: Node, key: string): { node: Node; named: boolean } {
  const field = schema?.tracked(key);
  return field === undefined ? { node: undefined, named: false } : { node: field.schema, named: field.named };
}

/** The path element that names an item of a keyed list or a set. Throws `TypedError`. */
export function stepOf(schema: Schema, item: Json): PathElement {
  if (schema.listType === "map") {
    if (!isMap(item)) throw new TypedError("associative list with keys may not have non-map elements");
    const key: JsonMap = {};
    for (const name of schema.listKeys) {
      const value = ownValue(item, name) ?? schema.items.property(name)?.default;
      if (value !== undefined) setOwn(key, name, value);
    }
    if (Object.keys(key).length === 0) {
      const names = schema.listKeys.map((name) => JSON.stringify(name)).join(" ");
      throw new TypedError(
        `associative list with keys has an element that omits all key fields [${names}] ` +
          "(and doesn't have default values for any key fields)",
      );
    }
    return keyStep(key);
  }
  if (item === null || typeof item === "object") {
    throw new TypedError("associative list without keys has an element that's a map type");
  }
  return valueStep(item);
}

/** Compares two values of one schema. Throws `TypedError`. */
export function compareTyped(schema: Node, left: Json | undefined, right: Json | undefined): Comparison {
  const out = { removed: new FieldSet(), modified: new FieldSet(), added: new FieldSet() };
  compareNode(schema, left, right, [], out);
  return out;
}

function compareNode(
  schema: Node,
  left: Json | undefined,
  right: Json | undefined,
  path: PathElement[],
  out: Comparison,
): void {
  const leftForm = formOf(schema, left);
  const rightForm = formOf(schema, right);
  let leaf = false;
  if (right === undefined) leaf = compareForm(leftForm, schema, left, right, path, out);
  else if (left === undefined || leftForm === rightForm) leaf = compareForm(rightForm, schema, left, right, path, out);
  else {
    compareForm(leftForm, schema, left, right, path, out);
    leaf = compareForm(rightForm, schema, left, right, path, out);
  }
  if (leaf) return;
  if (left === undefined) out.added.insert(path);
  else if (right === undefined) out.removed.insert(path);
}

/** Returns true when the value was taken as one leaf. */
function compareForm(
  form: Form,
  schema: Node,
  left: Json | undefined,
  right: Json | undefined,
  path: PathElement[],
  out: Comparison,
): boolean {
  const promoted = form !== "scalar" && isEmptyForm(form, left) && isEmptyForm(form, right);
  if (form === "scalar" || promoted || isAtomic(schema, form)) {
    if (left === undefined) out.added.insert(path);
    else if (right === undefined) out.removed.insert(path);
    else if (!equalJson(left, right)) out.modified.insert(path);
    return true;
  }
  if (form === "map") {
    const a = isMap(left) ? left : {};
    const b = isMap(right) ? right : {};
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      path.push(`f:${key}`);
      compareNode(fieldOf(schema, key).node, ownValue(a, key), ownValue(b, key), path, out);
      path.pop();
    }
  } else compareItems(schema!, Array.isArray(left) ? left : [], Array.isArray(right) ? right : [], path, out);
  return false;
}

function compareItems(schema: Schema, left: Json[], right: Json[], path: PathElement[], out: Comparison): void {
  const a = itemsByStep(schema, left);
  const b = itemsByStep(schema, right);
  for (const step of new Set([...a.keys(), ...b.keys()])) {
    const before = a.get(step) ?? [];
    const after = b.get(step) ?? [];
    path.push(step);
    // An item that stands twice (only objects from before a schema change have that) is compared as a whole.
    if (before.length <= 1 && after.length <= 1) compareNode(schema.items, before[0], after[0], path, out);
    else if (before.length >= 2 && after.length >= 2) {
      if (!equalJson(before, after)) out.modified.insert(path);
    } else if (before.length >= 2) {
      if (after.length !== 0) compareNode(schema.items, undefined, after[0], path, out);
      out.removed.insert(path);
    } else {
      if (before.length !== 0) compareNode(schema.items, before[0], undefined, path, out);
      out.added.insert(path);
    }
    path.pop();
  }
}

function itemsByStep(schema: Schema, items: Json[]): Map<PathElement, Json[]> {
  const out = new Map<PathElement, Json[]>();
  for (const item of items) {
    const step = stepOf(schema, item);
    const twins = out.get(step);
    if (twins === undefined) out.set(step, [item]);
    else twins.push(item);
  }
  return out;
}

/** Empty, null or absent: such values are leaves, so that empty and null stay apart. */
export function isEmptyForm(form: Form, value: Json | undefined): boolean {
  if (form === "list") return !Array.isArray(value) || value.length === 0;
  return !isMap(value) || Object.keys(value).length === 0;
}

/** The paths of everything in a value: what an applier owns after applying it. Throws `TypedError`. */
export function fieldSetOf(schema: Node, value: Json): FieldSet {
  const out = new FieldSet();
  collect(schema, value, [], out);
  return out;
}

function collect(schema: Node, value: Json, path: PathElement[], out: FieldSet): void {
  const form = formOf(schema, value);
  if (form === "scalar" || isAtomic(schema, form)) {
    out.insert(path);
    return;
  }
  if (form === "map") {
    if (!isMap(value)) return;
    for (const key of Object.keys(value)) {
      const item = value[key]!;
      const { node, named } = fieldOf(schema, key);
      path.push(`f:${key}`);
      collect(node, item, path, out);
      if (!named || item === null || (isMap(item) && Object.keys(item).length === 0)) out.insert(path);
      path.pop();
    }
    return;
  }
  if (!Array.isArray(value)) return;
  for (const [step, items] of itemsByStep(schema!, value)) {
    path.push(step);
    if (items.length === 1) collect(schema!.items, items[0]!, path, out);
    out.insert(path);
    path.pop();
  }
}

/** The value without the given paths. `undefined` when nothing is left of it. */
export function removePaths(schema: Node, value: Json, remove: FieldSet): Json | undefined {
  const form = formOf(schema, value);
  if (form === "scalar") return value;
  if (isEmptyForm(form, value) || isAtomic(schema, form)) return undefined;
  if (form === "map") {
    const out: JsonMap = {};
    for (const [key, item] of Object.entries(value as JsonMap)) {
      const step = `f:${key}`;
      if (remove.members.has(step)) continue;
      const below = remove.children.get(step);
      const kept = below === undefined || below.empty ? item : removePaths(fieldOf(schema, key).node, item, below);
      setOwn(out, key, kept ?? null);
    }
    return Object.keys(out).length === 0 ? undefined : out;
  }
  const out: Json[] = [];
  for (const item of value as Json[]) {
    const step = stepOf(schema!, item);
    if (remove.members.has(step)) continue;
    const below = remove.children.get(step);
    out.push(below === undefined || below.empty ? item : removePaths(schema!.items, item, below) ?? null);
  }
  return out.length === 0 ? undefined : out;
}

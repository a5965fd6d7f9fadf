import { isMap, type Json, type JsonMap, parseJson, setOwn, stringifyJson } from "../../base/json.ts";
import { compareText } from "../../base/finding.ts";
import type { Schema } from "../schema/schema.ts";

/**
 * One step of a path, in the text form of `fieldsV1`: `f:name` a field, `k:{"name":"web"}` an item of a keyed list,
 * `v:"x"` an item of a set.
 */
export type PathElement = string;

/** The maxDepth path that is read from a `fieldsV1`. */
const maxDepth = 100;

/**
 * A set of field paths, as server-side apply keeps it (structured-merge-diff `fieldpath.Set`): a tree in which a node
 * may be a member, have children, or both. Values are never changed once they are shared.
 */
export class FieldSet {
  readonly members = new Set<PathElement>();
  readonly children = new Map<PathElement, FieldSet>();

  /** Adds one path; its parents are not added. The empty path has no owner. */
  insert(path: readonly PathElement[]): void {
    if (path.length === 0) return;
    // deno-lint-ignore no-this-alias -- walks down from here
    let at: FieldSet = this;
    for (let i = 0; i < path.length - 1; i++) {
      let child = at.children.get(path[i]!);
      if (child === undefined) at.children.set(path[i]!, child = new FieldSet());
      at = child;
    }
    at.members.add(path.at(-1)!);
  }

  get empty(): boolean {
    if (this.members.size > 0) return false;
    for (const child of this.children.values()) if (!child.empty) return false;
    return true;
  }

  has(path: readonly PathElement[]): boolean {
    if (path.length === 0) return false;
    let at: FieldSet | undefined = this.children.size >= 0 ? this : undefined;
    for (let i = 0; i < path.length - 1; i++) {
      at = at?.children.get(path[i]!);
    }
    return at?.members.has(path.at(-1)!) ?? false;
  }

  union(other: FieldSet): FieldSet {
    const out = new FieldSet();
    for (const member of this.members) out.members.add(member);
    for (const member of other.members) out.members.add(member);
    for (const [step, child] of this.children) {
      const twin = other.children.get(step);
      out.children.set(step, twin === undefined ? child : child.union(twin));
    }
    for (const [step, child] of other.children) if (!this.children.has(step)) out.children.set(step, child);
    return out;
  }

  intersection(other: FieldSet): FieldSet {
    const out = new FieldSet();
    for (const member of this.members) if (other.members.has(member)) out.members.add(member);
    for (const [step, child] of this.children) {
      const twin = other.children.get(step);
      if (twin !== undefined) out.#keep(step, child.intersection(twin));
    }
    return out;
  }

  /** What is in this set and not in `other`; a member of `other` does not take the children with it. */
  difference(other: FieldSet): FieldSet {
    const out = new FieldSet();
    for (const member of this.members) if (!other.members.has(member)) out.members.add(member);
    for (const [step, child] of this.children) {
      const twin = other.children.get(step);
      out.#keep(step, twin === undefined ? child : child.difference(twin));
    }
    return out;
  }

  /** As `difference`, but a member of `other` takes everything below it, too. */
  recursiveDifference(other: FieldSet): FieldSet {
    const out = new FieldSet();
    for (const member of this.members) if (!other.members.has(member)) out.members.add(member);
    for (const [step, child] of this.children) {
      if (other.members.has(step)) continue;
      const twin = other.children.get(step);
      out.#keep(step, twin === undefined ? child : child.recursiveDifference(twin));
    }
    return out;
  }

  /** Adds every named field that has children as a member: the form in which whole structures can be removed. */
  withNamedFields(schema: Schema | undefined): FieldSet {
    const out = new FieldSet();
    for (const member of this.members) out.members.add(member);
    for (const [step, child] of this.children) {
      let below: Schema | undefined;
      if (step.startsWith("f:")) {
        const field = schema?.tracked(step.slice(2));
        if (field?.named === true) out.members.add(step);
        below = field?.schema;
      } else if (step.startsWith("k:")) below = schema?.items;
      out.children.set(step, child.withNamedFields(below));
    }
    return out;
  }

  /** Every path of the set, parents first, in a stable order. */
  *paths(prefix: readonly PathElement[] = []): Generator<readonly PathElement[]> {
    for (const member of [...this.members].sort(compareText)) yield [...prefix, member];
    for (const step of [...this.children.keys()].sort(compareText)) {
      yield* this.children.get(step)!.paths([...prefix, step]);
    }
  }

  #keep(step: PathElement, child: FieldSet): void {
    if (!child.empty) this.children.set(step, child);
  }
}

/** Prints a set as `fieldsV1`. */
export function toFieldsV1(set: FieldSet): JsonMap {
  const out: JsonMap = {};
  const steps = new Set([...set.members, ...set.children.keys()]);
  for (const step of [...steps].sort(compareText)) {
    const child = set.children.get(step);
    if (child === undefined || child.empty) {
      if (set.members.has(step)) setOwn(out, step, {});
      continue;
    }
    const below = toFieldsV1(child);
    setOwn(out, step, set.members.has(step) ? { ".": {}, ...below } : below);
  }
  return out;
}

/** Reads a `fieldsV1`; `undefined` when it is malformed. */
export function fromFieldsV1(fields: Json, depth = 0): FieldSet | undefined {
  if (!isMap(fields) || depth > maxDepth) return undefined;
  const out = new FieldSet();
  for (const [key, value] of Object.entries(fields)) {
    if (key === ".") continue;
    const step = canonicalStep(key);
    if (step === undefined || !isMap(value)) return undefined;
    const child = fromFieldsV1(value, depth + 1);
    if (child === undefined) return undefined;
    if (Object.keys(value).length === 0 || Object.hasOwn(value, ".")) out.members.add(step);
    if (!child.empty) out.children.set(step, child);
  }
  return out;
}

/** The path element of an item in a keyed list. */
export function keyStep(key: JsonMap): PathElement {
  const sorted: JsonMap = {};
  for (const name of Object.keys(key).sort()) setOwn(sorted, name, key[name]!);
  return `k:${stringifyJson(sorted)}`;
}

/** The path element of an item in a set. */
export function valueStep(value: Json): PathElement {
  return `v:${stringifyJson(value)}`;
}

/** A path as API errors print it: `.spec.containers[name="web"].image`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.map((step) => {
    const rest = step.slice(2);
    switch (step[0]) {
      case "k": {
        const key = parseJson(rest) as JsonMap;
        return `[${Object.keys(key).map((name) => `${name}=${stringifyJson(key[name])}`).join(",")}]`;
      }
      case "v":
        return `[=${rest}]`;
      case "i":
        return `[${rest}]`;
      default:
        return `.${rest}`;
    }
  }).join("");
}

function canonicalStep(step: string): PathElement | undefined {
  if (step.startsWith("f:")) return step;
  if (/^i:-?\d+$/.test(step)) return step;
  if (!step.startsWith("k:") && !step.startsWith("v:")) return undefined;
  let value: Json;
  try {
    value = parseJson(step.slice(2));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (step.startsWith("v:")) return valueStep(value);
  return isMap(value) ? keyStep(value) : undefined;
}

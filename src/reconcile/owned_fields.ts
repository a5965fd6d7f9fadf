import type { Json, JsonMap } from "../base/json.ts";
import { canonicalJson, equalJson, isMap, ownValue, parseJson, stringifyJson } from "../base/json.ts";
import { sha256Hex } from "../base/sha256.ts";
import type { KubeObject } from "../k8s/object.ts";
import { fieldManager } from "../k8s/names.ts";

/**
 * The API server's field management of an object that we apply (Kubernetes: "Server-Side Apply").
 *
 * `fieldsV1` is a tree: `f:name` a field, `k:{…}` an item of an associative list by its keys, `v:…` an item of a set,
 * `i:0` an item by position, `.` the thing itself; an empty map is a leaf, and everything below it belongs to it.
 */

/** Our applied set on an object, as text (equal sets have equal texts), and the digest of the values at its leaves. */
export interface OwnedFields {
  readonly fields: string;
  readonly values: string;
}

export function isSameOwned(a: OwnedFields | undefined, b: OwnedFields | undefined): boolean {
  return a?.fields === b?.fields && a?.values === b?.values;
}

/** What our last apply to an object, or to its subresource, owns; `undefined` when we own nothing there. */
export function ownedFields(
  object: KubeObject,
  intern: (text: string) => string,
  subresource = "",
): OwnedFields | undefined {
  const entry = object.metadata.managedFields?.find((item) =>
    item.manager === fieldManager && item.operation === "Apply" && (item.subresource ?? "") === subresource
  );
  if (entry?.fieldsV1 === undefined) return undefined;
  const parts: string[] = [];
  collect(entry.fieldsV1, object as unknown as Json, parts, 0);
  return { fields: intern(stringifyJson(entry.fieldsV1)), values: sha256Hex(parts.join("\n")).slice(0, 32) };
}

/** No Kubernetes type nests deeper; the API server refuses deeper objects itself. */
const maxDepth = 200;

function collect(fields: JsonMap, value: Json | undefined, parts: string[], depth: number): void {
  if (depth > maxDepth) return;
  for (const segment of Object.keys(fields)) {
    const below = fields[segment];
    if (segment === "." || !isMap(below)) continue;
    const item = step(value, segment);
    if (Object.keys(below).length === 0) parts.push(item === undefined ? "-" : canonicalJson(item));
    else {
      parts.push(item === undefined ? "-" : "+");
      collect(below, item, parts, depth + 1);
    }
  }
}

/** The value that one segment of a path leads to. */
function step(value: Json | undefined, segment: string): Json | undefined {
  const kind = segment.slice(0, 2);
  const rest = segment.slice(2);
  if (kind === "f:") return isMap(value) ? ownValue(value, rest) : undefined;
  if (!Array.isArray(value)) return undefined;
  if (kind === "i:") return value[Number(rest)];
  const wanted = parseJson(rest);
  if (kind === "v:") return value.find((item) => equalJson(item, wanted));
  return value.find((item) => isMap(item) && isMap(wanted) && hasKeys(item, wanted));
}

function hasKeys(item: JsonMap, keys: JsonMap): boolean {
  return Object.keys(keys).every((key) => equalJson(ownValue(item, key), keys[key]));
}

/**
 * Does the applied set `fields` still cover every leaf of the desired object? It does until another writer changes or
 * removes one of these values, and so takes the field from us.
 */
export function coversDesired(fields: string, desired: KubeObject): boolean {
  const tree = parseJson(fields);
  if (!isMap(tree)) return false;
  for (const [key, value] of Object.entries(desired)) {
    // Identity is not tracked (apimachinery: stripped fields of managedFields).
    if (key === "apiVersion" || key === "kind") continue;
    if (key === "metadata") {
      const { name: _name, namespace: _namespace, ...rest } = value;
      if (Object.keys(rest).length > 0 && !coversField(tree, "metadata", rest)) return false;
    } else if (!coversField(tree, key, value)) return false;
  }
  return true;
}

function coversField(tree: JsonMap, key: string, value: Json): boolean {
  const below = ownValue(tree, `f:${key}`);
  return isMap(below) && covers(below, value);
}

function covers(tree: JsonMap, value: Json): boolean {
  if (Object.keys(tree).length === 0) return true;
  if (Array.isArray(value)) return coversItems(tree, value);
  if (isMap(value)) return Object.entries(value).every(([key, item]) => coversField(tree, key, item));
  return true;
}

/** Items of an associative list: each needs an entry of its own; keys that we leave out were defaulted. */
function coversItems(tree: JsonMap, items: readonly Json[]): boolean {
  const segments = Object.keys(tree).filter((segment) => segment !== ".");
  const taken = new Set<string>();
  for (const [index, item] of items.entries()) {
    const segment = segments.find((candidate) => !taken.has(candidate) && namesItem(candidate, item, index));
    if (segment === undefined) return false;
    taken.add(segment);
    const below = tree[segment];
    if (!isMap(below) || (isMap(item) && !covers(below, withoutKeys(segment, item)))) return false;
  }
  return true;
}

function namesItem(segment: string, item: Json, index: number): boolean {
  const kind = segment.slice(0, 2);
  if (kind === "i:") return Number(segment.slice(2)) === index;
  const wanted = parseJson(segment.slice(2));
  if (kind === "v:") return equalJson(item, wanted);
  return isMap(item) && isMap(wanted) && Object.keys(wanted).every((key) => {
    const own = ownValue(item, key);
    return own === undefined || equalJson(own, wanted[key]);
  });
}

/** The key fields are covered by the entry's own existence (`.`). */
function withoutKeys(segment: string, item: JsonMap): JsonMap {
  if (!segment.startsWith("k:")) return item;
  const keys = parseJson(segment.slice(2));
  return Object.fromEntries(Object.entries(item).filter(([key]) => !(isMap(keys) && Object.hasOwn(keys, key))));
}

/** The set that an apply of the object would own, as far as known without the schema: lists count as one field. */
export function expectedFields(desired: KubeObject): JsonMap {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = desired;
  const { name: _name, namespace: _namespace, ...meta } = metadata;
  return fieldsOf({ ...rest, metadata: meta as unknown as Json });
}

function fieldsOf(map: JsonMap): JsonMap {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => [`f:${key}`, isMap(value) ? fieldsOf(value) : {}]),
  );
}

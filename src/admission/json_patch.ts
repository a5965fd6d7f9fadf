import { equalJson, isMap, type Json, type JsonMap } from "../base/json.ts";

/** One operation of a JSON Patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: Json }
  | { readonly op: "remove"; readonly path: string };

/**
 * The JSON Patch (RFC 6902) that turns one value into another; empty when they are equal. A map or list that is missing
 * is added whole, so no operation needs a parent that is not there. Lists are compared item by item.
 */
export function diffPatch(from: Json, to: Json): PatchOperation[] {
  const operations: PatchOperation[] = [];
  compare(from, to, "", operations);
  return operations;
}

function compare(from: Json, to: Json, path: string, operations: PatchOperation[]): void {
  if (from === to) return; // most of an object is shared with the one that it was made from
  if (isMap(from) && isMap(to)) return compareMaps(from, to, path, operations);
  if (Array.isArray(from) && Array.isArray(to)) return compareLists(from, to, path, operations);
  if (!equalJson(from, to)) operations.push({ op: "replace", path, value: to });
}

function compareMaps(from: JsonMap, to: JsonMap, path: string, operations: PatchOperation[]): void {
  for (const key of Object.keys(from)) {
    const at = `${path}/${pointerSegment(key)}`;
    if (Object.hasOwn(to, key)) compare(from[key]!, to[key]!, at, operations);
    else operations.push({ op: "remove", path: at });
  }
  for (const key of Object.keys(to)) {
    if (!Object.hasOwn(from, key)) {
      operations.push({ op: "add", path: `${path}/${pointerSegment(key)}`, value: to[key]! });
    }
  }
}

function compareLists(from: readonly Json[], to: readonly Json[], path: string, operations: PatchOperation[]): void {
  const common = Math.min(from.length, to.length);
  for (let i = 0; i < common; i++) compare(from[i]!, to[i]!, `${path}/${i}`, operations);
  for (let i = common; i < to.length; i++) operations.push({ op: "add", path: `${path}/-`, value: to[i]! });
  // From the end, so that each index still names what it did.
  for (let i = from.length - 1; i >= common; i--) operations.push({ op: "remove", path: `${path}/${i}` });
}

/** A key as a segment of a JSON Pointer (RFC 6901). */
export function pointerSegment(key: string): string {
  return key.replace(/~/g, "~0").replace(/\//g, "~1");
}

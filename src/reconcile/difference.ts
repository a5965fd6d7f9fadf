import { equalJson, isMap, type Json, ownValue } from "../base/json.ts";
import { annotations, labels } from "../k8s/names.ts";
import type { KubeObject } from "../k8s/object.ts";
import { valueAt } from "../k8s/object.ts";
import { quantityValue } from "../k8s/quantity.ts";

/** Paths that are reported of one object. */
const maxPaths = 10;

/**
 * Paths at which the live value differs from the declared one; the API server may fill in what is not declared.
 * List items are matched by their names where they have some.
 */
export function differencesOf(declared: Json | undefined, live: Json | undefined, path: string): string[] {
  const found: string[] = [];
  compare(declared, live, path, found);
  return found;
}

function compare(declared: Json | undefined, live: Json | undefined, path: string, into: string[]): void {
  if (declared === undefined || into.length >= maxPaths) return;
  if (isMap(declared)) {
    for (const [key, value] of Object.entries(declared)) {
      compare(value, isMap(live) ? ownValue(live, key) : undefined, `${path}.${key}`, into);
    }
    return;
  }
  if (Array.isArray(declared)) {
    const items = Array.isArray(live) ? live : [];
    if (declared.length !== items.length && !declared.some(isMap)) return void into.push(path);
    declared.forEach((item, index) => {
      const name = isMap(item) ? ownValue(item, "name") : undefined;
      const other = name === undefined ? items[index] : items.find((each) => isMap(each) && each["name"] === name);
      compare(item, other, `${path}[${typeof name === "string" ? name : index}]`, into);
    });
    return;
  }
  if (!equalJson(declared, live) && !isSameQuantity(declared, live)) into.push(path);
}

/** `1Gi` and `1024Mi` are one value. */
function isSameQuantity(a: Json, b: Json | undefined): boolean {
  if (typeof a !== "string" || typeof b !== "string") return false;
  const [left, right] = [quantityValue(a), quantityValue(b)];
  return left !== undefined && left === right;
}

/** Of an object that is never changed in place. Identity is not compared: it is restored when it was removed. */
export function fixedDifferences(declared: KubeObject, live: KubeObject | undefined): string[] {
  const found: string[] = [];
  if (live === undefined) return found;
  for (const [key, value] of Object.entries(declared)) {
    if (key === "apiVersion" || key === "kind") continue;
    if (key !== "metadata") found.push(...differencesOf(value, live[key], key));
    else {
      const { labels, annotations } = declared.metadata;
      found.push(...differencesOf(ofAuthor(labels), live.metadata.labels ?? {}, "metadata.labels"));
      found.push(...differencesOf(ofAuthor(annotations), live.metadata.annotations ?? {}, "metadata.annotations"));
    }
  }
  return found.slice(0, maxPaths);
}

const systemKeys: ReadonlySet<string> = new Set([...Object.values(labels), ...Object.values(annotations)]);

function ofAuthor(map: Readonly<Record<string, string>> | undefined): Json {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !systemKeys.has(key)));
}

/** The declared storage of a claim, and whether it is more than the live one. */
export function sizeOf(declared: KubeObject, live: KubeObject): { wanted: string; grows: boolean } | undefined {
  const path = ["resources", "requests", "storage"];
  const wanted = valueAt(declared["spec"], path);
  const before = valueAt(live["spec"], path);
  if (typeof wanted !== "string" || typeof before !== "string") return undefined;
  const [more, less] = [quantityValue(wanted), quantityValue(before)];
  return { wanted, grows: more !== undefined && less !== undefined && more > less };
}

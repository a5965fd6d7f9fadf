import { isMap, type Json, type JsonMap, parseJson, stringifyJson } from "../base/json.ts";
import type { ObjectMeta } from "../k8s/object.ts";
import { fieldManager } from "../k8s/names.ts";

/** Another manager's set on an object, as text. */
export interface ManagerSet {
  readonly name: string;
  readonly fields: string;
  readonly time: string;
}

/** Managers kept for one object; there are rarely more than three. */
const maxManagers = 8;
/** Paths that are reported of one change. */
const maxPaths = 3;

/** The other managers of an object, newest first, and the one that created it. */
export function managersOf(metadata: ObjectMeta): {
  readonly maker: string | undefined;
  readonly others: readonly ManagerSet[];
} {
  const entries = metadata.managedFields ?? [];
  let maker: string | undefined;
  let oldest: string | undefined;
  const others: ManagerSet[] = [];
  for (const { manager = "", time = "", fieldsV1, subresource } of entries) {
    if (oldest === undefined || time < oldest) [oldest, maker] = [time, manager];
    if (manager === fieldManager || (subresource !== undefined && subresource !== "scale")) continue;
    if (fieldsV1 !== undefined) others.push({ name: manager, fields: stringifyJson(fieldsV1), time });
  }
  others.sort((a, b) => a.time < b.time ? 1 : a.time > b.time ? -1 : 0);
  return { maker, others: others.slice(0, maxManagers) };
}

/** What another writer changed in an object that we apply: the first three paths, and the manager. */
export interface Drift {
  readonly fields: readonly string[];
  /** Field manager (`kubectl-edit`, `kubectl-scale`, a controller); `undefined` when no manager owns the fields now. */
  readonly by: string | undefined;
}

/**
 * Compares the set that our last apply left with the one that we own now: a field that is missing was changed or
 * removed. `before` is the set after the last apply; without it, the set that the desired object would own.
 */
export function driftOf(
  before: JsonMap,
  observed: { readonly owned: { readonly fields: string } | undefined; readonly managers: readonly ManagerSet[] },
): Drift {
  const now = observed.owned === undefined ? {} : parseJson(observed.owned.fields);
  const fields: string[][] = [];
  missing(before, isMap(now) ? now : {}, [], fields);
  const managers = observed.managers.map(({ name, fields: text }) => ({ name, fields: parseJson(text) }));
  const by = fields.length === 0
    ? managers[0]?.name
    : managers.find(({ fields: set }) => fields.some((path) => isMap(set) && has(set, path)))?.name;
  return { fields: [...new Set(fields.map(readable))].slice(0, maxPaths), by };
}

function missing(before: JsonMap, now: JsonMap, path: readonly string[], into: string[][]): void {
  if (into.length > maxPaths || path.length > 50) return;
  for (const [segment, below] of Object.entries(before)) {
    if (segment === "." || !isMap(below)) continue;
    const at = [...path, segment];
    const found = Object.hasOwn(now, segment) ? now[segment] : undefined;
    if (Object.keys(below).length > 0 && !isLeaf(found)) missing(below, isMap(found) ? found : {}, at, into);
    else if (!isMap(found)) into.push(at);
  }
}

/** A leaf owns everything below it. */
function isLeaf(set: Json | undefined): boolean {
  return isMap(set) && Object.keys(set).length === 0;
}

function has(set: JsonMap, path: readonly string[]): boolean {
  let at: JsonMap = set;
  for (const segment of path) {
    const below = Object.hasOwn(at, segment) ? at[segment] : undefined;
    if (!isMap(below)) return false;
    if (Object.keys(below).length === 0) return true;
    at = below;
  }
  return true;
}

/** `["f:spec", "f:containers", 'k:{"name":"app"}', "f:image"]` → `spec.containers[name=app].image`. */
function readable(path: readonly string[]): string {
  let text = "";
  for (const segment of path) {
    const rest = segment.slice(2);
    if (segment.startsWith("f:")) {
      text += /^[A-Za-z0-9_-]+$/.test(rest) ? `${text === "" ? "" : "."}${rest}` : `[${JSON.stringify(rest)}]`;
    } else if (segment.startsWith("i:")) text += `[${rest}]`;
    else {
      const keys = parseJson(rest);
      const shown = isMap(keys)
        ? Object.entries(keys).map(([key, value]) => `${key}=${String(value)}`).join(",")
        : rest;
      text += `[${shown}]`;
    }
  }
  return text;
}

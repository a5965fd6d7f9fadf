import { equalJson, isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import { ApiFault } from "../faults.ts";
import type { Schema } from "../schema/schema.ts";

const directive = "$patch";
const deleteList = "$deleteFromPrimitiveList/";
const orderList = "$setElementOrder/";
const retainKeys = "$retainKeys";

/**
 * Strategic merge patch (k8s.io/apimachinery/pkg/util/strategicpatch): maps merge, lists with a merge key merge by it,
 * other lists are replaced. The target is not changed. Throws `ApiFault`.
 */
export function strategicPatch(schema: Schema | undefined, target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return patch;
  return mergeMap(schema, isMap(target) ? target : {}, patch);
}

function mergeMap(schema: Schema | undefined, target: JsonMap, patch: JsonMap): JsonMap {
  switch (ownValue(patch, directive)) {
    case undefined:
    case "merge":
      break;
    case "replace":
      return Object.fromEntries(Object.entries(patch).filter(([key]) => key !== directive));
    case "delete":
      return {};
    default:
      throw failed(`unknown patch type: ${String(patch[directive])} in map`);
  }
  let out: JsonMap = { ...target };
  const retained = ownValue(patch, retainKeys);
  if (Array.isArray(retained)) out = Object.fromEntries(Object.entries(out).filter(([key]) => retained.includes(key)));
  for (const [key, value] of Object.entries(patch)) {
    if (key === directive || key === retainKeys || key.startsWith(orderList)) continue;
    if (key.startsWith(deleteList)) {
      const name = key.slice(deleteList.length);
      const list = ownValue(out, name);
      if (Array.isArray(list) && Array.isArray(value)) {
        setOwn(out, name, list.filter((item) => !value.some((gone) => equalJson(gone, item))));
      }
      continue;
    }
    if (value === null) {
      delete out[key];
      continue;
    }
    const field = schema?.field(key)?.schema;
    const before = ownValue(out, key);
    const order = ownValue(patch, `${orderList}${key}`);
    if (isMap(value) && isMap(before)) {
      const replaced = field?.text("x-kubernetes-patch-strategy")?.split(",").includes("replace") === true;
      setOwn(out, key, replaced ? value : mergeMap(field, before, value));
    } else if (Array.isArray(value) && Array.isArray(before)) {
      setOwn(out, key, mergeList(field, before, value, Array.isArray(order) ? order : undefined));
    } else {
      // Where there is nothing of the kind yet the patch is taken as it is.
      const fresh = bare(value);
      if (fresh === undefined) delete out[key];
      else setOwn(out, key, fresh);
    }
  }
  for (const [key, order] of Object.entries(patch)) {
    const name = key.slice(orderList.length);
    if (!key.startsWith(orderList) || Object.hasOwn(patch, name) || !Array.isArray(order)) continue;
    const list = ownValue(out, name);
    if (Array.isArray(list)) setOwn(out, name, arrange(list, order, list, mergeKeyOf(schema?.field(name)?.schema).key));
  }
  return out;
}

/** `merge` and the key by which a list is merged; a list of scalars has none. */
function mergeKeyOf(schema: Schema | undefined): { merges: boolean; key: string | undefined } {
  const strategies = schema?.text("x-kubernetes-patch-strategy")?.split(",") ?? [];
  return { merges: strategies.includes("merge"), key: schema?.text("x-kubernetes-patch-merge-key") };
}

function mergeList(schema: Schema | undefined, target: Json[], patch: Json[], order: Json[] | undefined): Json[] {
  const { merges, key } = mergeKeyOf(schema);
  if (!merges) return patch;
  if (key === undefined) {
    const added = patch.filter((item) => !target.some((each) => equalJson(each, item)));
    const merged = arrange([...target, ...added], patch, target, key);
    return order === undefined ? merged : arrange(merged, order, target, key);
  }
  for (const item of patch) {
    if (!isMap(item)) throw failed("list element types are not identical");
    if (ownValue(item, key) === undefined && item[directive] !== "replace") {
      throw failed(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    }
    if (![undefined, "delete", "replace"].includes(item[directive] as string | undefined)) {
      throw failed(`unknown patch type: ${String(item[directive])} in map`);
    }
  }
  const items = (patch as JsonMap[]).filter((item) => item[directive] === undefined);
  if (patch.some((item) => (item as JsonMap)[directive] === "replace")) return items;
  const gone = new Set(
    (patch as JsonMap[]).filter((item) => item[directive] === "delete").map((item) => idOf(item, key)),
  );
  const original = target.filter((item) => !gone.has(idOf(item, key)));
  const merged = [...original];
  const places = firstPlaces(original, key);
  for (const item of items) {
    const place = places.get(idOf(item, key));
    const before = place === undefined ? undefined : merged[place];
    if (place !== undefined && isMap(before)) merged[place] = mergeMap(schema?.items, before, item);
    else {
      places.set(idOf(item, key), merged.length);
      merged.push(bare(item) ?? {});
    }
  }
  const arranged = arrange(merged, items, original, key);
  return order === undefined ? arranged : arrange(arranged, order, target, key);
}

/** Where each item stands; the first of several with one key counts. */
function firstPlaces(items: readonly Json[], key: string | undefined): Map<string, number> {
  const places = new Map<string, number>();
  items.forEach((item, i) => {
    const id = idOf(item, key);
    if (!places.has(id)) places.set(id, i);
  });
  return places;
}

/** What makes two items of a list the same one. */
function idOf(item: Json, key: string | undefined): string {
  return JSON.stringify(key !== undefined && isMap(item) ? ownValue(item, key) ?? null : item);
}

/**
 * The order of a merged list (`normalizeElementOrder`): items named by `order` follow it, the server's own keep theirs,
 * and where the two meet an item of the server comes first only if it stood before the other in `original`.
 */
function arrange(
  merged: readonly Json[],
  order: readonly Json[],
  original: readonly Json[],
  key: string | undefined,
): Json[] {
  const rank = firstPlaces(order, key);
  const before = firstPlaces(original, key);
  const named = merged.filter((item) => rank.has(idOf(item, key)));
  named.sort((a, b) => rank.get(idOf(a, key))! - rank.get(idOf(b, key))!);
  const own = merged.filter((item) => !rank.has(idOf(item, key)));
  own.sort((a, b) => (before.get(idOf(a, key)) ?? 0) - (before.get(idOf(b, key)) ?? 0));
  const out: Json[] = [];
  for (let i = 0, j = 0; i < own.length || j < named.length;) {
    const left = i < own.length ? before.get(idOf(own[i]!, key)) : undefined;
    const right = j < named.length ? before.get(idOf(named[j]!, key)) : undefined;
    const ownFirst = j >= named.length || (i < own.length && left !== undefined && right !== undefined && left < right);
    out.push(ownFirst ? own[i++]! : named[j++]!);
  }
  return out;
}

/** The API server responds with code 500 to a patch that it cannot apply. */
function failed(message: string): ApiFault {
  return new ApiFault(500, "", message);
}

/** A value without nulls and directives; `undefined` when it is nothing but a directive. */
function bare(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.map(bare).filter((item) => item !== undefined);
  if (!isMap(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const out: JsonMap = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === null || key === retainKeys || key.startsWith(orderList) || key.startsWith(deleteList)) continue;
    const kept = bare(item);
    if (kept !== undefined) setOwn(out, key, kept);
  }
  return out;
}

import { equalJson, isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import { badRequest } from "../faults.ts";
import type { Schema } from "../schema/schema.ts";

const directive = "$patch";
const deleteList = "$deleteFromPrimitiveList/";
const orderList = "$setElementOrder/";
const retainKeys = "$retainKeys";

/**
 * Strategic merge patch (k8s.io/apimachinery/pkg/util/strategicpatch): maps merge, lists with a merge key merge by it,
 * other lists are replaced. The target is not changed. Throws `ApiFault` 400.
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
      return withoutDirectives(patch) as JsonMap;
    case "delete":
      return {};
    default:
      throw badRequest(`Unknown patch type found in the patch: ${JSON.stringify(patch[directive])}`);
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
    if (isMap(value)) setOwn(out, key, mergeMap(field, isMap(before) ? before : {}, value));
    else if (Array.isArray(value)) {
      const order = ownValue(patch, `${orderList}${key}`);
      setOwn(
        out,
        key,
        mergeList(field, Array.isArray(before) ? before : [], value, Array.isArray(order) ? order : undefined),
      );
    } else setOwn(out, key, value);
  }
  for (const [key, order] of Object.entries(patch)) {
    const name = key.slice(orderList.length);
    if (!key.startsWith(orderList) || Object.hasOwn(patch, name) || !Array.isArray(order)) continue;
    const list = ownValue(out, name);
    if (Array.isArray(list)) setOwn(out, name, ordered(schema?.field(name)?.schema, list, order));
  }
  return out;
}

/** `merge` and the key by which a list is merged; a list of scalars has none. */
function mergeKeyOf(schema: Schema | undefined): { merges: boolean; key: string | undefined } {
  const strategies = schema?.text("x-kubernetes-patch-strategy")?.split(",") ?? [];
  return { merges: strategies.includes("merge"), key: schema?.text("x-kubernetes-patch-merge-key") };
}

function mergeList(schema: Schema | undefined, target: Json[], patch: Json[], order: Json[] | undefined): Json[] {
  const replace = patch.some((item) => isMap(item) && item[directive] === "replace");
  const { merges, key } = mergeKeyOf(schema);
  if (!merges || replace) {
    return patch.filter((item) => !(isMap(item) && item[directive] === "replace" && Object.keys(item).length === 1))
      .map(withoutDirectives);
  }
  if (key === undefined) {
    const out = [...target, ...patch.filter((item) => !target.some((each) => equalJson(each, item)))];
    return order === undefined ? out : ordered(schema, out, order);
  }
  const at = new Map<string, number>();
  const out: (Json | undefined)[] = [...target];
  const keyText = (item: Json | undefined) => isMap(item) ? JSON.stringify(ownValue(item, key) ?? null) : "";
  out.forEach((item, i) => at.set(keyText(item), i));
  for (const item of patch) {
    if (!isMap(item)) throw badRequest(`patch type mismatch: a list that is merged by ${key} takes maps`);
    if (ownValue(item, key) === undefined) {
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    }
    const place = at.get(keyText(item));
    if (item[directive] === "delete") {
      if (place !== undefined) out[place] = undefined;
      continue;
    }
    if (place === undefined || out[place] === undefined) {
      at.set(keyText(item), out.length);
      out.push(mergeMap(schema?.items, {}, item));
    } else out[place] = mergeMap(schema?.items, out[place] as JsonMap, item);
  }
  const kept = out.filter((item) => item !== undefined);
  return order === undefined ? kept : ordered(schema, kept, order);
}

/** Sorts by `$setElementOrder`; items that it does not name stay behind the one they followed. */
function ordered(schema: Schema | undefined, items: Json[], order: Json[]): Json[] {
  const { key } = mergeKeyOf(schema);
  const keyText = (item: Json) => JSON.stringify(key !== undefined && isMap(item) ? ownValue(item, key) ?? null : item);
  const rank = new Map(order.map((item, i) => [keyText(item), i]));
  const named = items.filter((item) => rank.has(keyText(item))).sort((a, b) =>
    rank.get(keyText(a))! - rank.get(keyText(b))!
  );
  const out: Json[] = [];
  let next = 0;
  for (const item of items) {
    if (!rank.has(keyText(item))) out.push(item);
    else out.push(named[next++]!);
  }
  return out;
}

function withoutDirectives(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (!isMap(value)) return value;
  const out: JsonMap = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === directive || key === retainKeys || key.startsWith(orderList) || key.startsWith(deleteList)) continue;
    setOwn(out, key, withoutDirectives(item));
  }
  return out;
}

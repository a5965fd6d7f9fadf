import type { Budget } from "../budget.ts";
import { Failure } from "../failure.ts";
import { floatOf, Int, integerOf, isMapValue, kindOf, sortedKeys, type Value, type ValueMap } from "../values.ts";
import { anyText, countArgument, listArgument, mapArgument, textArgument } from "./arguments.ts";
import { define, type LibraryFunction, readsBelow } from "./function.ts";

const domain = "Collections";

export const collections: readonly LibraryFunction[] = [
  define(
    domain,
    "asList(value)",
    "The value when it is a list, else an empty list",
    ([value]) => Array.isArray(value) ? value : [],
    () => ({ passes: [0] }),
  ),
  define(
    domain,
    "asMap(value)",
    "The value when it is a map, else an empty map",
    ([value]) => isMapValue(value) ? value : {},
    () => ({ passes: [0] }),
  ),
  define(domain, "asString(value)", "The value as text; lists and maps as JSON", ([value], budget) => {
    return anyText(value, budget);
  }),
  define(domain, "listGet(list, index)", "The item at the index from 0; absent when there is none", ([list, index]) => {
    return listArgument(list)[countArgument(index)];
  }),
  define(domain, "listHas(list, value)", "Whether the list holds the value", ([list, value], budget) => {
    return listArgument(list).some((item) => isSame(item, value, budget));
  }),
  define(domain, "listLen(list)", "How many items the list has", ([list]) => new Int(listArgument(list).length)),
  define(
    domain,
    "mapGet(map, key)",
    "The value under the key; absent when there is none",
    ([map, key], budget) => {
      const [from, name] = [mapArgument(map), textArgument(key, budget)];
      return Object.hasOwn(from, name) ? from[name] : undefined;
    },
    ([, key]) => readsBelow([key]),
  ),
  define(domain, "mapKeys(map)", "The keys, sorted", ([map], budget) => keysOf(mapArgument(map), budget)),
  define(domain, "mapValues(map)", "The values, sorted by their keys", ([map], budget) => {
    const from = mapArgument(map);
    return keysOf(from, budget).map((key) => from[key]);
  }),
  define(domain, "mapPick(map, keys…)", "The map with these keys only", ([map, ...keys], budget) => {
    const wanted = namesOf(keys, budget);
    return filtered(mapArgument(map), (key) => wanted.has(key), budget);
  }),
  define(domain, "mapOmit(map, keys…)", "The map without these keys", ([map, ...keys], budget) => {
    const unwanted = namesOf(keys, budget);
    return filtered(mapArgument(map), (key) => !unwanted.has(key), budget);
  }),
  define(
    domain,
    "mapEntries(map, name, value)",
    'The entries of a map, sorted by key, as a list of maps with the two names for keys: `mapEntries .spec.env "name" "value"`',
    ([map, name, value], budget) => {
      const from = mapArgument(map);
      const [nameKey, valueKey] = [textArgument(name, budget), textArgument(value, budget)];
      return keysOf(from, budget).map((key) => mapOf([[nameKey, key], [valueKey, from[key]]]));
    },
  ),
  define(
    domain,
    "listWrap(list, key, pairs…)",
    "A map for each item of the list: the item under the key, and the pairs that follow, key, value, key, value …: " +
      '`listWrap .spec.owners "name" "kind" "User"`',
    ([list, key, ...pairs], budget) => {
      const items = listArgument(list);
      if (pairs.length % 2 !== 0) throw new Failure("the last of the pairs has no value");
      const name = textArgument(key, budget);
      const more = pairs.flatMap((each, i): [string, Value][] => {
        return i % 2 === 0 ? [[textArgument(each, budget), pairs[i + 1]]] : [];
      });
      budget.spend(items.length * (1 + more.length));
      return items.map((item) => mapOf([[name, item], ...more]));
    },
  ),
];

/** The first of two entries with one key counts. */
function mapOf(entries: readonly (readonly [string, Value])[]): ValueMap {
  return Object.fromEntries(entries.toReversed());
}

function keysOf(map: ValueMap, budget: Budget): string[] {
  const keys = sortedKeys(map);
  budget.spend(keys.length);
  return keys;
}

/** Keys as separate arguments or as a list. */
function namesOf(keys: readonly Value[], budget: Budget): Set<string> {
  return new Set(keys.flat().map((key) => textArgument(key, budget)));
}

function filtered(map: ValueMap, keep: (key: string) => boolean, budget: Budget): ValueMap {
  return Object.fromEntries(keysOf(map, budget).filter(keep).map((key) => [key, map[key]]));
}

/** Deep equality; numbers are equal when their values are, whatever their types. */
function isSame(a: Value, b: Value, budget: Budget, depth = 0): boolean {
  budget.spend(1);
  if (depth > 500) throw new Failure("Cannot compare values nested more than 500 deep", "steps");
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (isNumber(kindA) && isNumber(kindB)) return numeric(a) == numeric(b);
  if (kindA !== kindB) return false;
  if (typeof a === "string") budget.read(a.length);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => isSame(item, b[i], budget, depth + 1));
  }
  if (isMapValue(a) && isMapValue(b)) {
    const keys = sortedKeys(a);
    return keys.length === sortedKeys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key], budget, depth + 1));
  }
  return kindA === "nil" || a === b;
}

function isNumber(kind: string): boolean {
  return kind === "int" || kind === "uint" || kind === "float";
}

function numeric(value: Value): number | bigint {
  return kindOf(value) === "float" ? floatOf(value) : integerOf(value);
}

import type { Budget } from "../budget.ts";
import { byteLength, fromBytes, toBytes } from "../bytes.ts";
import { Failure } from "../failure.ts";
import { describe, Int, integerOf, isMapValue, isTrue, kindOf, type Value } from "../values.ts";
import { define, type LibraryFunction, readsBelow } from "./function.ts";

const domain = "Go: logic and access";

/** Go's functions on any value. `and` and `or` are evaluated by the engine, which stops at the deciding argument. */
export const access: readonly LibraryFunction[] = [
  define(
    domain,
    "and(value, values…)",
    "The first empty argument, else the last; the rest is not evaluated",
    (args) => args.find((value) => !isTrue(value)) ?? args.at(-1),
    (constants) => ({ passes: [...constants.keys()] }),
  ),
  define(
    domain,
    "or(value, values…)",
    "The first argument that is not empty, else the last; the rest is not evaluated",
    (args) => args.find((value) => isTrue(value)) ?? args.at(-1),
    (constants) => ({ passes: [...constants.keys()] }),
  ),
  define(
    domain,
    "not(value)",
    "True for an empty value, else false",
    ([value]) => !isTrue(value),
    () => ({ tests: [0] }),
  ),
  define(
    domain,
    "index(value, keys…)",
    "The item of a map, list or text under the keys, one after the other; a list index out of range is an error",
    ([value, ...keys], budget) => {
      if (value === undefined || value === null) throw new Failure("the value is absent (get tolerates that)");
      return keys.reduce((item, key) => indexOne(item, key, budget), value);
    },
    ([, ...keys]) => {
      const reads = readsBelow(keys);
      const path = reads.returns ?? reads.below![0]!;
      // It fails where something on the way is absent.
      return { ...reads, looksAt: path.slice(0, 50).map((_, length) => path.slice(0, length)) };
    },
  ),
  define(domain, "slice(value, from…)", "Part of a list or text: from, to (exclusive) and, for lists, capacity", slice),
  define(domain, "call(function, values…)", "Calls a function; no data hold any, so this always fails", ([value]) => {
    throw new Failure(
      `${value === undefined || value === null ? "an absent value" : describe(value)} is not a function`,
    );
  }),
];

function indexOne(item: Value, key: Value, budget: Budget): Value {
  if (item === undefined || item === null) throw new Failure("a value on the way is absent (get tolerates that)");
  if (typeof item === "string") {
    budget.read(item.length);
    const bytes = toBytes(item);
    return new Int(bytes[position(key, bytes.length - 1)]!, "uint8");
  }
  if (Array.isArray(item)) return item[position(key, item.length - 1)];
  if (!isMapValue(item)) throw new Failure(`${describe(item)} has no items`);
  if (typeof key !== "string") throw new Failure(`the key of a map must be text, not ${describe(key)}`);
  return Object.hasOwn(item, key) ? item[key] : undefined;
}

function slice([value, ...bounds]: readonly Value[], budget: Budget): Value {
  if (value === undefined || value === null) throw new Failure("the value is absent");
  const isText = typeof value === "string";
  if (!isText && !Array.isArray(value)) throw new Failure(`${describe(value)} cannot be sliced`);
  if (bounds.length > (isText ? 2 : 3)) throw new Failure("there are too many bounds");
  const length = isText ? byteLength(value) : value.length;
  budget.read(length);
  const [from = 0, to = length, capacity = length] = bounds.map((bound) => position(bound, length));
  if (from > to) throw new Failure(`the bounds are out of order: ${from} > ${to}`);
  if (to > capacity) throw new Failure(`the bounds are out of order: ${to} > ${capacity}`);
  return isText ? fromBytes(toBytes(value).subarray(from, to)) : value.slice(from, to);
}

/** An index from 0 to `last`. */
function position(key: Value, last: number): number {
  const kind = kindOf(key);
  if (kind !== "int" && kind !== "uint") {
    const shown = kind === "nil" ? "an absent value" : kind === "float" ? "a fraction" : describe(key);
    throw new Failure(`${shown} is not an index`);
  }
  const index = Number(integerOf(key));
  if (index < 0 || index > last) throw new Failure(`index ${index} is out of range`);
  return index;
}

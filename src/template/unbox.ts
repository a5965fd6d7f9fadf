import type { Json, JsonMap } from "../base/json.ts";
import { setOwn } from "../base/json.ts";
import { type BytesUse, outside } from "./bytes.ts";
import { Failure } from "./failure.ts";
import { Complex, Float, Int, type Value } from "./values.ts";

/** Values nested deeper than this are refused: recursion must end before the stack does. */
const maxDepth = 500;

/**
 * A value of the language as JSON; absent is `undefined`, in lists null. Lists and maps are shared with the data where
 * nothing had to be changed, so the result must not be written to. Throws `Failure` for what JSON cannot hold.
 */
export function unbox(value: Value, bytes: BytesUse, depth = 0): Json | undefined {
  switch (typeof value) {
    case "undefined":
      return undefined;
    case "string":
      return outside(value, bytes);
    case "number":
      return finite(value);
    case "boolean":
    case "bigint":
      return value;
  }
  if (value === null) return undefined;
  if (value instanceof Int) return value.value;
  if (value instanceof Float) return finite(value.value);
  if (value instanceof Complex) throw new Failure("Cannot use a complex number as a value");
  if (depth >= maxDepth) throw new Failure(`Cannot use a value nested more than ${maxDepth} deep`, "steps");
  if (Array.isArray(value)) {
    const list = value.map((item) => unbox(item, bytes, depth + 1) ?? null);
    return list.every((item, i) => item === value[i]) ? value as Json[] : list;
  }
  const map: JsonMap = {};
  let same = true;
  for (const key of Object.keys(value)) {
    const item = value[key];
    const plain = item === null ? null : unbox(item, bytes, depth + 1);
    if (plain !== item) same = false;
    if (plain !== undefined) setOwn(map, key, plain);
  }
  return same ? value as JsonMap : map;
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new Failure("Cannot use a number that is infinite or not a number as a value");
  return value;
}

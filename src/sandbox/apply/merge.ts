import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import type { Schema } from "../schema/schema.ts";
import type { PathElement } from "./field_set.ts";
import { fieldOf, type Form, formOf, isAtomic, isEmptyForm, type Node, stepOf, TypedError } from "./typed.ts";

/**
 * Lays an applied configuration over a live object: maps by key, keyed lists and sets by item, everything atomic as a
 * whole (structured-merge-diff `typed.Merge`). Nothing is removed. Throws `TypedError`.
 */
export function mergeTyped(schema: Node, left: Json | undefined, right: Json | undefined): Json | undefined {
  if (right === undefined) return mergeForm(formOf(schema, left), schema, left, right);
  return mergeForm(formOf(schema, right), schema, left, right);
}

function mergeForm(form: Form, schema: Node, left: Json | undefined, right: Json | undefined): Json | undefined {
  const promoted = form !== "scalar" && isEmptyForm(form, left) && isEmptyForm(form, right);
  if (form === "scalar" || promoted || isAtomic(schema, form)) return right === undefined ? left : right;
  if (form === "map") {
    const a = isMap(left) ? left : {};
    const b = isMap(right) ? right : {};
    const out: JsonMap = {};
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const merged = mergeTyped(fieldOf(schema, key).node, ownValue(a, key), ownValue(b, key));
      if (merged !== undefined) setOwn(out, key, merged);
    }
    return Object.keys(out).length === 0 ? undefined : out;
  }
  const merged = mergeItems(schema!, Array.isArray(left) ? left : [], Array.isArray(right) ? right : []);
  return merged.length === 0 ? undefined : merged;
}

/** Order: that of the applied list; items only on the left stay where they were relative to their neighbours. */
function mergeItems(schema: Schema, left: Json[], right: Json[]): Json[] {
  const leftSteps = left.map((item) => stepOf(schema, item));
  const rightSteps = right.map((item) => stepOf(schema, item));
  const leftItems = new Map<PathElement, Json | undefined>();
  // An item that stands twice on the left is not merged: it has no single value.
  leftSteps.forEach((step, i) => leftItems.set(step, leftItems.has(step) ? undefined : left[i]));
  const rightItems = new Map<PathElement, Json>();
  rightSteps.forEach((step, i) => {
    if (rightItems.has(step)) throw new TypedError(`duplicate entries for key ${formatStep(step)}`);
    rightItems.set(step, right[i]!);
  });
  const shared = rightSteps.filter((step) => leftItems.has(step));
  let next = 0;
  const out: Json[] = [];
  const done = new Set<PathElement>();
  const take = (onLeft: Json | undefined, onRight: Json | undefined) => {
    const merged = mergeTyped(schema.items, onLeft, onRight);
    if (merged !== undefined) out.push(merged);
  };
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    if (l < left.length && r < right.length) {
      const step = leftSteps[l]!;
      if (step === rightSteps[r]) {
        done.add(step);
        take(leftItems.get(step), rightItems.get(step));
        l++;
        r++;
        next++;
        continue;
      }
      if (rightItems.has(step) && next < shared.length && shared[next] !== step) {
        l++;
        continue;
      }
    }
    if (l < left.length) {
      const step = leftSteps[l]!;
      if (!rightItems.has(step)) {
        take(left[l], undefined);
        l++;
        continue;
      }
      if (done.has(step)) l++;
    }
    if (r < right.length) {
      const step = rightSteps[r]!;
      done.add(step);
      take(leftItems.get(step), rightItems.get(step));
      r++;
      if (next < shared.length && shared[next] === step) next++;
    }
  }
  return out;
}

function formatStep(step: PathElement): string {
  if (step.startsWith("v:")) return `[=${step.slice(2)}]`;
  const inner = step.slice(3, -1).replace(/"([^"]+)":/g, "$1=");
  return `[${inner}]`;
}

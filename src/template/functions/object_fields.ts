import type { Budget } from "../budget.ts";
import { isMapValue, isTrue, type Value, type ValueMap } from "../values.ts";
import { anyText, countArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";
import { at } from "./kubernetes_object.ts";

/** Short ways to define functions that read one field of an object. An absent object has nothing. */
export class Fields {
  constructor(readonly domain: string) {}

  /** The text of a field, "" where there is none. */
  text(name: string, summary: string, ...path: string[]): LibraryFunction {
    return this.of(`${name}(object)`, summary, [path], (object) => at(object, ...path) ?? "");
  }

  /** The number of a field, `fallback` where there is none. */
  count(name: string, summary: string, fallback: number, ...path: string[]): LibraryFunction {
    return this.of(`${name}(object)`, summary, [path], (object) => countArgument(at(object, ...path) ?? fallback));
  }

  /** Anything about an object that follows from what is at these paths. */
  of(
    signature: string,
    summary: string,
    below: readonly (readonly string[])[],
    call: (object: Value, more: readonly Value[], budget: Budget) => Value,
  ): LibraryFunction {
    return define(
      this.domain,
      signature,
      summary,
      ([object, ...more], budget) => call(object, more, budget),
      () => ({ below }),
    );
  }
}

/** The maps in the list at a path. */
export function mapsAt(object: Value, budget: Budget, ...path: readonly string[]): ValueMap[] {
  const list = at(object, ...path);
  if (!Array.isArray(list)) return [];
  budget.spend(list.length);
  return list.filter(isMapValue);
}

/** The texts of a field of each, those that are there, joined as `a, b`. */
export function joined(maps: readonly ValueMap[], budget: Budget, ...path: readonly string[]): string {
  const texts = maps.map((map) => at(map, ...path)).filter(isTrue).map((value) => anyText(value, budget));
  budget.make(texts.reduce((sum, text) => sum + text.length + 2, 0));
  return texts.join(", ");
}

/** Whether the condition of a type is True. */
export function hasTrue(object: Value, budget: Budget, type: string): boolean {
  return mapsAt(object, budget, "status", "conditions").some((each) =>
    each["type"] === type && each["status"] === "True"
  );
}

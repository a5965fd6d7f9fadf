import type { Budget } from "../budget.ts";
import { outside } from "../bytes.ts";
import { Failure } from "../failure.ts";
import { floatOf, integerOf, kindOf, sortedKeys, type Value, type ValueMap } from "../values.ts";

const maxDepth = 500;

/** JSON of a value: compact, keys sorted, integers exact. `<`, `>` and `&` stay as they are. */
export function jsonText(value: Value, budget: Budget, depth = 0): string {
  if (depth > maxDepth) throw new Failure(`Cannot print a value nested more than ${maxDepth} deep`, "steps");
  budget.spend(1);
  switch (kindOf(value)) {
    case "nil":
      return "null";
    case "bool":
      return String(value);
    case "int":
    case "uint":
      return String(integerOf(value));
    case "float": {
      const number = floatOf(value);
      if (!Number.isFinite(number)) throw new Failure("JSON has no infinite numbers");
      return String(number);
    }
    case "string":
      budget.make((value as string).length);
      return textJson(value as string);
    case "complex":
      throw new Failure("JSON has no complex numbers");
    case "list": {
      let text = "[";
      for (const item of value as Value[]) {
        text += (text === "[" ? "" : ",") + jsonText(item, budget, depth + 1);
        budget.fit(text.length);
      }
      return text + "]";
    }
    case "map": {
      const map = value as ValueMap;
      let text = "{";
      for (const key of sortedKeys(map)) {
        text += `${text === "{" ? "" : ","}${textJson(key)}:${jsonText(map[key], budget, depth + 1)}`;
        budget.fit(text.length);
      }
      return text + "}";
    }
  }
}

/** Go's encoder replaces bytes that are not UTF-8 by U+FFFD; here they are an error (ruling 69). */
function textJson(text: string): string {
  return JSON.stringify(outside(text, "refuse"));
}

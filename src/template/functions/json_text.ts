import type { Budget } from "../budget.ts";
import { wellFormed } from "../bytes.ts";
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
      return JSON.stringify(wellFormed(value as string));
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
        text += `${text === "{" ? "" : ","}${JSON.stringify(key)}:${jsonText(map[key], budget, depth + 1)}`;
        budget.fit(text.length);
      }
      return text + "}";
    }
  }
}

import type { Budget } from "../budget.ts";
import { byteLength, strayByteOf, toBytes } from "../bytes.ts";
import { Failure } from "../failure.ts";
import { Complex, floatOf, integerOf, kindOf, sortedKeys, typeName, type Value, type ValueMap } from "../values.ts";
import { floatText, formatFloat } from "./float.ts";
import { formatCharacter, formatInteger, formatUnicode } from "./integer.ts";
import { pad, truncate } from "./pad.ts";
import { formatQuoted, formatQuotedRune } from "./quote.ts";
import { plainSpec, type Spec } from "./spec.ts";

/** Lists and maps nested deeper than this are not printed: recursion must end before the stack does. */
const maxDepth = 500;

/** A value as `{{ }}` and `print` print it, `%v` without flags. Nil is `<nil>`. */
export function plainText(value: Value, budget: Budget): string {
  switch (kindOf(value)) {
    case "nil":
      return "<nil>";
    case "string":
      return value as string;
    case "bool":
    case "int":
    case "uint":
      return typeof value === "boolean" ? String(value) : String(integerOf(value));
    case "float":
      return floatText(floatOf(value));
    default:
      return formatValue(value, "v", plainSpec, budget);
  }
}

/** One argument of printf by one verb. */
export function formatArgument(value: Value, verb: string, spec: Spec, budget: Budget): string {
  if (value === undefined || value === null) {
    return verb === "T" || verb === "v" ? pad("<nil>", spec, budget) : badVerb(value, verb, spec, budget);
  }
  if (verb === "T") return pad(truncate(typeName(value), spec), spec, budget);
  const kind = kindOf(value);
  // An address (%p) is nothing that a value here has. %w is for errors, and looks at the whole value only.
  if (verb === "p" || (verb === "w" && (kind === "list" || kind === "map"))) {
    return badVerb(value, verb, spec, budget);
  }
  return formatValue(value, verb, spec, budget);
}

/** `%!verb(type=value)` */
function badVerb(value: Value, verb: string, spec: Spec, budget: Budget): string {
  const shown = strayByteOf(verb) === undefined ? verb : "\ufffd";
  if (value === undefined || value === null) return `%!${shown}(<nil>)`;
  return `%!${shown}(${typeName(value)}=${formatValue(value, "v", spec, budget)})`;
}

function formatValue(value: Value, verb: string, spec: Spec, budget: Budget, depth = 0): string {
  budget.spend(1);
  switch (kindOf(value)) {
    case "nil":
      return spec.sharpV ? "interface {}(nil)" : "<nil>";
    case "bool":
      if (verb !== "t" && verb !== "v") return badVerb(value, verb, spec, budget);
      return pad(String(value), spec, budget);
    case "string":
      return formatString(value as string, verb, spec, budget);
    case "int":
    case "uint":
      return formatIntegerBy(value, verb, spec, budget);
    case "float":
      return formatFloatBy(floatOf(value), verb, spec, budget) ?? badVerb(value, verb, spec, budget);
    case "complex":
      return formatComplex(value as Complex, verb, spec, budget);
    case "list":
      return formatList(value as Value[], verb, spec, budget, depth);
    case "map":
      return formatMap(value as ValueMap, verb, spec, budget, depth);
  }
}

function formatString(value: string, verb: string, spec: Spec, budget: Budget): string {
  budget.make(value.length);
  switch (verb) {
    case "v":
    case "s":
      return spec.sharpV ? formatQuoted(value, spec, budget) : pad(truncate(value, spec), spec, budget);
    case "q":
      return formatQuoted(value, spec, budget);
    case "x":
    case "X":
      return formatHexadecimal(value, verb, spec, budget);
    default:
      return badVerb(value, verb, spec, budget);
  }
}

/** `%x` of text: its bytes. The space flag parts them, `#` writes 0x before all or before each. */
function formatHexadecimal(value: string, verb: "x" | "X", spec: Spec, budget: Budget): string {
  const length = byteLength(value);
  budget.read(length * 5);
  const bytes = toBytes(value).subarray(0, Math.min(length, spec.precision ?? length));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const prefix = spec.sharp && bytes.length > 0 ? "0x" : "";
  const text = prefix + digits.join(spec.space ? " " + prefix : "");
  budget.fit(text.length);
  return pad(verb === "X" ? text.toUpperCase() : text, spec, budget);
}

function formatIntegerBy(value: Value, verb: string, spec: Spec, budget: Budget): string {
  const integer = integerOf(value);
  switch (verb) {
    case "v":
      // An unsigned number in Go syntax is hexadecimal.
      if (spec.sharpV && kindOf(value) === "uint") return formatInteger(integer, 16, { ...spec, sharp: true }, budget);
      return formatInteger(integer, 10, spec, budget);
    case "d":
      return formatInteger(integer, 10, spec, budget);
    case "b":
      return formatInteger(integer, 2, spec, budget);
    case "o":
      return formatInteger(integer, 8, spec, budget);
    case "O":
      return formatInteger(integer, 8, spec, budget, { octalPrefix: true });
    case "x":
      return formatInteger(integer, 16, spec, budget);
    case "X":
      return formatInteger(integer, 16, spec, budget, { upper: true });
    case "c":
      return formatCharacter(integer, spec, budget);
    case "q":
      return formatQuotedRune(integer, spec, budget);
    case "U":
      return formatUnicode(integer, spec, budget);
    default:
      return badVerb(value, verb, spec, budget);
  }
}

function formatFloatBy(value: number, verb: string, spec: Spec, budget: Budget): string | undefined {
  switch (verb) {
    case "v":
      return formatFloat(value, "g", undefined, spec, budget);
    case "b":
    case "g":
    case "G":
    case "x":
    case "X":
      return formatFloat(value, verb, undefined, spec, budget);
    case "e":
    case "E":
    case "f":
      return formatFloat(value, verb, 6, spec, budget);
    case "F":
      return formatFloat(value, "f", 6, spec, budget);
    default:
      return undefined;
  }
}

function formatComplex(value: Complex, verb: string, spec: Spec, budget: Budget): string {
  const real = formatFloatBy(value.real, verb, spec, budget);
  const imaginary = formatFloatBy(value.imaginary, verb, { ...spec, plus: true }, budget);
  return real === undefined ? badVerb(value, verb, spec, budget) : `(${real}${imaginary}i)`;
}

function formatList(list: Value[], verb: string, spec: Spec, budget: Budget, depth: number): string {
  checkDepth(depth);
  let text = spec.sharpV ? "[]interface {}{" : "[";
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text += spec.sharpV ? ", " : " ";
    text += formatValue(list[i], verb, spec, budget, depth + 1);
    budget.fit(text.length);
  }
  return text + (spec.sharpV ? "}" : "]");
}

function formatMap(map: ValueMap, verb: string, spec: Spec, budget: Budget, depth: number): string {
  checkDepth(depth);
  let text = spec.sharpV ? "map[string]interface {}{" : "map[";
  let first = true;
  for (const key of sortedKeys(map)) {
    if (!first) text += spec.sharpV ? ", " : " ";
    first = false;
    text += `${formatValue(key, verb, spec, budget)}:${formatValue(map[key], verb, spec, budget, depth + 1)}`;
    budget.fit(text.length);
  }
  return text + (spec.sharpV ? "}" : "]");
}

function checkDepth(depth: number): void {
  if (depth >= maxDepth) throw new Failure(`Cannot print a value nested more than ${maxDepth} deep`, "steps");
}

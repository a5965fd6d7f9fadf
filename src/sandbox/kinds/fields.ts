import { canonicalJson, type Json } from "../../base/json.ts";
import type { FieldError } from "../faults.ts";

// deno-lint-ignore no-explicit-any -- built-in kinds are unstructured JSON here
export type Any = any;

/** Sets `record[key]` where it is absent. */
export function fill(record: Any, key: string, value: unknown): void {
  if (record[key] === undefined || record[key] === null) record[key] = value;
}

/** A list of a built-in kind, empty where it is absent or null. */
export function listOf(value: Any): Any[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a label value is one of a map's own, never an inherited one. */
export function own(map: Record<string, string> | undefined, key: string): string | undefined {
  return map !== undefined && map !== null && Object.hasOwn(map, key) ? map[key] : undefined;
}

export function required(field: string, why = ""): FieldError {
  return { field, reason: "FieldValueRequired", message: why === "" ? "Required value" : `Required value: ${why}` };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((each) => JSON.stringify(each)).join(", ");
  const message = `Unsupported value: ${shown(value)}: supported values: ${list}`;
  return { field, reason: "FieldValueNotSupported", message };
}

export function invalidField(field: string, value: unknown, why: string): FieldError {
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${shown(value)}: ${why}` };
}

export function forbiddenField(field: string, why: string): FieldError {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${why}` };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: "FieldValueDuplicate", message: `Duplicate value: ${shown(value)}` };
}

export function tooLong(field: string, max: number | bigint): FieldError {
  const unit = Number(max) === 1 ? "byte" : "bytes";
  return { field, reason: "FieldValueTooLong", message: `Too long: may not be more than ${max} ${unit}` };
}

export function tooMany(field: string, count: number, max: number | bigint): FieldError {
  const unit = Number(max) === 1 ? "item" : "items";
  return { field, reason: "FieldValueTooMany", message: `Too many: ${count}: must have at most ${max} ${unit}` };
}

export function notNegative(field: string, value: Any, errors: FieldError[]): void {
  if (typeof value === "number" && value < 0) {
    errors.push(invalidField(field, value, "must be greater than or equal to 0"));
  }
}

export function checkOneOf(field: string, value: unknown, supported: readonly string[], errors: FieldError[]): void {
  if (!supported.includes(value as string)) errors.push(notSupported(field, value, supported));
}

/** Holds a text to rules such as those of `names.ts`. */
export function checkText(
  field: string,
  text: string,
  problems: (text: string) => string[],
  errors: FieldError[],
): void {
  for (const why of problems(text)) errors.push(invalidField(field, text, why));
}

/** Text that errors show as it is, in the place of a value. */
export class Shown {
  constructor(readonly text: string) {}
}

/** A value as errors show it. */
export function shown(value: unknown): string {
  if (value instanceof Shown) return value.text;
  if (value === undefined) return "null";
  return typeof value === "object" && value !== null ? canonicalJson(value as Json) : JSON.stringify(value);
}

export const immutable = "field is immutable";

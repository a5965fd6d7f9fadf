import type { FieldError } from "../faults.ts";
import { invalidField, Shown } from "../kinds/fields.ts";
import type { Schema } from "./schema.ts";

type Numeric = number | bigint;

/** Holds a number to the bounds of its schema (kube-openapi `numberValidator`). */
export function checkNumber(schema: Schema, value: Numeric, path: string, errors: FieldError[]): void {
  const type = schema.intOrString ? "" : schema.type;
  const format = formatOf(schema, type);
  const outOfRange = (number: Numeric, what: string): boolean => {
    if (inRange(number, type, format)) return false;
    const named = format === "" ? "(default format)" : `with format ${format}`;
    errors.push(invalidField("<nil>", "", `${what} value must be of type ${type} ${named} in ${path}`));
    return true;
  };
  const wrong = (why: string) =>
    errors.push(invalidField(path === "" ? "<nil>" : path, new Shown(String(value)), `${path} in body ${why}`));
  outOfRange(value, "Checked");
  const step = schema.number("multipleOf");
  if (step !== undefined) {
    const factor = native(value, step, outOfRange(step, "MultipleOf"));
    if (factor <= 0) {
      const why = `factor MultipleOf declared for ${path} must be positive: ${factor}`;
      errors.push(invalidField(path === "" ? "<nil>" : path, new Shown(String(factor)), why));
    } else if (!isMultiple(value, factor)) wrong(`should be a multiple of ${factor}`);
  }
  const maximum = schema.number("maximum");
  if (maximum !== undefined) {
    const upper = native(value, maximum, outOfRange(maximum, "Maximum boundary"));
    const exclusive = schema.source["exclusiveMaximum"] === true;
    if (value > upper || (exclusive && value == upper)) {
      wrong(`should be less than ${exclusive ? "" : "or equal to "}${upper}`);
    }
  }
  const minimum = schema.number("minimum");
  if (minimum !== undefined) {
    const lower = native(value, minimum, outOfRange(minimum, "Minimum boundary"));
    const exclusive = schema.source["exclusiveMinimum"] === true;
    if (value < lower || (exclusive && value == lower)) {
      wrong(`should be greater than ${exclusive ? "" : "or equal to "}${lower}`);
    }
  }
}

/** A bound as it is compared: as an integer with integers, unless it does not fit the type. */
function native(value: Numeric, bound: Numeric, misfit: boolean): Numeric {
  if (misfit || !isWhole(value) || typeof bound === "bigint") return bound;
  return Math.trunc(bound);
}

/** What Go reads as an integer; the rest are floats. */
export function isWhole(value: Numeric): boolean {
  return typeof value === "bigint" ? fits(value, 64n) : Number.isInteger(value) && fits(BigInt(value), 64n);
}

function fits(value: bigint, bits: bigint): boolean {
  return value >= -(1n << (bits - 1n)) && value < 1n << (bits - 1n);
}

function isMultiple(value: Numeric, factor: Numeric): boolean {
  if (isWhole(value) && isWhole(factor)) return BigInt(value) % BigInt(factor) === 0n;
  const quotient = factor < 1 ? 1 / Number(factor) * Number(value) : Number(value) / Number(factor);
  const nearest = Math.round(quotient);
  return Number.isSafeInteger(nearest) && Math.abs(quotient - nearest) <= 1e-9 * Math.abs(quotient + nearest);
}

function formatOf(schema: Schema, type: string): string {
  const format = schema.text("format") ?? "";
  if (type === "integer") return format === "int32" || format === "int64" ? format : "";
  return type === "number" && (format === "float" || format === "double") ? format : "";
}

function inRange(value: Numeric, type: string, format: string): boolean {
  if (type === "integer") return isWhole(value) && fits(BigInt(value), format === "int32" ? 32n : 64n);
  return format !== "float" || Number.isFinite(Math.fround(Number(value)));
}

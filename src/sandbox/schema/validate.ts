import { canonicalJson, isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import type { FieldError } from "../faults.ts";
import { matchesFormat } from "./formats.ts";
import { patternMatches } from "./pattern.ts";
import type { Schema } from "./schema.ts";

/** More errors of one object are not collected. */
const mostErrors = 100;

/**
 * Checks a value of a custom resource against its structural schema and answers what is wrong, in the words of the API
 * server (kube-openapi `validation`, apiextensions `pkg/apiserver/validation` and `schema/listtype`).
 */
export function validateSchema(schema: Schema, value: Json, path: string): FieldError[] {
  const errors: FieldError[] = [];
  check(schema, value, path, errors);
  return errors;
}

function check(schema: Schema, value: Json, path: string, errors: FieldError[]): void {
  if (errors.length >= mostErrors) return;
  if (value === null) {
    if (!schema.nullable && schema.type !== "") errors.push(wrongType(schema, value, path, "null"));
    return;
  }
  if (!fitsType(schema, value)) {
    errors.push(wrongType(schema, value, path, typeName(value)));
    if (schema.type === "integer" && typeof value === "number") {
      errors.push(unplaced(`Checked value must be of type integer (default format) in ${path}`));
    }
    return;
  }
  if (typeof value === "string") checkText(schema, value, path, errors);
  else if (typeof value === "number" || typeof value === "bigint") checkNumber(schema, value, path, errors);
  else if (Array.isArray(value)) checkList(schema, value, path, errors);
  else if (isMap(value)) checkMap(schema, value, path, errors);
  checkEnum(schema, value, path, errors);
  checkJunctors(schema, value, path, errors);
}

function fitsType(schema: Schema, value: Json): boolean {
  if (schema.intOrString) return typeof value === "string" || typeof value === "bigint" || Number.isInteger(value);
  switch (schema.type) {
    case "object":
      return isMap(value);
    case "array":
      return Array.isArray(value);
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return typeof value === "bigint" || Number.isInteger(value);
    case "number":
      return typeof value === "number" || typeof value === "bigint";
    default:
      return true;
  }
}

function wrongType(schema: Schema, value: Json, path: string, given: string): FieldError {
  const wanted = schema.intOrString ? "integer,string" : schema.type;
  const message = `Invalid value: ${JSON.stringify(given)}: ${path} in body must be of type ${wanted}: "${given}"`;
  return {
    field: path === "" ? "<nil>" : path,
    reason: value === undefined ? "FieldValueRequired" : "FieldValueTypeInvalid",
    message,
  };
}

function typeName(value: Json): string {
  if (Array.isArray(value)) return "array";
  if (isMap(value)) return "object";
  if (typeof value === "bigint") return "integer";
  return typeof value === "number" ? (Number.isInteger(value) ? "integer" : "number") : typeof value;
}

/** A value as error messages show it. */
export function shown(value: Json): string {
  return typeof value === "string" ? JSON.stringify(value) : canonicalJson(value);
}

function wrong(path: string, value: Json, why: string): FieldError {
  return {
    field: path,
    reason: "FieldValueInvalid",
    message: `Invalid value: ${shown(value)}: ${path} in body ${why}`,
  };
}

function checkEnum(schema: Schema, value: Json, path: string, errors: FieldError[]): void {
  const allowed = ownValue(schema.source, "enum");
  if (!Array.isArray(allowed)) return;
  const text = canonicalJson(value);
  if (allowed.some((each) => canonicalJson(each) === text)) return;
  const list = allowed.map((each) => shown(each)).join(", ");
  errors.push({
    field: path,
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${shown(value)}: supported values: ${list}`,
  });
}

function checkText(schema: Schema, value: string, path: string, errors: FieldError[]): void {
  const longest = schema.number("maxLength");
  const shortest = schema.number("minLength");
  const length = longest === undefined && shortest === undefined ? 0 : [...value].length;
  if (longest !== undefined && length > longest) {
    errors.push({
      field: path,
      reason: "FieldValueTooLong",
      message: `Too long: may not be more than ${longest} bytes`,
    });
  }
  if (shortest !== undefined && length < shortest) {
    errors.push(wrong(path, value, `should be at least ${shortest} chars long`));
  }
  const pattern = schema.text("pattern");
  if (pattern !== undefined && !patternMatches(pattern, value)) {
    errors.push(wrong(path, value, `should match '${pattern}'`));
  }
  const format = schema.text("format");
  if (format !== undefined && !matchesFormat(format, value)) {
    const shownValue = JSON.stringify(value);
    const message = `Invalid value: ${shownValue}: ${path} in body must be of type ${format}: ${shownValue}`;
    errors.push({ field: path, reason: "FieldValueTypeInvalid", message });
  }
}

function checkNumber(schema: Schema, value: number | bigint, path: string, errors: FieldError[]): void {
  const minimum = schema.number("minimum");
  const maximum = schema.number("maximum");
  const step = schema.number("multipleOf");
  if (minimum !== undefined) {
    const exclusive = schema.source["exclusiveMinimum"] === true;
    if (value < minimum || (exclusive && value == minimum)) {
      errors.push(wrong(path, value, `should be greater than ${exclusive ? "" : "or equal to "}${minimum}`));
    }
  }
  if (maximum !== undefined) {
    const exclusive = schema.source["exclusiveMaximum"] === true;
    if (value > maximum || (exclusive && value == maximum)) {
      errors.push(wrong(path, value, `should be less than ${exclusive ? "" : "or equal to "}${maximum}`));
    }
  }
  if (step !== undefined && Number(value) / Number(step) % 1 !== 0) {
    errors.push(wrong(path, value, `should be a multiple of ${step}`));
  }
  const format = schema.text("format");
  if (schema.type === "integer" && (format === "int32" || format === "int64")) {
    const bits = BigInt(format.slice(3));
    const whole = BigInt(value);
    if (whole < -(1n << (bits - 1n)) || whole >= 1n << (bits - 1n)) {
      errors.push(unplaced(`Checked value must be of type integer with format ${format} in ${path}`));
    }
  }
}

function checkList(schema: Schema, value: Json[], path: string, errors: FieldError[]): void {
  const most = schema.number("maxItems");
  const fewest = schema.number("minItems");
  if (most !== undefined && value.length > most) {
    errors.push({
      field: path,
      reason: "FieldValueTooMany",
      message: `Too many: ${value.length}: must have at most ${most} items`,
    });
  }
  if (fewest !== undefined && value.length < fewest) {
    errors.push(wrong(path, value.length, `should have at least ${fewest} items`));
  }
  value.forEach((item, i) => check(schema.items, item, `${path}[${i}]`, errors));
  const unique = schema.listType !== "atomic" || schema.source["uniqueItems"] === true;
  if (!unique) return;
  const seen = new Set<string>();
  value.forEach((item, i) => {
    const key = schema.listType === "map" && isMap(item)
      ? Object.fromEntries(
        schema.listKeys.map((name) => [name, ownValue(item, name) ?? schema.items.property(name)?.default ?? null]),
      )
      : item;
    const text = canonicalJson(key);
    if (seen.has(text)) {
      errors.push({ field: `${path}[${i}]`, reason: "FieldValueDuplicate", message: `Duplicate value: ${text}` });
    }
    seen.add(text);
  });
}

function checkMap(schema: Schema, value: JsonMap, path: string, errors: FieldError[]): void {
  const prefix = path === "" ? "" : `${path}.`;
  const keys = Object.keys(value).sort();
  for (const name of schema.required) {
    if (!Object.hasOwn(value, name)) {
      errors.push({ field: prefix + name, reason: "FieldValueRequired", message: "Required value" });
    }
  }
  const most = schema.number("maxProperties");
  const fewest = schema.number("minProperties");
  if (most !== undefined && keys.length > most) {
    errors.push({
      field: path,
      reason: "FieldValueTooMany",
      message: `Too many: ${keys.length}: must have at most ${most} items`,
    });
  }
  if (fewest !== undefined && keys.length < fewest) {
    errors.push(wrong(path, keys.length, `should have at least ${fewest} properties`));
  }
  for (const key of keys) {
    const field = schema.field(key);
    if (field !== undefined) check(field.schema, value[key]!, prefix + key, errors);
  }
}

function checkJunctors(schema: Schema, value: Json, path: string, errors: FieldError[]): void {
  if (schema.intOrString) return;
  const outcomes = (branches: readonly Schema[]) => branches.map((branch) => validateSchema(branch, value, path));
  const any = outcomes(schema.branches("anyOf"));
  if (any.length > 0 && any.every((found) => found.length > 0)) {
    errors.push(unplaced(`"${path}" must validate at least one schema (anyOf)`), ...any[0]!);
  }
  const one = outcomes(schema.branches("oneOf"));
  const valid = one.filter((found) => found.length === 0).length;
  if (one.length > 0 && valid !== 1) {
    const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
    errors.push(unplaced(`"${path}" must validate one and only one schema (oneOf). ${found}`));
    if (valid === 0) errors.push(...one[0]!);
  }
  const all = outcomes(schema.branches("allOf")).flat();
  if (all.length > 0) errors.push(...all, unplaced(`"${path}" must validate all the schemas (allOf)`));
  const not = schema.branch("not");
  if (not !== undefined && validateSchema(not, value, path).length === 0) {
    errors.push(unplaced(`"${path}" must not validate the schema (not)`));
  }
}

/** An error that the API server tells of without a field. */
function unplaced(message: string): FieldError {
  return { field: "<nil>", reason: "FieldValueInvalid", message: `Invalid value: "": ${message}` };
}

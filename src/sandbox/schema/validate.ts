import { canonicalJson, isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import type { FieldError } from "../faults.ts";
import { invalidField, notSupported, required, tooLong, tooMany } from "../kinds/fields.ts";
import { checkedFormat, matchesFormat } from "./formats.ts";
import { checkNumber, isWhole } from "./numbers.ts";
import { patternMatches } from "./pattern.ts";
import { oldItems, unchanged } from "./ratchet.ts";
import type { Schema } from "./schema.ts";

/** More errors of one object are not collected. */
const maxErrors = 1000;

/**
 * Checks a value of a custom resource against its structural schema and returns what is wrong, in the words of the API
 * server (kube-openapi `pkg/validation/validate`). `old` is the value that it replaces: what was wrong before and has
 * not been changed is let through.
 */
export function validateSchema(schema: Schema, value: Json, old?: Json): FieldError[] {
  const errors: FieldError[] = [];
  check(schema, value, "", old, errors);
  const reported = new Set<string>();
  return errors.filter(({ field, message }) => {
    const key = `${field}: ${message}`;
    return !reported.has(key) && reported.add(key);
  });
}

/**
 * Returns how much of the schema was met: of several branches that all fail, the errors of the best one are reported.
 */
function check(schema: Schema, value: Json, path: string, old: Json | undefined, errors: FieldError[]): number {
  if (errors.length >= maxErrors) return 0;
  const before = errors.length;
  const matches = value === null ? checkNull(schema, path, errors) : checkValue(schema, value, path, old, errors);
  if (errors.length > before && old !== undefined && unchanged(schema, old, value)) errors.length = before;
  return matches;
}

function checkNull(schema: Schema, path: string, errors: FieldError[]): number {
  const types = typesOf(schema);
  checkEnum(schema, null, path, errors);
  if (types.length === 0 || schema.nullable) return 1;
  errors.unshift(wrongType(path, types.join(","), "null"));
  return 0;
}

function checkValue(schema: Schema, value: Json, path: string, old: Json | undefined, errors: FieldError[]): number {
  // Every check counts one when it is made, and some one more when they are passed.
  let matches = 4;
  const problem = typeProblem(schema, value, path);
  if (problem !== undefined) errors.push(problem);
  const types = typesOf(schema);
  if (types.length > 0) matches += problem === undefined ? 2 : 1;
  matches += checkBranches(schema, value, path, errors);
  if (typeof value === "string") {
    checkText(schema, value, path, errors);
    matches += 1;
    const format = checkedFormat(schema);
    if (format !== undefined) {
      matches += 1;
      if (!matchesFormat(format, value)) errors.push(wrongType(path, format, value));
    }
  } else if (typeof value === "number" || typeof value === "bigint") {
    checkNumber(schema, value, path, errors);
    matches += 2;
  } else if (Array.isArray(value)) matches += 2 + checkList(schema, value, path, old, errors);
  checkEnum(schema, value, path, errors);
  if (isMap(value)) matches += 1 + checkMap(schema, value, path, old, errors);
  return matches;
}

function typesOf(schema: Schema): readonly string[] {
  return schema.intOrString ? ["integer", "string"] : schema.type === "" ? [] : [schema.type];
}

function typeProblem(schema: Schema, value: Json, path: string): FieldError | undefined {
  const types = typesOf(schema);
  const format = checkedFormat(schema) ?? "";
  if (types.length === 0 && format === "") return undefined;
  const given = typeName(value);
  const fits = types.includes(given) || (given === "integer" && types.includes("number"));
  if (fits) return undefined;
  if (format !== "") {
    // A list counts as bytes here.
    if (given === "array" || given === "string") {
      if (!types.includes("number") && !types.includes("integer")) return undefined;
    } else {
      const givenFormat = given === "integer" ? "int64" : given === "number" ? "float64" : "";
      if (givenFormat !== format) return wrongType(path, format, givenFormat);
    }
  }
  return wrongType(path, types.join(","), given);
}

function wrongType(path: string, wanted: string, given: string): FieldError {
  const text = JSON.stringify(given);
  const message = `Invalid value: ${text}: ${path} in body must be of type ${wanted}: ${text}`;
  return { field: at(path), reason: "FieldValueTypeInvalid", message };
}

function typeName(value: Json): string {
  if (Array.isArray(value)) return "array";
  if (isMap(value)) return "object";
  return typeof value === "number" || typeof value === "bigint"
    ? (isWhole(value) ? "integer" : "number")
    : typeof value;
}

/** The value that is checked has no name of its own. */
function at(path: string): string {
  return path === "" ? "<nil>" : path;
}

function wrong(path: string, value: Json, why: string): FieldError {
  return invalidField(at(path), value, `${path} in body ${why}`);
}

function checkEnum(schema: Schema, value: Json, path: string, errors: FieldError[]): void {
  const allowed = ownValue(schema.source, "enum");
  if (!Array.isArray(allowed) || allowed.length === 0) return;
  const text = canonicalJson(value);
  // A null is never one of them, even where it is named.
  if (value !== null && allowed.some((each) => canonicalJson(each) === text)) return;
  const supported = allowed.map((each) => typeof each === "string" ? each : canonicalJson(each));
  errors.push(notSupported(at(path), value, supported));
}

function checkText(schema: Schema, value: string, path: string, errors: FieldError[]): void {
  const maxLength = schema.number("maxLength");
  const minLength = schema.number("minLength");
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  const pattern = schema.text("pattern");
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(at(path), maxLength));
  else if (minLength !== undefined && length < minLength) {
    errors.push(wrong(path, value, `should be at least ${minLength} chars long`));
  } else if (pattern !== undefined && !patternMatches(pattern, value)) {
    errors.push(wrong(path, value, `should match '${pattern}'`));
  }
}

function checkList(
  schema: Schema,
  value: Json[],
  path: string,
  old: Json | undefined,
  errors: FieldError[],
): number {
  let matches = 0;
  const before = oldItems(schema, old);
  value.forEach((item, i) => {
    matches += check(schema.items, item, `${path}[${i}]`, before?.(item), errors);
  });
  const maxItems = schema.number("maxItems");
  const minItems = schema.number("minItems");
  if (minItems !== undefined && value.length < minItems) {
    errors.push(wrong(path, value.length, `should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(at(path), value.length, maxItems));
  return matches;
}

function checkMap(schema: Schema, value: JsonMap, path: string, old: Json | undefined, errors: FieldError[]): number {
  const prefix = path === "" ? "" : `${path}.`;
  const keys = Object.keys(value).sort();
  const maxProperties = schema.number("maxProperties");
  const minProperties = schema.number("minProperties");
  if (minProperties !== undefined && keys.length < minProperties) {
    errors.push(wrong(path, keys.length, `should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && keys.length > maxProperties) {
    errors.push(tooMany(at(path), keys.length, maxProperties));
  }
  let matches = 0;
  for (const key of keys) {
    const field = schema.field(key);
    if (field === undefined) continue;
    const before = isMap(old) ? ownValue(old, key) : undefined;
    matches += check(field.schema, value[key]!, prefix + key, before, errors);
  }
  for (const name of schema.required) {
    if (!Object.hasOwn(value, name)) errors.push(required(prefix + name));
  }
  return matches;
}

/** `anyOf`, `oneOf`, `allOf` and `not`. */
function checkBranches(schema: Schema, value: Json, path: string, errors: FieldError[]): number {
  let matches = 0;
  const tried = (branch: Schema) => {
    const found: FieldError[] = [];
    return { found, matches: check(branch, value, path, undefined, found) };
  };
  /** The errors of the branch that fits best, or what the first that fits counts. */
  const report = (outcomes: readonly { found: FieldError[]; matches: number }[], whole: boolean) => {
    const fitting = outcomes.find(({ found }) => found.length === 0);
    if (fitting !== undefined) {
      if (!whole) matches += fitting.matches;
      return;
    }
    const best = outcomes.reduce((a, b) => b.matches > a.matches ? b : a);
    matches += best.matches;
    errors.push(...best.found);
  };
  const any = schema.branches("anyOf");
  if (any.length > 0) {
    const outcomes = any.map(tried);
    if (outcomes.every(({ found }) => found.length > 0)) {
      errors.push(unplaced(`"${path}" must validate at least one schema (anyOf)`));
    }
    report(outcomes, false);
  }
  const one = schema.branches("oneOf");
  if (one.length > 0) {
    const outcomes = one.map(tried);
    const valid = outcomes.filter(({ found }) => found.length === 0).length;
    if (valid !== 1) {
      const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
      errors.push(unplaced(`"${path}" must validate one and only one schema (oneOf). ${found}`));
    }
    report(outcomes, valid > 1);
  }
  const all = schema.branches("allOf").map(tried);
  for (const outcome of all) {
    matches += outcome.matches;
    errors.push(...outcome.found);
  }
  const failed = all.filter(({ found }) => found.length > 0).length;
  if (failed > 0) {
    const none = failed === all.length ? ". None validated" : "";
    errors.push(unplaced(`"${path}" must validate all the schemas (allOf)${none}`));
  }
  const not = schema.branch("not");
  if (not !== undefined && tried(not).found.length === 0) {
    errors.push(unplaced(`"${path}" must not validate the schema (not)`));
  }
  return matches;
}

/** An error that the API server reports without a field. */
function unplaced(message: string): FieldError {
  return invalidField("<nil>", "", message);
}

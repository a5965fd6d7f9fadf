import { isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import type { FieldError } from "../faults.ts";
import { type Any, duplicate, invalidField, listOf } from "../kinds/fields.ts";
import { oldItems, unchanged } from "../schema/ratchet.ts";
import type { Schema } from "../schema/schema.ts";
import { Expressions, optional } from "./expression.ts";
import { CelTimeError, withinTime } from "./time_limit.ts";
import { objectCelValue, typedCelValue } from "./values.ts";

/** The rules of one object together. */
const limitMs = 1_000;
/** More errors of one object are not collected. */
const maxErrors = 100;

/** Errors after which a value may not be what rules take it for. */
const blocking: ReadonlySet<string> = new Set(
  [
    "FieldValueNotSupported",
    "FieldValueRequired",
    "FieldValueTooLong",
    "FieldValueTooMany",
    "FieldValueTypeInvalid",
  ] satisfies FieldError["reason"][],
);
const notChecked =
  "some validation rules were not checked because the object was invalid; correct the existing errors " +
  "to complete validation";

const expressions = new Expressions(["self", "oldSelf"]);
const withRules = new WeakMap<Schema, boolean>();

/**
 * Evaluates the rules of a custom resource (`x-kubernetes-validations`; apiextensions `pkg/apiserver/schema/cel`), unless
 * an error that was `found` keeps them from being evaluated. `old`: what it replaces; a rule that failed before and has not got another value
 * since lets it through, and rules that name `oldSelf` are evaluated where there is one. What cannot be evaluated here
 * is logged and admitted.
 */
export function ruleErrors(
  schema: Schema,
  object: JsonMap,
  old: JsonMap | undefined,
  found: readonly FieldError[],
  log: (text: string) => void,
): FieldError[] {
  if (!hasRules(schema)) return [];
  if (found.some(({ reason }) => blocking.has(reason))) return [invalidField("<nil>", null, notChecked)];
  const errors: FieldError[] = [];
  try {
    withinTime(limitMs, () => new Walk(errors, log).visit(schema, object, old, "", "root", false));
  } catch (error) {
    if (!(error instanceof CelTimeError)) throw error;
    log(`The sandbox has not evaluated all rules of ${String(object["kind"])}, and admits it: ${error.message}`);
  }
  return errors;
}

function hasRules(schema: Schema, depth = 0): boolean {
  let found = withRules.get(schema);
  if (found === undefined) {
    const below = [
      ...schema.propertyNames.filter((name) => depth > 0 || name !== "metadata").map((name) => schema.property(name)),
      schema.additional,
      schema.type === "array" ? schema.items : undefined,
    ];
    found = rulesOf(schema).length > 0 ||
      (depth < maxDepth && below.some((one) => one !== undefined && hasRules(one, depth + 1)));
    withRules.set(schema, found);
  }
  return found;
}

/** Schemas are no deeper (`schemaErrors`). */
const maxDepth = 100;

function rulesOf(schema: Schema): Any[] {
  return listOf(ownValue(schema.source, "x-kubernetes-validations"));
}

class Walk {
  readonly #errors: FieldError[];
  readonly #log: (text: string) => void;

  constructor(errors: FieldError[], log: (text: string) => void) {
    this.#errors = errors;
    this.#log = log;
  }

  /** `same`: the value is part of one that has not changed. */
  visit(schema: Schema, value: Json, old: Json | undefined, path: string, place: "root" | "", same: boolean): void {
    if (this.#errors.length >= maxErrors || !hasRules(schema)) return;
    const isSame = same || (old !== undefined && unchanged(schema, old, value));
    // A null that is allowed has no rules to meet.
    if (value === null) return;
    this.#evaluate(schema, value, old, path, place, isSame);
    if (Array.isArray(value)) {
      const before = oldItems(schema, old);
      value.forEach((item, i) => this.visit(schema.items, item, before?.(item), `${path}[${i}]`, "", isSame));
    } else if (isMap(value)) {
      for (const [key, item] of Object.entries(value)) {
        const field = schema.field(key);
        if (field === undefined || (place === "root" && key === "metadata")) continue;
        const before = isMap(old) ? ownValue(old, key) : undefined;
        const below = field.named ? (path === "" ? key : `${path}.${key}`) : `${path}[${key}]`;
        this.visit(field.schema, item, before, below, "", isSame);
      }
    }
  }

  #evaluate(schema: Schema, value: Json, old: Json | undefined, path: string, place: string, same: boolean): void {
    const rules = rulesOf(schema);
    if (rules.length === 0) return;
    const isObject = place === "root" || schema.embedded;
    const shown = (one: Json) => isObject && isMap(one) ? objectCelValue(schema, one) : typedCelValue(schema, one);
    const variables: Record<string, unknown> = { self: shown(value) };
    if (old !== undefined && old !== null) variables["oldSelf"] = shown(old);
    for (const rule of rules) {
      const isTransition = /\boldSelf\b/.test(String(rule.rule));
      const isOptional = rule.optionalOldSelf === true;
      if (isTransition && !isOptional && variables["oldSelf"] === undefined) continue;
      const scope = isOptional ? { ...variables, oldSelf: optional(variables["oldSelf"]) } : variables;
      const error = this.#check(schema, value, path, rule, scope);
      if (error !== undefined && (isTransition || !same)) this.#errors.push(error);
    }
  }

  #check(
    schema: Schema,
    value: Json,
    path: string,
    rule: Any,
    variables: Record<string, unknown>,
  ): FieldError | undefined {
    const text = String(rule.rule);
    const result = expressions.get(text).evaluate(variables);
    switch (result.kind) {
      case "value":
        return result.value === true ? undefined : errorOf(value, path, rule, this.#messageOf(rule, variables));
      case "error": {
        const about = String(rule.message ?? "").trim() || text.trim();
        return invalidField(path || "<nil>", schema.type, `${result.message} evaluating rule: ${about}`);
      }
      case "unsupported":
        this.#log(`The sandbox cannot evaluate a rule, and takes it as met: ${text}: ${result.message}`);
        return undefined;
      default:
        return result satisfies never;
    }
  }

  #messageOf(rule: Any, variables: Record<string, unknown>): string {
    if (typeof rule.messageExpression === "string") {
      const result = expressions.get(rule.messageExpression).evaluate(variables);
      const made = result.kind === "value" && typeof result.value === "string" ? result.value.trim() : "";
      if (made !== "" && !made.includes("\n")) return made;
    }
    const message = String(rule.message ?? "").trim();
    return message === "" ? `failed rule: ${String(rule.rule).trim()}` : message;
  }
}

function errorOf(value: Json, path: string, rule: Any, problem: string): FieldError {
  // `fieldPath` is `.a.b` or `['a']`.
  const below = typeof rule.fieldPath === "string" ? rule.fieldPath.replace(/\['([^']*)'\]/g, ".$1") : "";
  const field = `${path}${below}`.replace(/^\./, "") || "<nil>";
  switch (rule.reason) {
    case "FieldValueForbidden":
      return { field, reason: rule.reason, message: `Forbidden: ${problem}` };
    case "FieldValueRequired":
      return { field, reason: rule.reason, message: `Required value: ${problem}` };
    case "FieldValueDuplicate":
      return typeof value === "object"
        ? { field, reason: rule.reason, message: "Duplicate value" }
        : duplicate(field, value);
    default:
      // Objects and lists are not printed.
      return typeof value === "object"
        ? { field, reason: "FieldValueInvalid", message: `Invalid value: ${problem}` }
        : invalidField(field, value, problem);
  }
}

import { isMap, type Json } from "../../base/json.ts";
import type { Schema } from "../schema/schema.ts";
import { formatPath, type PathElement } from "./field_set.ts";
import { formOf, type Node, stepOf, TypedError } from "./typed.ts";

/** More problems of one configuration are not collected. */
const mostProblems = 100;

/**
 * What in an applied configuration does not fit its schema (structured-merge-diff `typed.AsTyped`): values of another
 * type, fields that are not declared, two items with one key. Each as `path: problem`.
 */
export function typedProblems(schema: Schema, value: Json): string[] {
  const problems: string[] = [];
  check(schema, value, [], false, problems);
  return problems;
}

function check(schema: Node, value: Json, path: PathElement[], open: boolean, problems: string[]): void {
  if (problems.length >= mostProblems || schema === undefined || value === null) return;
  const report = (what: string) => problems.push(path.length === 0 ? what : `${formatPath(path)}: ${what}`);
  const preserves = open || schema.preservesUnknown;
  const form = formOf(schema, value);
  switch (form) {
    case "map": {
      if (!isMap(value)) return void report(`expected map, got &{${plain(value)}}`);
      const free = preserves || schema.freeForm ||
        (schema.propertyNames.length === 0 && schema.additional === undefined);
      for (const [key, item] of Object.entries(value)) {
        const field = schema.field(key);
        path.push(`f:${key}`);
        if (field !== undefined) check(field.schema, item, path, preserves, problems);
        else if (!free) problems.push(`${formatPath(path)}: field not declared in schema`);
        path.pop();
      }
      return;
    }
    case "list":
      if (!Array.isArray(value)) return void report(`expected list, got &{${plain(value)}}`);
      return checkItems(schema, value, path, preserves, problems, report);
    case "scalar": {
      const wanted = expectation(schema, value);
      if (wanted !== undefined) report(`expected ${wanted}, got &value.valueUnstructured{Value:${quoted(value)}}`);
      return;
    }
    default:
      return form satisfies never;
  }
}

function checkItems(
  schema: Schema,
  items: Json[],
  path: PathElement[],
  open: boolean,
  problems: string[],
  report: (what: string) => void,
): void {
  const seen = new Set<PathElement>();
  items.forEach((item, i) => {
    let step: PathElement = `i:${i}`;
    if (schema.listType !== "atomic") {
      try {
        step = stepOf(schema, item);
      } catch (error) {
        if (!(error instanceof TypedError)) throw error;
        return report(`element ${i}: ${error.message}`);
      }
      if (seen.has(step)) return report(`duplicate entries for key ${formatPath([step])}`);
      seen.add(step);
    }
    path.push(step);
    check(schema.items, item, path, open, problems);
    path.pop();
  });
}

/** What a scalar should have been; `undefined` when it fits. */
function expectation(schema: Schema, value: Json): string | undefined {
  switch (schema.type) {
    case "string":
      return typeof value === "string" ? undefined : "string";
    case "boolean":
      return typeof value === "boolean" ? undefined : "boolean";
    case "integer":
    case "number":
      return typeof value === "number" || typeof value === "bigint" ? undefined : "numeric (int or float)";
    default:
      return undefined;
  }
}

function plain(value: Json): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function quoted(value: Json): string {
  return typeof value === "string" ? JSON.stringify(value) : plain(value);
}

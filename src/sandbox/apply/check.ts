import { isMap, type Json } from "../../base/json.ts";
import type { Schema } from "../schema/schema.ts";
import { formatPath, type PathElement } from "./field_set.ts";
import { goSource, goText, goType } from "./go_text.ts";
import { formOf, type Node, stepOf, TypedError } from "./typed.ts";

/** More problems of one configuration are not collected. */
const maxProblems = 100;

/**
 * What in an applied configuration does not fit its schema (structured-merge-diff `typed.AsTyped`): values of another
 * type, fields that are not declared, two items with one key. Each as `path: problem`.
 */
export function typedProblems(schema: Schema, value: Json): string[] {
  const problems: string[] = [];
  check(schema, value, [], false, { problems, duplicates: false });
  return problems;
}

/** Whether a stored value can be walked by its schema at all; it may have two items with one key. */
export function fitsType(schema: Schema, value: Json): boolean {
  const problems: string[] = [];
  check(schema, value, [], false, { problems, duplicates: true });
  return problems.length === 0;
}

interface Findings {
  readonly problems: string[];
  readonly duplicates: boolean;
}

function check(schema: Node, value: Json, path: PathElement[], open: boolean, findings: Findings): void {
  const { problems } = findings;
  if (problems.length >= maxProblems || schema === undefined || value === null) return;
  const report = (what: string) => problems.push(path.length === 0 ? what : `${formatPath(path)}: ${what}`);
  const preserves = open || schema.preservesUnknown;
  const form = formOf(schema, value);
  switch (form) {
    case "map": {
      if (!isMap(value)) return void report(`expected map, got &{${goText(value)}}`);
      const free = preserves || schema.freeForm ||
        (schema.propertyNames.length === 0 && schema.additional === undefined);
      for (const [key, item] of Object.entries(value)) {
        const field = schema.tracked(key);
        path.push(`f:${key}`);
        if (field !== undefined) check(field.schema, item, path, preserves, findings);
        else if (!free) problems.push(`${formatPath(path)}: field not declared in schema`);
        path.pop();
      }
      return;
    }
    case "list":
      if (!Array.isArray(value)) return void report(`expected list, got &{${goText(value)}}`);
      return checkItems(schema, value, path, preserves, findings, report);
    case "scalar": {
      const problem = scalarProblem(schema, value);
      if (problem !== undefined) report(problem);
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
  findings: Findings,
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
      if (seen.has(step) && !findings.duplicates) return report(`duplicate entries for key ${formatPath([step])}`);
      seen.add(step);
    }
    path.push(step);
    check(schema.items, item, path, open, findings);
    path.pop();
  });
}

/** What is wrong with a scalar; `undefined` when it fits. */
function scalarProblem(schema: Schema, value: Json): string | undefined {
  switch (schema.type) {
    case "string":
      if (typeof value === "string") return undefined;
      if (!["", "byte"].includes(schema.text("format") ?? "")) {
        return typeof value === "object" ? `expected any scalar, got &{${goText(value)}}` : undefined;
      }
      return `expected string, got &value.valueUnstructured{Value:${goSource(value)}}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got &{${goText(value)}}`;
    case "integer":
    case "number":
      if (typeof value === "number" || typeof value === "bigint") return undefined;
      return `expected numeric (int or float), got ${goType(value)}`;
    default:
      return undefined;
  }
}

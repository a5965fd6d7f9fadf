import { parseFieldPath } from "../base/field_path.ts";
import { isMap, type Json, type JsonMap, ownValue } from "../base/json.ts";
import {
  compileCondition,
  compilePattern,
  type ConditionPlan,
  demandOf,
  type Gate,
  PatternError,
} from "../conditions/mod.ts";
import type { CrdEntry, Katalog } from "../katalog/mod.ts";
import type { BoxPlan, Plan } from "../plan/mod.ts";
import { parseTemplate, templateParts } from "../template/mod.ts";
import { type Author, decidedBy } from "./authors.ts";

/** What the rules of a Katalog, the schemas of its CRDs and the conditions of an entry leave of a choice. */
export interface Surroundings {
  readonly katalog: Katalog;
  readonly plan: Plan;
}

/**
 * What bounds the values of a field to those that the Katalog names: `the rule in k.yaml:9 (spec.tier must be one of a,
 * b)`; `undefined`: nothing does. `gates` are those of the entry, which all have to pass. Only what holds wherever a
 * child is made counts: what is denied is not reconciled (ruling 9).
 */
export function boundOf(
  author: Author,
  box: BoxPlan,
  gates: readonly Gate[],
  { katalog, plan }: Surroundings,
): string | undefined {
  const { crd, path } = author;
  const owner = plan.boxes.find(({ name }) => name === crd);
  const entry = katalog.crds.find(({ name }) => name === crd);
  if (owner === undefined || entry === undefined || path.length === 0) return undefined;
  const schema = schemaAt(entry, path);
  const bySchema = schema === undefined ? undefined : boundOfSchema(schema);
  if (bySchema !== undefined) return `the schema of the CRD (${bySchema})`;
  for (const rule of owner.validation) {
    const { check, action, when, or, admissionOnly } = rule;
    if (action !== "deny" || when !== undefined || or !== undefined) continue;
    if (admissionOnly === true && !isAlwaysReviewed(crd, plan)) continue;
    if (bounds(check, path, { plan, box: owner })) return `the rule at ${at(check)} (${words(check)})`;
  }
  if (owner !== box) return undefined;
  for (const { when = [], or } of gates) {
    const condition = [...when, ...or?.length === 1 ? or : []].find((each) => bounds(each, path, { plan, box }));
    if (condition !== undefined) return `the condition at ${at(condition)} (${words(condition)})`;
  }
  return undefined;
}

/** The Gateway reviews every write, and nothing is stored that it has not seen. */
function isAlwaysReviewed(crd: string, { gateway }: Plan): boolean {
  const admission = gateway?.admission;
  const kind = admission?.kinds.find(({ name }) => name === crd);
  return admission?.failurePolicy === "Fail" && kind?.validates === true && kind.operations.length === 2;
}

function at({ field }: ConditionPlan): string {
  return field!.at.replace(/:\d+$/, "");
}

function words(condition: ConditionPlan): string {
  return `${condition.field!.text.trim()} ${demandOf(condition)}`;
}

/** A condition that only values pass which the Katalog names. */
function bounds(condition: ConditionPlan, path: readonly string[], scope: { plan: Plan; box: BoxPlan }): boolean {
  const { field, operator, value, negate } = condition;
  if (field === undefined || negate === true || !isSame(pathOf(field.text), path)) return false;
  const literal = value === undefined || !value.text.includes("{{");
  switch (operator) {
    case "equals":
    case "in":
      return value !== undefined && value.text.trim() !== "" &&
        decidedBy(value.text, { plan: scope.plan, box: scope.box }).authors.length === 0;
    case "prefix":
    case "suffix":
      return literal && /[\p{L}\p{N}]/u.test(value?.text ?? "");
    case "regex":
      return literal && namesValues(value?.text ?? "", compileCondition(condition).pattern);
    case "typeNumber":
    case "typeBool":
    case "gt":
    case "gte":
    case "lt":
    case "lte":
    case "between":
      return true;
    default:
      return false;
  }
}

function pathOf(text: string): readonly string[] | undefined {
  if (!text.includes("{{")) return parseFieldPath(text);
  const [part, ...more] = templateParts(parseTemplate(text)) ?? [];
  return part?.kind === "field" && more.length === 0 ? part.path : undefined;
}

function isSame(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((key, i) => key === b[i]);
}

/** Names and paths that nobody would list. A pattern that passes one of them says what a value looks like, not which. */
const strangers: readonly string[] = [
  "q",
  "qzxv",
  "some-other-name-17",
  "a-rather-long-name-that-nobody-lists-0123456789",
  "some.other.name.example.org",
  "/some/other/path",
  "https://some-other-host.example.org/path",
];

function namesValues(source: string, pattern: { test(text: string): boolean } | undefined): boolean {
  return source !== "" && pattern !== undefined && strangers.every((text) => !pattern.test(text));
}

function boundOfSchema(schema: JsonMap): string | undefined {
  const values = ownValue(schema, "enum");
  if (Array.isArray(values)) {
    return `enum: ${values.slice(0, 5).map(String).join(", ")}${values.length > 5 ? ", …" : ""}`;
  }
  const type = ownValue(schema, "type");
  if (type === "integer" || type === "number" || type === "boolean") return `type ${type}`;
  const source = ownValue(schema, "pattern");
  if (typeof source !== "string") return undefined;
  try {
    return namesValues(source, compilePattern(source)) ? `pattern ${source}` : undefined;
  } catch (error) {
    // One that the API server takes and we do not: nothing is known of it.
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

/** The schema of a field of a CR; `undefined`: the Katalog does not know it. */
export function schemaAt({ definition }: CrdEntry, path: readonly string[]): JsonMap | undefined {
  let schema: Json | undefined = definition?.schema;
  for (const key of path) {
    if (!isMap(schema)) return undefined;
    const properties: Json | undefined = ownValue(schema, "properties");
    const property: Json | undefined = isMap(properties) ? ownValue(properties, key) : undefined;
    schema = property ?? ownValue(schema, "items") ?? ownValue(schema, "additionalProperties");
  }
  return isMap(schema) ? schema : undefined;
}

/** Whether a field of a CR may be a map or a list; when in doubt it may. */
export function mayBeStructure(entry: CrdEntry | undefined, path: readonly string[]): boolean {
  const type = entry === undefined ? undefined : ownValue(schemaAt(entry, path) ?? {}, "type");
  return type === undefined || type === "object" || type === "array";
}

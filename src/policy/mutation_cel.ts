import { compileMutations, mutate } from "../admission/mod.ts";
import { parseFieldPath, printFieldPath } from "../base/field_path.ts";
import { isMap, type Json } from "../base/json.ts";
import type { MutationPlan } from "../conditions/mod.ts";
import { type KubeObject, valueAt } from "../k8s/object.ts";
import { RenderError, Templates } from "../template/compiled_text.ts";
import { parseTemplate, templateParts } from "../template/mod.ts";
import { all, any, type Bool, negated, relation, yes } from "./bool.ts";
import { gateCel, objectField, type Subject } from "./condition_cel.ts";
import { Inexpressible } from "./inexpressible.ts";
import { text } from "./operator_cel.ts";
import { type TypedField, typedField } from "./typed_field.ts";

/** Parts of a value that is written out. */
const maxParts = 1_000;

/**
 * The expression of a JSON Patch (`patchType: JSONPatch`) that does what a mutation rule does: the parents that are
 * missing, then the value; no operation where the rule sets nothing. Throws `Inexpressible`.
 */
export function mutationCel(plan: MutationPlan, subject: Subject): string {
  const path = targetOf(plan);
  const target = typedField(subject.schema, path, subject.place);
  const { value, present } = valueCel(plan, subject);
  const applies = all(
    gateCel(plan, subject) ?? yes,
    plan.mode === "default" ? isUnset(target) : yes,
    present,
  );
  const operations = [...parentsCel(path, subject), `[${addition(path, value)}]`].join(" + ");
  if (applies === yes) return operations;
  return `${applies.binds === "operand" ? applies.text : `(${applies.text})`} ? ${operations} : []`;
}

/** The path that a rule sets. Throws `Inexpressible` where a policy cannot set it. */
export function targetOf({ field: { text: declared } }: MutationPlan): readonly string[] {
  const path = declared.includes("{{") ? undefined : parseFieldPath(declared);
  if (path === undefined) throw new Inexpressible("its field is a template");
  const [root, map] = path;
  const inMetadata = root === "metadata" && (map === "labels" || map === "annotations") && path.length === 3;
  if (!inMetadata && (root !== "spec" || path.length < 2)) {
    throw new Inexpressible(`a policy sets fields of spec, labels and annotations, not ${printFieldPath(path)}`);
  }
  return path;
}

/** Absent, null or empty text (ruling 79). */
function isUnset(target: TypedField): Bool {
  const mayBeEmpty = target.type === "string" || target.type === "intOrString";
  return any(negated(target.present), ...(mayBeEmpty ? [relation(target.value, "==", `""`)] : []));
}

/** A list of operations for each parent that is missing. */
function parentsCel(path: readonly string[], { schema, place }: Subject): string[] {
  return path.slice(0, -1).map((_, depth) => typedField(schema, path.slice(0, depth + 1), place)).flatMap((parent) => {
    if (parent.type !== "map") throw new Inexpressible(`it sets an item of the list ${printFieldPath(parent.path)}`);
    if (parent.present === yes) return [];
    return [`(${negated(parent.present).text} ? [${addition(parent.path, "{}")}] : [])`];
  });
}

function addition(path: readonly string[], value: string): string {
  return `JSONPatch{op: "add", path: ${text(pointer(path))}, value: ${value}}`;
}

/** RFC 6901. */
function pointer(path: readonly string[]): string {
  return path.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The value as CEL, and where there is one. */
function valueCel(plan: MutationPlan, subject: Subject): { readonly value: string; readonly present: Bool } {
  if (typeof plan.value !== "string" || !plan.value.includes("{{")) {
    return { value: literalCel(literalOf(plan), { left: maxParts }), present: yes };
  }
  const parts = templateParts(parseTemplate(plan.value));
  const [part] = parts ?? [];
  if (parts?.length !== 1 || part?.kind !== "field") {
    throw new Inexpressible("its value is a template that does more than read one field");
  }
  if (plan.valueType !== undefined) throw new Inexpressible("its valueType converts what a template reads");
  const field = objectField(part.path, subject);
  return { value: field.value, present: field.present };
}

/** What the rule itself sets, by its valueType. */
function literalOf({ value, valueType, at }: MutationPlan): Json {
  const rule: MutationPlan = { field: { text: "spec.value", at }, mode: "override", value, valueType, at };
  const empty: KubeObject = { apiVersion: "v1", kind: "Empty", metadata: { name: "empty" } };
  try {
    const set = mutate(compileMutations([rule], new Templates()), empty, {}, 0);
    return valueAt(set as unknown as Json, ["spec", "value"]) ?? null;
  } catch (error) {
    if (error instanceof RenderError) throw new Inexpressible(error.message);
    throw error;
  }
}

/** A literal of any type. Lists and maps of CEL hold values of one type, which is `dyn`. */
function literalCel(value: Json, budget: { left: number }): string {
  if (--budget.left < 0) throw new Inexpressible(`its value has more than ${maxParts} parts`);
  if (typeof value === "string") return text(value);
  if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))) {
    const whole = BigInt(value);
    if (BigInt.asIntN(64, whole) !== whole) throw new Inexpressible(`${value} is not a number of 64 bits`);
    return String(whole);
  }
  if (typeof value !== "object" || value === null) return String(value);
  const member = (item: Json): string => `dyn(${literalCel(item, budget)})`;
  if (Array.isArray(value)) return `[${value.map(member).join(", ")}]`;
  if (!isMap(value)) throw new Inexpressible("its value is not JSON");
  return `{${Object.entries(value).map(([key, item]) => `${text(key)}: ${member(item)}`).join(", ")}}`;
}

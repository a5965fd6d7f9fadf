import { parseFieldPath } from "../base/field_path.ts";
import type { Json, JsonMap } from "../base/json.ts";
import {
  checkRule,
  compileCondition,
  compileGate,
  type ConditionPlan,
  evaluateGate,
  type Gate,
  type TextPlan,
} from "../conditions/mod.ts";
import { withValueAt } from "../k8s/object.ts";
import { parseTemplate, templateParts } from "../template/mod.ts";
import { all, any, type Bool, negated, relation, yes } from "./bool.ts";
import { type Budget, patternBound } from "./cost.ts";
import { Inexpressible } from "./inexpressible.ts";
import { comparison, fieldComparison, textOf } from "./operator_cel.ts";
import { pathOf, type Place, type TypedField, typedField } from "./typed_field.ts";

/** What expressions are made for: objects of one schema, at one place. */
export interface Subject {
  /** Of the whole object. */
  readonly schema: JsonMap;
  readonly place: Place;
  /** Shared by the rules that are evaluated together; what an expression costs is taken from it. */
  readonly budget: Budget;
}

/** `check`: of a validation rule, which an absent field may break (ruling 100). `gate`: an item of `when` or `or`. */
export type Role = "check" | "gate";

/**
 * An expression that is true exactly where the condition holds, and never an error for an object of the schema. What
 * holds for an absent field is not derived a second time: the condition itself is evaluated without data. Throws
 * `Inexpressible`.
 */
export function conditionCel(plan: ConditionPlan, role: Role, subject: Subject): Bool {
  if (plan.operator === "clock" || plan.time !== undefined || plan.dayOfWeek !== undefined || plan.cron !== undefined) {
    throw new Inexpressible("it depends on the time");
  }
  if (plan.field === undefined) throw new Inexpressible("it has no field");
  const field = fieldOf(plan.field, subject);
  if (plan.value?.text.includes("{{")) {
    const other = readOf(plan.value, subject, "its value");
    return fieldComparison(plan.operator, field, other, role === "check", plan.negate === true);
  }
  const compared = comparison(plan.operator, plan.value?.text ?? "", field, subject.budget);
  const test = plan.negate === true ? negated(compared) : compared;
  const notEmpty = breaksEmpty(plan, role, field) ? relation(field.value, "!=", `""`) : yes;
  const whereThere = all(notEmpty, fitsPattern(plan, role, field), test);
  return holdsFor({}, plan, role) ? any(negated(field.present), whereThere) : all(field.present, whereThere);
}

/** `when` and `or`, both of which must pass; `undefined`: there is neither. Throws `Inexpressible`. */
export function gateCel({ when = [], or = [] }: Gate, subject: Subject): Bool | undefined {
  const cel = (condition: ConditionPlan) => conditionCel(condition, "gate", subject);
  const parts = [...when.map(cel), ...(or.length === 0 ? [] : [any(...or.map(cel))])];
  return parts.length === 0 ? undefined : all(...parts);
}

/** A text that is too long for a pattern breaks a check, negated or not; of a condition it is not known what it says. */
function fitsPattern({ operator }: ConditionPlan, role: Role, field: TypedField): Bool {
  const bound = operator === "regex" || operator === "notRegex" ? patternBound(field) : undefined;
  if (bound === undefined) return yes;
  if (role === "check") return relation(`size(${textOf(field)})`, "<=", String(bound));
  throw new Inexpressible(
    `in a condition, the text of ${pathOf(field)} may be too long for a pattern: set maxLength of it in the CRD`,
  );
}

/** An empty text is as good as none to a check that says something about a value, whatever the comparison gives. */
function breaksEmpty(plan: ConditionPlan, role: Role, field: TypedField): boolean {
  if (role !== "check" || (field.type !== "string" && field.type !== "intOrString")) return false;
  const data = withValueAt({}, field.path, "") as JsonMap;
  return !holdsFor(data, plan, "check") && holdsFor(data, plan, "gate");
}

/** Decided by the evaluator of boxes and the Gateway; the path of a template is that of its one field. */
function holdsFor(data: Readonly<Record<string, Json>>, plan: ConditionPlan, role: Role): boolean {
  const now = { wallMs: 0 };
  if (role === "gate") return evaluateGate(compileGate({ when: [plan] }), data, now).state === "true";
  const { passed, error } = checkRule(compileCondition(plan), data, now);
  if (error !== undefined) throw new Inexpressible(`it cannot be checked: ${error.message}`);
  return passed;
}

/** A path, or a template that is one field and nothing else. */
function fieldOf(text: TextPlan, subject: Subject): TypedField {
  if (text.text.includes("{{")) return trimmedRead(text, subject);
  const path = parseFieldPath(text.text);
  if (path === undefined) throw new Inexpressible(`"${text.text}" is not a field path`);
  return objectField(path, subject);
}

/** White space round what a template renders is dropped, so only what can have none is read by one. */
function trimmedRead(text: TextPlan, subject: Subject): TypedField {
  const field = readOf(text, subject, "its field");
  if (field.type === "integer" || field.type === "boolean") return field;
  throw new Inexpressible("its field is a template: write the path alone, without {{ }}");
}

function readOf(text: TextPlan, subject: Subject, what: string): TypedField {
  const parts = templateParts(parseTemplate(text.text.trim()));
  const [part] = parts ?? [];
  if (parts?.length !== 1 || part?.kind !== "field") {
    throw new Inexpressible(`${what} is a template that does more than read one field`);
  }
  return objectField(part.path, subject);
}

/** Data that is not of the object itself. */
const besideObject: ReadonlySet<string> = new Set(["children", "cross", "external", "request", "health", "metrics"]);

/** A field of the object. Throws `Inexpressible`. */
export function objectField(path: readonly string[], { schema, place }: Subject): TypedField {
  if (besideObject.has(path[0] ?? "")) {
    throw new Inexpressible(`it reads .${path.join(".")}, which is not part of the object`);
  }
  return typedField(schema, path, place);
}

import { parseFieldPath } from "../base/field_path.ts";
import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import { checkRule, compileCondition, compileGate, evaluateGate, type ValidationPlan } from "../conditions/mod.ts";
import type { CrdEntry } from "../katalog/mod.ts";
import type { Subject } from "./condition_cel.ts";
import { Inexpressible } from "./inexpressible.ts";
import { ruleCel } from "./rule_cel.ts";
import { typedField } from "./typed_field.ts";

/** One item of `x-kubernetes-validations` of the schema of `spec`. */
export type SchemaRule = JsonMap & {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath: string;
  readonly reason: "FieldValueInvalid";
};

/**
 * The rule as the CRD has it. It stands at `spec`, not at the root: a rule at the root would be evaluated whenever
 * anything of the object changes, and a CR that breaks it could get no status and lose no finalizer. An unchanged `spec`
 * is passed (ratcheting). Throws `Inexpressible`.
 */
export function crdRule(plan: ValidationPlan, crd: CrdEntry, subject: Subject): SchemaRule {
  const { schema } = subject;
  if (plan.action === "warn") throw new Inexpressible("a CRD has no warnings");
  checkScope(crd);
  const path = plan.check.field?.text.includes("{{") ? undefined : parseFieldPath(plan.check.field?.text ?? "");
  if (path === undefined) throw new Inexpressible("its field is a template, so there is no path to report");
  const { expression, message, messageExpression } = ruleCel(plan, subject);
  const { named } = typedField(schema, path, "crd");
  if (!named || path.length < 2) throw new Inexpressible("a CRD reports fields by name, no items of lists or maps");
  checkWithoutSpec(plan, schema);
  return {
    rule: expression,
    message,
    ...(messageExpression === undefined ? {} : { messageExpression }),
    fieldPath: path.slice(1).map(pathSegment).join(""),
    reason: "FieldValueInvalid",
  };
}

/** The schema is that of one version, and of all of its objects at each write. */
function checkScope({ namespace, labelSelector, fieldSelector, webhooks, definition }: CrdEntry): void {
  if (namespace !== undefined || labelSelector !== undefined || fieldSelector !== undefined) {
    throw new Inexpressible("the entry is about some objects of the kind only, and a CRD about all of them");
  }
  if (webhooks.operations.length < 2) {
    throw new Inexpressible(`it is for ${webhooks.operations.join()} alone, and a CRD's rules for every write`);
  }
  const served = definition?.served ?? [];
  if (served.length > 1) {
    throw new Inexpressible(`the CRD serves ${served.join(", ")}, and a rule is evaluated in its own version alone`);
  }
}

/** Rules of `spec` are not evaluated for an object that has none. Throws `Inexpressible` where that would pass too much. */
function checkWithoutSpec(plan: ValidationPlan, schema: JsonMap): void {
  const required = ownValue(schema, "required");
  const properties = ownValue(schema, "properties");
  const spec = isMap(properties) ? ownValue(properties, "spec") : undefined;
  const hasDefault = isMap(spec) && ownValue(spec, "default") !== undefined;
  if (hasDefault || (Array.isArray(required) && required.includes("spec"))) return;
  const now = { wallMs: 0 };
  const applies = evaluateGate(compileGate(plan), {}, now).state !== "false";
  if (applies && !checkRule(compileCondition(plan.check), {}, now).passed) {
    throw new Inexpressible("an object without spec would pass: add spec to the required fields of the CRD");
  }
}

/** As `fieldPath` has it: `.size`, `['a-b']`. */
function pathSegment(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `['${name.replace(/[\\']/g, "\\$&")}']`;
}
